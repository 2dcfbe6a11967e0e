// By which way picture and sound go to the server: WebRTC, or snapshots where it finds none.
// What finds no way in the middle of an exam goes on by the other, with the same camera.

// Nothing arrives for so long, though it is captured and the line is there:
const NO_WAY_AFTER_MS = 15000; // since the line came; WebRTC takes a while to find its way
const BROKE_OFF_AFTER_MS = 12000; // where WebRTC had found it and lost it: after 5 s some gave up a line that came back

class Sending {
  constructor(onChange, onCamera) {
    Object.assign(this, { onChange, onCamera, way: null, stuckSince: null, hasArrived: false });
  }

  update(data) {
    const Way = sendsSnapshots(data) ? Snapshots : Stream;
    this.data = data;
    this.way ??= new Way(this.onChange, this.onCamera);
    this.way.update(data);
  }

  // Is anything heard of at the server?
  look(status, isLineOpen) {
    if (!(this.way instanceof Stream)) return;
    if (!isLineOpen) Object.assign(this, { hasArrived: false, old: status }); // a server that comes back begins anew
    const arrives = status !== this.old && Object.values(status?.media ?? {}).some(Boolean);
    const isStuck = isLineOpen && status && status !== this.old && this.way.media && !arrives;
    this.hasArrived ||= arrives;
    this.stuckSince = isStuck ? (this.stuckSince ?? performance.now()) : null;
    const patience = this.hasArrived && !this.way.isConnected ? BROKE_OFF_AFTER_MS : NO_WAY_AFTER_MS;
    if (isStuck && performance.now() - this.stuckSince > patience) this.takeOtherWay();
  }

  takeOtherWay() {
    rememberSnapshots();
    const { media } = this.way;
    this.way.close(); // its own copy of the camera ends when it gives up
    const own = new MediaStream(media.getTracks().map((track) => track.clone()));
    this.way = new Snapshots(this.onChange, this.onCamera, own);
    this.way.update(this.data);
  }

  get media() {
    return this.way?.media ?? null;
  }

  get failure() {
    return this.way?.failure ?? null;
  }

  captures(medium) {
    return Boolean(this.way?.captures(medium));
  }

  retry() {
    this.way?.retry();
  }

  close() {
    this.way?.close();
  }
}

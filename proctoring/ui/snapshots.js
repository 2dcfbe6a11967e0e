// Picture and sound over the page's own socket, where WebRTC finds no way: some pictures a second
// and all of the sound. To the exam page it is what `Stream` is.

const SNAPSHOT_QUALITY = 0.7;
const SNAPSHOT_WIDTH = 640;
const SNAPSHOT_SOUND_S = 0.5; // of a piece
const MOST_DAMAGED = 3; // pieces; then this browser's encoder is not made for this

class Snapshots {
  // `given` is a stream that is captured already, or null.
  constructor(onChange, onCamera, given) {
    Object.assign(this, { onChange, onCamera, media: null, failure: null, isClosed: false });
    this.line = new SnapshotLine(
      () => this.picture(),
      () => ++this.damaged >= MOST_DAMAGED && this.sendSamples(),
    );
    this.damaged = 0;
    this.video = document.createElement("video");
    Object.assign(this.video, { muted: true, playsInline: true });
    this.canvas = document.createElement("canvas");
    this.given = given ?? null;
  }

  update(data) {
    const isNew = this.pass !== data.pass || this.page !== data.page;
    Object.assign(this, { pass: data.pass, page: data.page, constraints: data.constraints, sound: data.sound });
    if (!this.media && !this.failure && !this.isAsking) this.open();
    else if (isNew && this.media) this.connect();
  }

  async open() {
    this.isAsking = true;
    if (this.given) return this.take(this.given, null).then(() => this.connect());
    const ask = (constraints) => navigator.mediaDevices.getUserMedia(constraints);
    const { stream, failure } = canCapture()
      ? await openMedia(ask, this.constraints)
      : { stream: null, failure: await explainFailure(null, ["camera"]) };
    this.isAsking = false;
    if (this.isClosed) return stopTracks(stream);
    await this.take(stream, failure);
    if (stream) this.connect();
  }

  async take(media, failure) {
    Object.assign(this, { media, failure });
    followTracks(media, () => this.onChange(), this.onCamera);
    this.video.srcObject = media;
    this.video.play().catch(() => {}); // a picture comes with the next try
    this.onChange();
    if (media?.getAudioTracks().length) await this.listen();
  }

  async listen() {
    const sound = openSound(this.media);
    const { sampleRate } = sound.audio;
    const keep = (piece) => this.line.keep(piece);
    const isOpus = this.sound === "opus" && (await canEncodeOpus(sampleRate));
    const opus = isOpus ? new OpusPieces(sampleRate, keep, () => this.sendSamples()) : null;
    if (this.isClosed) return void sound.audio.close();
    Object.assign(this, { audio: sound.audio, opus }); // both at once: they say how sound is sent
    await this.audio.resume();
    await collectSound(sound, SNAPSHOT_SOUND_S, (piece) => this.keep(piece));
  }

  connect() {
    if (this.isClosed || !this.pass) return;
    const sound = { codec: this.opus ? "opus" : "pcm", rate: this.audio?.sampleRate ?? 0 };
    this.line.update({ pass: this.pass, page: this.page, sound });
  }

  keep(piece) {
    if (!this.captures("microphone")) return;
    if (this.opus) this.opus.take(piece);
    else this.line.keep({ bytes: new Uint8Array(piece.samples.buffer), endedS: piece.endedS });
  }

  // From now on samples as they are: no packets come, or none that can be decoded.
  sendSamples() {
    if (!this.opus) return;
    this.opus.close();
    this.opus = null;
    this.line.forgetAll();
    this.connect();
  }

  async picture() {
    const canvas = this.captures("camera") ? drawPicture(this.video, { width: SNAPSHOT_WIDTH }, this.canvas) : null;
    return canvas && jpegOf(canvas, SNAPSHOT_QUALITY);
  }

  retry() {
    if (this.media) return location.reload();
    this.failure = null;
    this.open();
  }

  captures(medium) {
    return isCaptured(this.media, medium);
  }

  close() {
    this.isClosed = true;
    this.onChange = () => {};
    this.line.close();
    this.opus?.close();
    this.audio?.close();
    stopTracks(this.media);
  }
}

// A candidate's live picture and sound, by WHEP: one POST with an SDP offer, media, one DELETE.

const GATHERS_WITHIN_MS = 2000; // a relay that cannot be reached must not hold the offer back
const LIVE_WITHIN_MS = 15000;
const FROZEN_AFTER_MS = 5000;
const RETRY_AFTER_MS = [2000, 4000, 8000, 15000];

class LiveView {
  // onState("connecting" | "live" | "failed", reason)
  constructor(video, onState) {
    Object.assign(this, { video, onState, tries: 0 });
    this.watch = setInterval(() => this.check(), 500);
    this.onLeave = () => this.hangUp();
    window.addEventListener("pagehide", this.onLeave);
  }

  async open({ participantId, pass }) {
    this.hangUp();
    Object.assign(this, { participantId, pass, state: "connecting" });
    const since = (this.since = performance.now());
    this.onState("connecting", "");
    let iceServers;
    try {
      iceServers = await askForIceServers(pass);
    } catch (error) {
      if (this.since === since) this.fail(causeOf(error));
      return;
    }
    if (this.since !== since) return; // it was closed, or opened once more, meanwhile
    const peer = (this.peer = new RTCPeerConnection({ iceServers }));
    const stream = new MediaStream();
    peer.ontrack = ({ track }) => stream.addTrack(track);
    peer.onconnectionstatechange = () => {
      if (["failed", "closed"].includes(peer.connectionState)) this.fail("the connection broke off");
    };
    this.video.srcObject = stream;
    try {
      const answer = await this.negotiate(peer);
      if (this.peer !== peer) return;
      await peer.setRemoteDescription({ type: "answer", sdp: answer });
      this.video.play().catch(() => {}); // it plays muted; otherwise the check below says so
    } catch (error) {
      if (this.peer === peer) this.fail(causeOf(error));
    }
  }

  async negotiate(peer) {
    peer.addTransceiver("video", { direction: "recvonly" });
    peer.addTransceiver("audio", { direction: "recvonly" });
    await peer.setLocalDescription();
    await gathered(peer);
    const url = address(`live/${encodeURIComponent(this.participantId)}`);
    const headers = { Authorization: `Bearer ${this.pass}`, "Content-Type": "application/sdp" };
    const response = await fetch(url, { method: "POST", headers, body: peer.localDescription.sdp });
    const text = await response.text();
    if (response.status !== 201) throw new Error(response.status === 404 ? "access was refused" : text.trim());
    const resource = new URL(response.headers.get("Location").split("/").pop(), response.url); // there, if we were sent on
    if (this.peer === peer) this.resource = resource;
    else this.release(resource); // it was closed meanwhile
    return text;
  }

  // By what the network brings: the video element counts nothing while its tab is hidden.
  async check() {
    const { peer } = this;
    if (!peer || this.state === "failed") return;
    const packets = await packetsOf(peer, this.video.srcObject.getVideoTracks().length ? "video" : "audio");
    if (this.peer !== peer) return;
    const now = performance.now();
    if (packets !== this.packets) this.movedAt = now;
    this.packets = packets;
    if (this.state === "connecting" && packets > 0) {
      Object.assign(this, { state: "live", tries: 0 });
      this.onState("live", "");
    } else if (this.state === "connecting" && now - this.since > LIVE_WITHIN_MS) {
      this.fail("it took too long");
    } else if (this.state === "live" && now - this.movedAt > FROZEN_AFTER_MS) {
      this.fail("nothing arrives any more");
    }
  }

  fail(reason) {
    this.hangUp();
    this.state = "failed";
    const wait = RETRY_AFTER_MS[Math.min(this.tries++, RETRY_AFTER_MS.length - 1)];
    this.timer = setTimeout(() => this.retry(), wait);
    this.onState("failed", reason);
  }

  retry() {
    return this.open(this);
  }

  hangUp() {
    clearTimeout(this.timer);
    this.since = null;
    if (this.peer) {
      this.peer.onconnectionstatechange = this.peer.ontrack = null;
      this.peer.close();
    }
    if (this.resource) this.release(this.resource);
    this.peer = this.resource = null;
    this.packets = 0;
  }

  release(resource) {
    const headers = { Authorization: `Bearer ${this.pass}` };
    fetch(resource, { method: "DELETE", headers, keepalive: true }).catch(() => {}); // ICE notices too
  }

  close() {
    this.hangUp();
    clearInterval(this.watch);
    window.removeEventListener("pagehide", this.onLeave);
    this.video.srcObject = null;
  }
}

function causeOf(error) {
  return error instanceof TypeError ? "the server cannot be reached" : error.message;
}

async function packetsOf(peer, kind) {
  let packets = 0;
  for (const report of (await peer.getStats()).values()) {
    if (report.type === "inbound-rtp" && report.kind === kind) packets += report.packetsReceived;
  }
  return packets;
}

function gathered(peer) {
  return new Promise((resolve) => {
    const done = () => peer.iceGatheringState === "complete" && resolve();
    peer.addEventListener("icegatheringstatechange", done);
    setTimeout(resolve, GATHERS_WITHIN_MS);
    done();
  });
}

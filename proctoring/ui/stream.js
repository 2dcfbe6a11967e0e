// Starts streamlit-webrtc and keeps it going, by pressing the button in its frame.
//
// Its own autostart makes several peer connections at once and mostly fails; one press of its
// button makes one. The frame is of our origin, so we can press it, hide its controls, and see
// which stream it was given: that one is shown as self-view, not a second capture.

const PRESS_EVERY_MS = 4000; // the frame needs about two seconds from press to stream
const FRAME = 'iframe[title*="webrtc_streamer"]';

class Stream {
  constructor(onChange, onCamera) {
    Object.assign(this, { onChange, onCamera });
    this.media = null; // the MediaStream that is being sent
    this.failure = null; // why the browser gave none
    this.pressedAt = -Infinity;
    this.timer = setInterval(() => this.tend(), 300);
    if (!canCapture()) explainFailure(null, ["camera"]).then((failure) => this.take(null, failure));
  }

  update(data) {
    this.label = data.start; // what the frame's start button says
  }

  tend() {
    for (const frame of document.querySelectorAll(FRAME)) {
      const inside = frame.contentDocument;
      if (!inside?.head) continue;
      this.tap(frame);
      const button = [...inside.querySelectorAll("button")].find((b) => b.textContent.trim() === this.label);
      const isTime = performance.now() - this.pressedAt > PRESS_EVERY_MS;
      if (button && !button.disabled && isTime && !this.failure?.isFinal) {
        this.pressedAt = performance.now();
        button.click();
      }
    }
  }

  tap(frame) {
    const devices = frame.contentWindow.navigator.mediaDevices;
    if (!canCapture() || devices.taker === this) return;
    const isTapped = Boolean(devices.taker);
    this.devices = devices;
    devices.taker = this; // the newest: a strip in another language takes over what is running
    if (isTapped) return void (devices.given && this.take(...devices.given));
    frame.tabIndex = -1; // nothing in it is for the keyboard
    frame.setAttribute("aria-hidden", "true");
    const style = frame.contentDocument.createElement("style");
    style.textContent = "button { display: none !important }";
    frame.contentDocument.head.append(style);
    this.tapConnection(frame.contentWindow, devices);
    const ask = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (constraints) => {
      const { stream, failure, error } = await openMedia(ask, constraints);
      devices.given = [stream, failure];
      devices.taker.take(stream, failure);
      if (!stream) throw error;
      return stream;
    };
  }

  // Keeps the newest connection at hand.
  tapConnection(inside, devices) {
    if (!inside.RTCPeerConnection) return;
    inside.RTCPeerConnection = class extends inside.RTCPeerConnection {
      constructor(...given) {
        super(...given);
        devices.connection = this;
      }
    };
  }

  get isConnected() {
    return this.devices?.connection?.connectionState === "connected";
  }

  take(media, failure) {
    Object.assign(this, { media, failure });
    followTracks(media, () => this.onChange(), this.onCamera);
    this.onChange();
  }

  retry() {
    if (this.media) return location.reload(); // half of it is being sent: begin anew
    this.failure = null;
    this.pressedAt = -Infinity;
    this.onChange();
  }

  // Does this browser capture it now? The server says whether it arrives.
  captures(medium) {
    return isCaptured(this.media, medium);
  }

  close() {
    clearInterval(this.timer);
    this.onChange = () => {}; // its tracks may live on
  }
}

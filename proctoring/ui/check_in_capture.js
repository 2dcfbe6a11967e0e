// The candidate's own camera and microphone: opened, shown, heard and chosen. Nothing of it
// leaves the browser here.

const HEARD = 0.02; // RMS of -34 dBFS: a voice at a desk is above it, a quiet room is not
const SILENT_FOR_MS = 15000; // then a hint is given, which holds nobody up

class Capture {
  // onChange gets {state: "waiting" | "ready" | "failed", failure}.
  constructor(root, onChange) {
    Object.assign(this, { root, onChange, stream: null, isClosed: false });
    this.find = (selector) => root.querySelector(selector);
    this.video = this.find("video");
    for (const label of root.querySelectorAll(".choice")) {
      label.querySelector("select").onchange = (event) => {
        chooseDevice(label.dataset.medium, event.target.value);
        this.start();
      };
    }
    this.onDevices = () => this.listDevices();
    navigator.mediaDevices?.addEventListener("devicechange", this.onDevices);
  }

  async startIfGranted(media) {
    if (!media.length) return this.onChange("ready");
    if (!canCapture()) return this.onChange("failed", await explainFailure(null, media));
    const answers = await Promise.all(media.map(isGranted));
    if (answers.every(Boolean)) await this.start();
  }

  async start() {
    this.stop();
    this.onChange("waiting");
    const ask = (constraints) => navigator.mediaDevices.getUserMedia(constraints);
    const { stream, failure } = await openMedia(ask, this.constraints);
    this.stream = stream;
    if (this.isClosed) return this.stop();
    if (stream) this.show();
    this.onChange(failure ? "failed" : "ready", failure);
  }

  has(medium) {
    const tracks = medium === "camera" ? this.stream?.getVideoTracks() : this.stream?.getAudioTracks();
    return Boolean(tracks?.some((track) => track.readyState === "live"));
  }

  show() {
    const onEnd = async () => {
      this.stop();
      this.onChange("failed", await explainFailure({ name: "NotFoundError" }, this.media));
    };
    for (const track of this.stream.getTracks()) track.onended = onEnd;
    this.video.srcObject = this.stream;
    this.video.classList.toggle("on", this.stream.getVideoTracks().length > 0);
    this.listen();
    this.listDevices();
  }

  listen() {
    const level = this.find(".level");
    level.hidden = !this.stream.getAudioTracks().length;
    if (level.hidden) return;
    this.audio = new AudioContext();
    this.audio.resume();
    const analyser = new AnalyserNode(this.audio, { fftSize: 1024 });
    this.audio.createMediaStreamSource(this.stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const heard = this.find(".heard");
    heard.textContent = SAYS.listening;
    const silent = setTimeout(() => (heard.textContent = SAYS.noSound), SILENT_FOR_MS);
    const meter = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const rms = Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
      const percent = Math.round(Math.min(100, Math.max(0, 100 + 20 * Math.log10(rms + 1e-6) * 1.6)));
      const bar = this.find(".level .bar");
      bar.firstElementChild.style.width = `${percent}%`;
      bar.setAttribute("aria-valuenow", percent);
      if (rms > HEARD) {
        clearTimeout(silent);
        heard.textContent = SAYS.heard;
      }
    }, 80);
    this.stopListening = () => {
      clearInterval(meter);
      clearTimeout(silent);
      this.audio.close();
    };
  }

  async listDevices() {
    const kinds = { camera: "videoinput", microphone: "audioinput" };
    const devices = await navigator.mediaDevices.enumerateDevices();
    for (const label of this.root.querySelectorAll(".choice")) {
      const medium = label.dataset.medium;
      const found = devices.filter((device) => device.kind === kinds[medium] && device.label);
      const tracks = medium === "camera" ? this.stream?.getVideoTracks() : this.stream?.getAudioTracks();
      const current = tracks?.[0]?.getSettings().deviceId;
      label.hidden = found.length < 2 || !current;
      const options = found.map((d) => new Option(d.label, d.deviceId, false, d.deviceId === current));
      label.querySelector("select").replaceChildren(...options);
    }
  }

  stop() {
    this.stopListening?.();
    this.stopListening = null;
    for (const track of this.stream?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    this.stream = null;
    this.video.classList.remove("on");
  }

  close() {
    this.isClosed = true;
    this.stop();
    navigator.mediaDevices?.removeEventListener("devicechange", this.onDevices);
  }
}

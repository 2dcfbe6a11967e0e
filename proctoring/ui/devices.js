// The second step: may we see and hear, and do we? Nothing leaves the browser here.

const HEARD = 0.02; // RMS of -34 dBFS: a voice at a desk is above it, a quiet room is not

class Devices {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.video = this.find("video");
    this.stream = null;
    this.stopped = false;
    this.find(".allow").onclick = () => this.start();
    for (const label of root.querySelectorAll(".choice")) {
      label.querySelector("select").onchange = (event) => {
        chooseDevice(label.dataset.medium, event.target.value);
        this.start();
      };
    }
    this.onDevices = () => this.listDevices();
    navigator.mediaDevices?.addEventListener("devicechange", this.onDevices);
  }

  update({ data, setStateValue }) {
    const isFirst = !this.media;
    this.media = data.media;
    this.constraints = data.constraints;
    this.setStateValue = setStateValue;
    if (!isFirst) return;
    this.find(".allow").textContent = `Allow ${this.media.join(" and ")}`;
    this.find(".picture").hidden = !this.media.includes("camera");
    if (canCapture()) this.startIfGranted();
    else explainFailure(null, this.media).then((failure) => this.tell(failure));
  }

  async startIfGranted() {
    const answers = await Promise.all(this.media.map(isGranted));
    if (answers.every(Boolean)) await this.start();
  }

  async start() {
    this.stop();
    this.say("", "", "Waiting for the browser…", "Answer its question with “Allow”.");
    const ask = (constraints) => navigator.mediaDevices.getUserMedia(constraints);
    const { stream, failure } = await openMedia(ask, this.constraints);
    this.stream = stream;
    if (this.stopped) return this.stop();
    if (stream) this.show();
    if (failure) return this.tell(failure);
    this.find(".allow").hidden = true;
    this.say("good", "✓ ", "Ready", "Sit so that your whole face is in the picture, with light from the front.");
    this.report("ready");
  }

  show() {
    const onEnd = async () => {
      this.stop();
      this.tell(await explainFailure({ name: "NotFoundError" }, this.media));
    };
    for (const track of this.stream.getTracks()) track.onended = onEnd;
    this.video.srcObject = this.stream;
    this.video.classList.toggle("on", this.stream.getVideoTracks().length > 0);
    this.listen();
    this.listDevices();
  }

  tell({ title, advice }) {
    this.say("bad", "! ", title, advice);
    const button = this.find(".allow");
    button.hidden = !canCapture();
    button.textContent = "Try again";
    this.report("failed");
  }

  say(look, sign, title, text) {
    const strong = document.createElement("strong");
    strong.textContent = sign + title;
    const message = this.find(".message");
    message.className = `message ${look}`;
    message.replaceChildren(strong, text);
  }

  report(state) {
    if (this.state === state) return;
    this.state = state;
    this.setStateValue("state", state);
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
    this.meter = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const rms = Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
      const percent = Math.round(Math.min(100, Math.max(0, 100 + 20 * Math.log10(rms + 1e-6) * 1.6)));
      const bar = this.find(".bar");
      bar.firstElementChild.style.width = `${percent}%`;
      bar.setAttribute("aria-valuenow", percent);
      if (rms > HEARD) this.find(".heard").textContent = "✓ We hear you.";
    }, 80);
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
    clearInterval(this.meter);
    this.audio?.close();
    this.audio = null;
    for (const track of this.stream?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    this.stream = null;
    this.video.classList.remove("on");
  }

  close() {
    this.stopped = true;
    this.stop();
    navigator.mediaDevices?.removeEventListener("devicechange", this.onDevices);
  }
}

export default function (component) {
  const root = component.parentElement;
  root.devices ??= new Devices(root);
  root.devices.update(component);
  return () => root.devices.close();
}

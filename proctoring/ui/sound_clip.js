// A sound that was kept, as something to play: a button, its waveform, how long it lasts.

const CLIP_PARTS = 120; // of a waveform
const CLIP_SHAPES = {
  play: '<path d="M4.5 2.4v11.2L13.6 8z"/>',
  pause: '<rect x="3.6" y="2.6" width="3.2" height="10.8" rx="1"/><rect x="9.2" y="2.6" width="3.2" height="10.8" rx="1"/>',
};

class SoundClip {
  // name: "Sound from 10:03:20"; the button's words are "Play: …" and "Pause: …".
  constructor(name, { play = "Play", pause = "Pause", position = "Position" } = {}) {
    Object.assign(this, { name, words: { play, pause }, seconds: 0 });
    this.audio = document.createElement("audio");
    this.audio.preload = "auto"; // it is fetched by then
    this.button = document.createElement("button");
    Object.assign(this.button, { type: "button", className: "play", disabled: true, onclick: () => this.toggle() });
    this.layers = ["all", "heard"].map((name) => clipShape("svg", { class: name, viewBox: `0 0 ${CLIP_PARTS} 24`, preserveAspectRatio: "none", "aria-hidden": "true" }));
    this.place = document.createElement("input");
    Object.assign(this.place, { type: "range", min: 0, max: 0, step: 0.1, value: 0, disabled: true, ariaLabel: `${position}: ${name}` });
    this.place.oninput = () => (this.audio.currentTime = this.place.valueAsNumber);
    this.length = document.createElement("span");
    this.length.className = "length";
    const line = document.createElement("span");
    line.className = "wave";
    line.append(...this.layers, this.place);
    this.root = document.createElement("div");
    this.root.className = "clip";
    this.root.append(this.audio, this.button, line, this.length);
    for (const kind of ["play", "pause", "ended"]) this.audio.addEventListener(kind, () => this.draw());
    this.audio.onloadedmetadata = () => this.lasts(this.seconds || this.audio.duration);
    for (const kind of ["timeupdate", "seeked"]) this.audio.addEventListener(kind, () => this.move());
    this.draw();
  }

  // What was fetched of it.
  async fill({ url, blob }) {
    this.audio.src = url;
    this.button.disabled = false;
    const { peaks, seconds } = await peaksOf(blob, CLIP_PARTS);
    for (const layer of this.layers) layer.replaceChildren(clipShape("path", { d: bars(peaks) }));
    this.lasts(seconds);
  }

  lasts(seconds) {
    if (!(seconds > 0 && seconds < Infinity)) return;
    this.seconds = this.place.max = seconds;
    this.place.disabled = false;
    this.move();
  }

  toggle() {
    if (this.audio.paused) this.audio.play().catch(() => {});
    else this.audio.pause();
  }

  draw() {
    const does = this.audio.paused ? "play" : "pause";
    const svg = clipShape("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" });
    svg.innerHTML = CLIP_SHAPES[does]; // one of the constants above
    this.button.ariaLabel = `${this.words[does]}: ${this.name}`;
    this.button.replaceChildren(svg);
    this.move();
    if (!this.audio.paused) requestAnimationFrame(() => this.follow());
  }

  follow() {
    this.move();
    if (!this.audio.paused && this.root.isConnected) requestAnimationFrame(() => this.follow());
  }

  move() {
    const { currentTime } = this.audio;
    this.place.value = currentTime;
    this.root.style.setProperty("--heard", `${this.seconds ? Math.min(100, (100 * currentTime) / this.seconds) : 0}%`);
    const words = this.seconds ? inSeconds(currentTime && currentTime < this.seconds ? currentTime : this.seconds) : "";
    if (this.length.textContent !== words) this.length.textContent = words;
  }
}

// "0:06": shorter than in words, and of one width while it counts
function inSeconds(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function bars(peaks) {
  const top = Math.max(0.05, ...peaks);
  return [...peaks].map((peak, i) => `M${i + 0.15} ${(12 - half(peak / top)).toFixed(2)}h.7v${(2 * half(peak / top)).toFixed(2)}h-.7z`).join("");
}

function half(share) {
  return Math.max(0.5, 11 * share);
}

function clipShape(tag, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

// Stills of what a candidate shares: drawn when the picture changes, and sent one after the other.
// What the server has not said it keeps stays here, and is sent once the line is back.

const THUMB = { width: 32, height: 18 }; // px: enough to see that a window came, too little to read
const CHANGED_MEAN = 1.5; // of 255, over all of them: scrolling, another page
const CHANGED_CELL = 32; // of 255, of one
const CHANGED_CELLS = 6; // so many of 576: a small window that came up
const LONGEST_SIDE = 1280; // px
const STILL_QUALITIES = [0.7, 0.45, 0.2]; // the first that is small enough
const MOST_STILL_BYTES = 400000;
const MOST_KEPT_STILLS = 60; // while there is no line; two minutes of nothing but change
const MOST_KEPT_BYTES = 12e6;
const SEND_WITHIN_MS = 20000;
const SLOWEST_SEND_MS = 10000;

// Has a picture changed since the last one that was taken?
class Change {
  constructor() {
    const canvas = Object.assign(document.createElement("canvas"), THUMB);
    this.drawing = canvas.getContext("2d", { willReadFrequently: true });
  }

  // Brightness, cell by cell.
  look(video) {
    this.drawing.drawImage(video, 0, 0, THUMB.width, THUMB.height);
    const { data } = this.drawing.getImageData(0, 0, THUMB.width, THUMB.height);
    return Float32Array.from({ length: data.length / 4 }, (_, i) => 0.3 * data[4 * i] + 0.59 * data[4 * i + 1] + 0.11 * data[4 * i + 2]);
  }

  isNew(cells) {
    if (!this.taken) return true;
    const steps = cells.map((cell, i) => Math.abs(cell - this.taken[i]));
    const mean = steps.reduce((sum, step) => sum + step, 0) / steps.length;
    return mean >= CHANGED_MEAN || steps.filter((step) => step >= CHANGED_CELL).length >= CHANGED_CELLS;
  }

  take(cells) {
    this.taken = cells;
  }
}

// The video's picture as a JPEG that the server takes; null while there is none.
async function drawStill(video) {
  const canvas = drawPicture(video, { width: LONGEST_SIDE, height: LONGEST_SIDE });
  for (const quality of canvas ? STILL_QUALITIES : []) {
    const blob = await jpegOf(canvas, quality);
    if (!blob || blob.size <= MOST_STILL_BYTES) return blob;
  }
  return null;
}

class StillSender {
  // onTaken gets the server's answer: {id, every_s}; onRefused the sentence of one that it won't take.
  constructor(source, { onTaken = () => {}, onRefused = () => {} } = {}) {
    Object.assign(this, { source, onTaken, onRefused, waiting: [], count: 0, failures: 0 });
    this.prefix = crypto.getRandomValues(new Uint32Array(2)).join("-");
    this.onOnline = () => this.drain(true);
    window.addEventListener("online", this.onOnline);
  }

  update(pass) {
    if (this.pass === pass) return;
    this.pass = pass;
    this.drain(true);
  }

  put(blob) {
    this.waiting.push({ blob, number: `${this.prefix}-${++this.count}`, at: performance.now() });
    const bytes = () => this.waiting.reduce((sum, one) => sum + one.blob.size, 0);
    // Every second one goes, so that what is left still shows all of the time.
    while (this.waiting.length > MOST_KEPT_STILLS || (bytes() > MOST_KEPT_BYTES && this.waiting.length > 1)) {
      this.waiting = this.waiting.filter((_, i, all) => i % 2 === 0 || i === all.length - 1);
    }
    this.drain();
  }

  async drain(isNow = false) {
    if (isNow) clearTimeout(this.timer);
    if (this.isSending || (this.isHeldUp && !isNow)) return;
    Object.assign(this, { isSending: true, isHeldUp: false });
    let waitMs = 0;
    while (this.waiting.length && this.pass && !waitMs && !this.isClosed) {
      const [one] = this.waiting;
      waitMs = await this.send(one);
      if (!waitMs) this.waiting = this.waiting.filter((other) => other !== one);
    }
    this.isSending = false;
    if (!waitMs || this.isClosed) return;
    this.isHeldUp = true;
    this.timer = setTimeout(() => this.drain(true), waitMs);
  }

  // 0 once it needs no more sending; else after how long to try again.
  async send({ blob, number, at }) {
    const url = new URL("api/exam/stills", location.href);
    const ago_ms = String(Math.round(performance.now() - at));
    url.search = new URLSearchParams({ source: this.source, number, ago_ms });
    const headers = { Authorization: `Bearer ${this.pass}`, "Content-Type": "image/jpeg" };
    let answer;
    try {
      answer = await fetch(url, { method: "POST", body: blob, headers, signal: AbortSignal.timeout(SEND_WITHIN_MS) });
    } catch {
      return Math.min(SLOWEST_SEND_MS, 1000 * 2 ** this.failures++);
    }
    if ([404, 429, 500, 502, 503, 504].includes(answer.status)) {
      const wait = Number(answer.headers.get("Retry-After")) || 5;
      return Math.min(60, wait) * 1000;
    }
    this.failures = 0;
    const said = await answer.json().catch(() => ({}));
    if (answer.ok) this.onTaken(said);
    else this.onRefused(said.problem ?? "");
    return 0;
  }

  close() {
    this.isClosed = true;
    clearTimeout(this.timer);
    window.removeEventListener("online", this.onOnline);
  }
}

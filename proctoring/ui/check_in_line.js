// The check-in's line to the server: one thing is sent, and its answer awaited. It comes back
// by itself.

const ANSWER_WITHIN_MS = 20000; // many may be waiting; then the line is tried anew
const CLOSED = { refused: 1008, begun: 4000, elsewhere: 4001 };

class CheckInLine {
  constructor({ onChange, onEnd }) {
    Object.assign(this, { onChange, onEnd, tries: 0, waiting: [] });
    this.isOpen = false;
    this.onOnline = () => this.pass && this.connect();
    window.addEventListener("online", this.onOnline);
  }

  update(pass) {
    if (this.pass === pass) return;
    Object.assign(this, { pass, tries: 0 });
    this.connect();
  }

  connect() {
    clearTimeout(this.timer);
    this.drop();
    const url = new URL("api/check-in", location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = (this.socket = new WebSocket(url.origin + url.pathname));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => socket.send(JSON.stringify({ pass: this.pass }));
    socket.onmessage = ({ data }) => {
      const message = typeof data === "string" ? JSON.parse(data) : { type: "bytes", data };
      this.tries = 0;
      if (message.type === "status") {
        this.isOpen = true;
        this.onChange();
      } else this.waiting.shift()?.(message);
    };
    socket.onclose = ({ code }) => {
      const end = Object.keys(CLOSED).find((name) => CLOSED[name] === code);
      this.drop();
      this.onChange();
      if (end) this.onEnd(end);
      if (end === "begun" || end === "elsewhere") return;
      const wait = Math.min(8000, 500 * 2 ** this.tries++) * (0.75 + Math.random() / 2);
      this.timer = setTimeout(() => this.connect(), wait);
    };
  }

  // The server's answer, or null if the line broke meanwhile. A string goes as JSON.
  ask(message) {
    if (!this.isOpen) return Promise.resolve(null);
    const isBinary = message instanceof Uint8Array;
    this.socket.send(isBinary ? message : JSON.stringify(message));
    return new Promise((resolve) => {
      const late = setTimeout(() => this.connect(), ANSWER_WITHIN_MS);
      this.waiting.push((answer) => {
        clearTimeout(late);
        resolve(answer);
      });
    });
  }

  // A letter that says what it is, and the bytes.
  send(letter, bytes) {
    const message = new Uint8Array(bytes.byteLength + 1);
    message[0] = letter.charCodeAt(0);
    message.set(new Uint8Array(bytes), 1);
    return this.ask(message);
  }

  drop() {
    const waiting = this.waiting.splice(0);
    if (this.socket) {
      this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
      this.socket.close();
    }
    this.socket = null;
    this.isOpen = false;
    for (const resolve of waiting) resolve(null);
  }

  close() {
    clearTimeout(this.timer);
    window.removeEventListener("online", this.onOnline);
    this.drop();
  }
}

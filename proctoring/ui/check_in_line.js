// The check-in's line to the server: one thing is sent, and its answer awaited. It comes back
// by itself.

const ANSWER_WITHIN_MS = 20000; // many may be waiting; then the line is tried anew
const CLOSED = { refused: REFUSED, begun: 4000, elsewhere: 4001 };

class CheckInLine extends LastingSocket {
  constructor({ onChange, onEnd }) {
    super("api/check-in");
    Object.assign(this, { onChange, onEnd, waiting: [], isOpen: false });
  }

  update(pass) {
    if (this.pass === pass) return;
    Object.assign(this, { pass, tries: 0 });
    this.connect();
  }

  hello() {
    return { pass: this.pass, language: LANGUAGE };
  }

  hear(data) {
    const message = typeof data === "string" ? JSON.parse(data) : { type: "bytes", data };
    if (message.type !== "status") return void this.waiting.shift()?.(message);
    this.isOpen = true;
    this.onChange();
  }

  ended(code) {
    const end = Object.keys(CLOSED).find((name) => CLOSED[name] === code);
    this.drop();
    this.onChange();
    if (end) this.onEnd(end);
    return end === "begun" || end === "elsewhere" ? "for good" : "";
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
    super.drop();
    this.isOpen = false;
    for (const resolve of waiting) resolve(null);
  }
}

// The page's line to the server. It comes back by itself, and keeps what was not acknowledged.

const SILENT_AFTER_MS = 6000; // the server speaks every second while the exam runs
const MAX_KEPT = 200; // events

class Line extends LastingSocket {
  constructor({ onMessage, onChange, onRefused, path = "api/exam" }) {
    super(path);
    Object.assign(this, { onMessage, onChange, onRefused });
    this.isOpen = false;
    this.prefix = crypto.getRandomValues(new Uint32Array(2)).join("-"); // of its events' ids
    this.count = 0;
    this.kept = []; // events without an acknowledgement: sent again, told apart by id
    this.waiting = new Map(); // id -> what is to be done once the server has it
    this.watch = setInterval(() => {
      if (!this.isOpen || performance.now() - this.heardAt <= SILENT_AFTER_MS) return;
      this.change(false); // closing politely would wait for a server that hangs
      this.connect();
    }, 1000);
  }

  // A new pass or page number means a new line.
  update(pass, page) {
    if (this.pass === pass && this.page === page) return;
    Object.assign(this, { pass, page, tries: 0 });
    this.connect();
  }

  hello() {
    return { pass: this.pass, page: this.page, language: LANGUAGE };
  }

  opened() {
    this.heardAt = performance.now();
  }

  hear(data) {
    this.heardAt = performance.now();
    const message = JSON.parse(data);
    if (!this.isOpen) {
      this.change(true);
      for (const event of this.kept) this.sendEvent(event);
      if (this.words !== undefined) this.beat(this.words); // what is told late has come to now
    }
    if (message.type === "ack") this.forget(message.id);
    else this.onMessage(message);
  }

  ended(code) {
    if (code === REFUSED) this.onRefused();
    this.change(false);
  }

  send(message) {
    if (this.isOpen) this.socket.send(JSON.stringify(message));
    return this.isOpen;
  }

  report(name, detail = "", onArrival) {
    const id = `${this.prefix}-${++this.count}`;
    const event = { type: "event", id, name, detail, at: performance.now() };
    if (onArrival) this.waiting.set(id, onArrival);
    this.kept = [...this.kept, event].slice(-MAX_KEPT);
    this.sendEvent(event);
  }

  // With how long ago it was: it may have waited for the line.
  sendEvent({ at, ...event }) {
    this.send({ ...event, ago_ms: Math.round(performance.now() - at) });
  }

  // A sign of life, with how much was reported and how the page stands. It is never kept.
  beat(words) {
    this.words = words;
    this.send({ type: "beat", page: this.prefix, count: this.count, detail: words });
  }

  forget(id) {
    this.kept = this.kept.filter((event) => event.id !== id);
    this.waiting.get(id)?.();
    this.waiting.delete(id);
  }

  change(isOpen) {
    if (this.isOpen === isOpen) return;
    this.isOpen = isOpen;
    this.onChange();
  }

  drop() {
    super.drop();
    this.isOpen = false;
  }

  close() {
    clearInterval(this.watch);
    super.close();
  }
}

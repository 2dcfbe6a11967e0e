// The desk's line to the server. It comes back by itself and says since when what is seen is old.

const SILENT_AFTER_MS = 4000; // the server speaks every second
const GIVE_UP_AFTER_MS = 8000;

class DeskLink extends LastingSocket {
  // `hello()`: what this desk is called, to be said first.
  constructor({ hello, onOpen, onMessage, onStill, onRefused }) {
    super("api/desk");
    Object.assign(this, { introduce: hello, opened: onOpen, onMessage, onStill, onRefused });
    this.revision = 0; // of the server that `replica` names
    this.replica = "";
    this.isReady = false; // something was heard since it opened
    this.heardAt = null; // performance.now() of the last word
    this.watch = setInterval(() => {
      if (this.socket && this.silentMs > GIVE_UP_AFTER_MS) this.connect();
    }, 1000);
  }

  update(pass) {
    if (this.pass === pass) return;
    this.pass = pass;
    this.tries = 0;
    this.connect();
  }

  // How long nothing was heard, or nothing was heard since connecting began.
  get silentMs() {
    return performance.now() - Math.max(this.heardAt ?? 0, this.connectingAt);
  }

  // Since when what is shown is old, in ms; 0 while it is fresh; null before there is any.
  get staleMs() {
    if (this.heardAt === null) return null;
    const ms = performance.now() - this.heardAt;
    return this.isReady && ms < SILENT_AFTER_MS ? 0 : ms;
  }

  connect() {
    this.connectingAt = performance.now();
    super.connect();
  }

  hello() {
    return { ...this.introduce(), pass: this.pass, revision: this.revision, replica: this.replica };
  }

  ended(code) {
    this.drop();
    if (code !== REFUSED) return "";
    this.onRefused();
    return "for good";
  }

  hear(data) {
    Object.assign(this, { heardAt: performance.now(), isReady: true });
    if (data instanceof ArrayBuffer) {
      const [length] = new Uint8Array(data, 0, 1);
      const id = new TextDecoder().decode(new Uint8Array(data, 1, length));
      return this.onStill(id, new Blob([new Uint8Array(data, 1 + length)], { type: "image/jpeg" }));
    }
    const message = JSON.parse(data);
    if (message.type === "incidents") Object.assign(this, { revision: message.revision, replica: message.replica });
    this.onMessage(message);
    if (message.type === "candidates") this.send({ type: "taken", number: message.number });
  }

  send(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  drop() {
    super.drop();
    this.isReady = false;
  }

  close() {
    clearInterval(this.watch);
    super.close();
  }
}

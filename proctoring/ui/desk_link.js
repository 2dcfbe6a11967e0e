// The desk's line to the server. It comes back by itself and says since when what is seen is old.

const SILENT_AFTER_MS = 4000; // the server speaks every second
const GIVE_UP_AFTER_MS = 8000;
const SLOWEST_RETRY_MS = 8000;
const REFUSED = 1008;

// The address of a route, beside the page's own: works under any base path.
function address(path) {
  return new URL(`api/${path}`, location.href);
}

class DeskLink {
  constructor({ onOpen, onMessage, onStill, onRefused }) {
    Object.assign(this, { onOpen, onMessage, onStill, onRefused });
    this.revision = 0; // of the server that `replica` names
    this.replica = "";
    this.tries = 0;
    this.isReady = false; // something was heard since it opened
    this.heardAt = null; // performance.now() of the last word
    this.watch = setInterval(() => {
      if (this.socket && this.silentMs > GIVE_UP_AFTER_MS) this.connect();
    }, 1000);
    this.onOnline = () => this.connect();
    window.addEventListener("online", this.onOnline);
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
    this.drop();
    this.connectingAt = performance.now();
    const url = address("desk");
    url.protocol = url.protocol.replace("http", "ws");
    const socket = (this.socket = new WebSocket(url.origin + url.pathname));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.send({ pass: this.pass, revision: this.revision, replica: this.replica });
      this.onOpen();
    };
    socket.onmessage = ({ data }) => this.hear(data);
    socket.onclose = ({ code }) => {
      this.drop();
      if (code === REFUSED) return this.onRefused();
      const wait = Math.min(SLOWEST_RETRY_MS, 500 * 2 ** this.tries++) * (0.75 + Math.random() / 2);
      this.timer = setTimeout(() => this.connect(), wait);
    };
  }

  hear(data) {
    Object.assign(this, { heardAt: performance.now(), isReady: true, tries: 0 });
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
    clearTimeout(this.timer);
    this.isReady = false;
    if (!this.socket) return;
    this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
    this.socket.close();
    this.socket = null;
  }

  close() {
    clearInterval(this.watch);
    window.removeEventListener("online", this.onOnline);
    this.drop();
  }
}

// A socket to the server that comes back by itself: at once when the network does, else ever more
// slowly, and never those of all pages at the same moment.

const SLOWEST_RETRY_MS = 8000;
const REFUSED = 1008; // why it closes: RFC 6455 §7.4.1

// Whoever extends it says `hello()`, first of all, and what to do on `hear(data)` and on `ended(code)`,
// which gives "for good" if it shall not come back.
class LastingSocket {
  constructor(path) {
    Object.assign(this, { path, socket: null, tries: 0 });
    this.onOnline = () => this.connect();
  }

  connect() {
    clearTimeout(this.timer);
    this.drop();
    window.addEventListener("online", this.onOnline); // once, however often this is said
    const url = new URL(this.path, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = (this.socket = new WebSocket(url.origin + url.pathname));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      socket.send(JSON.stringify(this.hello()));
      this.opened?.();
    };
    socket.onmessage = ({ data }) => {
      this.tries = 0;
      this.hear(data);
    };
    socket.onclose = ({ code }) => {
      if (this.ended(code) === "for good") return;
      const wait = Math.min(SLOWEST_RETRY_MS, 500 * 2 ** this.tries++) * (0.75 + Math.random() / 2);
      this.timer = setTimeout(() => this.connect(), wait);
    };
  }

  drop() {
    if (!this.socket) return;
    this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
    this.socket.close();
    this.socket = null;
  }

  close() {
    clearTimeout(this.timer);
    window.removeEventListener("online", this.onOnline);
    this.drop();
  }
}

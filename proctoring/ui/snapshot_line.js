// What snapshots go over. One picture is on its way at a time, so a slow line gets fewer of them and
// never old ones. Sound is kept until the server has it, for as long as it would still say something.

const MOST_SOUND_KEPT = 24; // pieces of half a second

class SnapshotLine extends LastingSocket {
  // `picture()` gives a JPEG, or null while there is none; `onDamaged()`: packets reached the server
  // that nobody can decode.
  constructor(picture, onDamaged) {
    super("api/media");
    Object.assign(this, { picture, onDamaged });
    this.sender = crypto.getRandomValues(new Uint32Array(2)).join("-");
    this.number = 0;
    this.kept = []; // sound without an answer: {number, bytes}
  }

  // `sound` says how it is sent: {codec, rate}, rate 0 for none.
  update({ pass, page, sound }) {
    Object.assign(this, { pass, page, sound });
    this.connect();
  }

  hello() {
    return { pass: this.pass, page: this.page, sender: this.sender, ...this.sound };
  }

  hear(data) {
    const message = JSON.parse(data);
    if (message.type === "ready") {
      this.isReady = true;
      this.everyMs = 1000 / message.frames_per_s;
      this.forget(message.heard);
      for (const piece of this.kept) this.socket.send(piece.bytes);
      this.show();
    } else if (message.type === "heard") {
      this.forget(message.number);
      if (message.is === "damaged") this.onDamaged();
    } else if (message.type === "seen") {
      const passed = performance.now() - this.shownAt;
      this.next = setTimeout(() => this.show(), Math.max(0, this.everyMs - passed));
    }
  }

  ended() {
    this.drop();
  }

  // The newest picture; the next one follows its answer.
  async show() {
    clearTimeout(this.next);
    const socket = this.socket;
    this.shownAt = performance.now();
    const jpeg = await this.picture();
    if (socket !== this.socket || !this.isReady) return;
    if (jpeg) socket.send(new Blob(["V", jpeg]));
    else this.next = setTimeout(() => this.show(), this.everyMs);
  }

  // A piece of sound, and when its last sample was heard, by the page's own clock.
  keep({ bytes, endedS }) {
    const message = new Uint8Array(13 + bytes.byteLength);
    const view = new DataView(message.buffer);
    message[0] = "A".charCodeAt(0);
    view.setUint32(1, ++this.number, true);
    view.setFloat64(5, endedS, true);
    message.set(bytes, 13);
    this.kept = [...this.kept, { number: this.number, bytes: message }].slice(-MOST_SOUND_KEPT);
    if (this.isReady) this.socket.send(message);
  }

  forget(number) {
    this.kept = this.kept.filter((piece) => piece.number > number);
  }

  // What is kept is in a form that the next socket does not speak.
  forgetAll() {
    this.kept = [];
  }

  drop() {
    clearTimeout(this.next);
    this.isReady = false;
    super.drop();
  }
}

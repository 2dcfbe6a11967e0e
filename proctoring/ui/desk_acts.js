// What a proctor does about a candidate: it is sent until the server says that it is kept.

const RESEND_MS = 5000;

const ACT_WORDS = {
  let_in: "let the candidate in",
  not_yet: "answered: not yet",
  hand_raised: "raised a hand",
  hand_lowered: "lowered the hand",
  ask_in: "asked to be let in",
  pause: "paused the exam",
  resume: "let the exam go on",
  extra_time: "gave more time",
  adjustment: "changed what is adjusted",
  recheck: "asked who it is, and to look at the camera",
  rechecked: "compared the face with the beginning",
  note: "noted, for staff alone",
  end: "ended the exam",
  warning: "warned",
  explanation: "explained",
};
const UNSAID = ["seen", "looked", "claim", "release", "hand_over"]; // no part of what was said and done

class ActLine {
  // `send` says whether there was a line.
  constructor(send) {
    Object.assign(this, { send, waiting: new Map() });
    this.timer = setInterval(() => this.sendAll(), RESEND_MS);
  }

  // Resolves to "" once it is kept, or to why it can't be.
  act(participant, kind, content) {
    const id = newId();
    const message = { type: "act", id, participant, kind, content };
    return new Promise((resolve) => {
      this.waiting.set(id, { message, resolve });
      this.send(message);
    });
  }

  sendAll() {
    for (const { message } of this.waiting.values()) this.send(message);
  }

  take({ type, id, text }) {
    const found = this.waiting.get(id);
    this.waiting.delete(id);
    found?.resolve(type === "done" ? "" : text);
  }

  of(participant) {
    return [...this.waiting.values()].map(({ message }) => message).filter((m) => m.participant === participant);
  }

  close() {
    clearInterval(this.timer);
  }
}

// crypto.randomUUID is there on secure pages alone.
function newId() {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(16).padStart(8, "0")).join("-");
}

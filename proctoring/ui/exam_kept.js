// Acts of the candidate that the server has not acknowledged: kept in this tab and sent until it
// has, also after the page was loaded anew.

const RESEND_AFTER_MS = 6000;

class Kept {
  // `send` says whether there was a line. `place` names what is kept in this tab.
  constructor(send, place, onChange) {
    Object.assign(this, { send, place, onChange, done: new Map() });
    const { acts = [], drafts = {}, seen } = this.recall();
    this.isNew = !seen; // nothing of this exam was in this tab before
    this.seen = new Set(seen); // ids of what was read
    this.acts = new Map(acts);
    this.drafts = drafts; // what is being typed, by where
    this.remember();
    this.timer = setInterval(() => this.sendAll(), RESEND_AFTER_MS);
  }

  act(kind, content, onDone) {
    const id = randomId();
    this.acts.set(id, { kind, content, at: new Date().toISOString() });
    if (onDone) this.done.set(id, onDone);
    this.change();
    this.sendOne(id);
    return id;
  }

  sendAll() {
    for (const id of this.acts.keys()) this.sendOne(id);
  }

  sendOne(id) {
    const { kind, content, notBefore = 0 } = this.acts.get(id) ?? {};
    if (kind && Date.now() >= notBefore) this.send({ type: "act", id, kind, content });
  }

  take({ type, id, wait_s, text }) {
    const act = this.acts.get(id);
    if (!act) return;
    if (type === "later") {
      act.notBefore = Date.now() + wait_s * 1000;
      setTimeout(() => this.sendOne(id), wait_s * 1000 + 50);
      return;
    }
    this.acts.delete(id);
    this.done.get(id)?.(type === "done" ? "" : text);
    this.done.delete(id);
    this.change();
  }

  draft(where, text) {
    if (text) this.drafts[where] = text;
    else delete this.drafts[where];
    this.remember();
  }

  read(id) {
    this.seen.add(id);
    this.remember();
  }

  change() {
    this.remember();
    this.onChange();
  }

  recall() {
    try {
      return JSON.parse(sessionStorage.getItem(this.place) ?? "{}");
    } catch {
      return {}; // a browser that keeps nothing: then a reload loses what had no line
    }
  }

  remember() {
    try {
      sessionStorage.setItem(this.place, JSON.stringify({ acts: [...this.acts], drafts: this.drafts, seen: [...this.seen] }));
    } catch {
      // as above
    }
  }

  close() {
    clearInterval(this.timer);
  }
}

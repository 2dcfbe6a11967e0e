// Answers on their way to the server. Whatever is not acknowledged stays in this browser, through a
// reload and a crash, and goes out again; what was acknowledged leaves no trace here.
//
// One answer of a question is on its way at a time, under the next number after the one that the
// server acknowledged. So the server can tell what came twice from what another page wrote.

const SEND_AFTER_MS = 300; // of writing; a choice goes at once
const TRY_AGAIN_AFTER_MS = 3000; // when the server could not keep it

class Answers {
  constructor({ owner, send, onChange, onOther }) {
    Object.assign(this, { send, onChange, onOther });
    this.prefix = `openproctor.paper.${owner}.`;
    this.entries = new Map(); // question id -> see `entry`
    this.savedAt = null; // when the newest acknowledgement came
    this.canKeep = true;
    this.recall();
  }

  // `known`: the revision that the server has. `sent`: what is on its way. `refused`: why not.
  entry(id) {
    if (!this.entries.has(id)) this.entries.set(id, { value: null, known: 0, sent: null, isChanged: false, at: 0 });
    return this.entries.get(id);
  }

  value(id) {
    return this.entries.get(id)?.value ?? null;
  }

  change(id, value, { isWriting = false } = {}) {
    const entry = this.entry(id);
    Object.assign(entry, { value, isChanged: true, at: Date.now(), refused: null });
    this.keep(id);
    // Not put off by the next key: what is written without a pause is saved all the same.
    if (isWriting) entry.timer ??= setTimeout(() => this.flush(id), SEND_AFTER_MS);
    else this.flush(id);
    this.onChange(id);
  }

  flush(id) {
    const entry = this.entry(id);
    clearTimeout(entry.timer);
    entry.timer = null;
    if (entry.sent || !entry.isChanged) return;
    entry.sent = { revision: entry.known + 1, value: entry.value, at: entry.at };
    entry.isChanged = false;
    this.keep(id);
    this.post(id);
  }

  flushAll() {
    for (const id of this.entries.keys()) this.flush(id);
  }

  post(id) {
    const { revision, value, at } = this.entry(id).sent;
    this.send({ type: "answer", question: id, revision, value, age_ms: Math.max(0, Date.now() - at) });
  }

  // --- what the server says ---

  saved({ question: id, revision, at, advice }) {
    const entry = this.entry(id);
    if (entry.sent?.revision !== revision) return;
    Object.assign(entry, { known: revision, sent: null, advice, lost: undefined });
    this.savedAt = new Date(at);
    this.keep(id);
    if (!entry.timer) this.flush(id);
    this.onChange(id);
  }

  // Another page of this candidate was first. Its answer counts; ours can be brought back.
  newer({ question: id, newest, value }) {
    const entry = this.entry(id);
    const { known, value: own } = entry;
    clearTimeout(entry.timer);
    Object.assign(entry, { known: newest, sent: null, isChanged: false, timer: null });
    if (newest < known) return this.change(id, own); // the server was set back to a backup
    if (!isSame(own, value)) {
      Object.assign(entry, { value, lost: own });
      this.onOther(id);
    }
    this.keep(id);
    this.onChange(id);
  }

  refused({ question: id, revision, why, text, late_s }) {
    const entry = this.entry(id);
    if (entry.sent?.revision !== revision) return;
    Object.assign(entry, { sent: null, refused: { why, text, late_s } });
    this.keep(id);
    if (why === "form") this.flush(id);
    else entry.isChanged = false;
    this.onChange(id);
  }

  later({ question: id }) {
    if (!this.entries.get(id)?.sent) return;
    setTimeout(() => this.entries.get(id)?.sent && this.post(id), TRY_AGAIN_AFTER_MS);
  }

  // The line is new. True if there is something to read that this page does not know.
  meet(revisions) {
    let isBehind = false;
    for (const id of new Set([...Object.keys(revisions), ...this.entries.keys()])) {
      const entry = this.entry(id);
      if (entry.sent) this.post(id);
      else if (entry.isChanged) this.flush(id);
      else isBehind ||= (revisions[id] ?? 0) !== entry.known;
    }
    return isBehind;
  }

  read(answers) {
    for (const { question: id, revision, value, at } of answers) {
      const entry = this.entry(id);
      if (entry.sent || entry.isChanged) continue;
      const isOther = !isSame(entry.value, value);
      if (revision < entry.known) {
        if (isOther) this.change(id, entry.value); // this server has not heard of it yet
        continue;
      }
      Object.assign(entry, { known: revision, value });
      if (!this.savedAt || new Date(at) > this.savedAt) this.savedAt = new Date(at);
      if (isOther) this.onOther(id);
    }
    this.onChange();
  }

  get waiting() {
    return [...this.entries].filter(([, entry]) => entry.sent || entry.isChanged).map(([id]) => id);
  }

  get notTaken() {
    return [...this.entries].filter(([, entry]) => entry.refused).map(([id]) => id);
  }

  // --- in this browser ---

  keep(id) {
    const { value, known, sent, isChanged, at } = this.entry(id);
    const isWaiting = sent || isChanged;
    try {
      if (isWaiting) localStorage.setItem(this.prefix + id, JSON.stringify({ value, known, sent, isChanged, at }));
      else localStorage.removeItem(this.prefix + id);
      this.canKeep = true;
    } catch {
      this.canKeep = false; // private windows, a full disk: the page must stay open
    }
  }

  recall() {
    try {
      for (const key of Object.keys(localStorage)) {
        if (!key.startsWith(this.prefix)) continue;
        const kept = JSON.parse(localStorage.getItem(key));
        Object.assign(this.entry(key.slice(this.prefix.length)), kept);
      }
    } catch {
      this.canKeep = false;
    }
  }

  close() {
    for (const entry of this.entries.values()) clearTimeout(entry.timer);
  }
}

function isSame(one, other) {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}

function isBlank(value) {
  return value == null || (typeof value === "string" ? !value.trim() : !value.length);
}

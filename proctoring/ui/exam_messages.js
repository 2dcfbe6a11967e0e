// Between a candidate and the proctors: messages and a raised hand. All text from the server goes in
// as text, never as markup.

const OUTAGE = "server outage";
const SPEAKS = ["message", "warning", "not_yet", "recheck", "extra_time"]; // shown as a card
const TALKS = ["message", "warning", "not_yet", "recheck", "explanation", "extra_time"]; // in the drawer

class Messages {
  // exam: {find, line, say(text), cards}
  constructor(exam, place) {
    this.exam = exam;
    this.find = exam.find;
    this.told = []; // what the server holds, in order
    this.kept = new Kept((message) => exam.line.send(message), place, () => this.draw());
    this.drawer = this.find(".drawer");
    this.talk = this.find(".talk");
    this.explanations = new Explanations(this);
    this.pause = new PauseCover(this);
    this.find(".open-talk").onclick = () => (this.isOpen ? this.close() : this.open());
    this.find(".talk .close").onclick = () => this.close();
    this.find(".raise").onclick = () => this.turnHand();
    this.find(".rest").onclick = () => this.kept.act("pause", { reason: MESSAGE_WORDS.breakReason });
    this.find(".say textarea").value = this.kept.drafts.message ?? "";
    this.find(".say textarea").oninput = ({ target }) => this.kept.draft("message", target.value);
    this.find(".say").onsubmit = (event) => this.say(event);
    this.find(".say textarea").onkeydown = (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.say(event);
    };
    this.drawer.onkeydown = ({ key }) => {
      if (key === "Escape") this.close(); // and nothing is returned: `false` would swallow the key
    };
  }

  get isOpen() {
    return this.drawer.matches(":popover-open");
  }

  // --- what comes from the server ----------------------------------------------------------

  take(message) {
    if (message.type !== "messages") return this.kept.take(message);
    const isFirst = !this.hasTold;
    this.told = message.messages;
    this.hasTold = true;
    if (isFirst && this.kept.isNew) this.noteOld();
    this.draw();
    this.exam.cards.draw();
  }

  // Of what was said before this tab, only what came since the candidate's last word is news.
  noteOld() {
    const last = this.told.findLastIndex((one) => one.from === "you");
    for (const one of this.told.slice(0, last + 1)) this.kept.read(one.id);
    for (const one of this.told) if (one.kind === "extra_time") this.kept.read(one.id);
  }

  update(status, isOpen) {
    const wasOpen = this.hasLine;
    Object.assign(this, { status, hasLine: isOpen });
    if (isOpen && !wasOpen) this.kept.sendAll();
    this.explanations.note(status?.warnings ?? []);
    this.drawStrip();
    this.pause.draw(status);
    if (isOpen !== wasOpen) this.draw();
  }

  // Cards of what a proctor has said and nobody has read here.
  get cards() {
    const news = this.told.filter((one) => one.from !== "you" && SPEAKS.includes(one.kind) && !this.kept.seen.has(one.id));
    return this.isOpen ? [] : news.map((one) => [`said:${one.id}`, this.cardOf(one)]);
  }

  cardOf({ id, from, kind, text, at, seconds }) {
    const minutes = seconds < 60 ? nt("{n} second", "{n} seconds", seconds) : nt("{n} minute", "{n} minutes", Math.round(seconds / 60));
    const more = from === "server" && text === OUTAGE ? MESSAGE_WORDS.moreOutage : MESSAGE_WORDS.more;
    const isTime = kind === "extra_time";
    return {
      said: id,
      title: isTime ? more(minutes) : kind === "warning" ? MESSAGE_WORDS.warning : MESSAGE_WORDS.message,
      advice: isTime ? (text === OUTAGE ? "" : text) : text,
      category: kind === "warning" ? "conduct" : "said",
      at,
      canReply: !isTime,
    };
  }

  read(id) {
    this.kept.read(id);
    const newest = this.told.findLast((one) => one.from === "proctor" && SPEAKS.includes(one.kind) && this.kept.seen.has(one.id));
    if (newest && newest.id !== this.acknowledged) {
      this.acknowledged = newest.id;
      this.kept.act("seen", { until: newest.id });
    }
    this.exam.cards.draw();
  }

  readAll() {
    const news = this.told.filter((one) => one.from !== "you" && !this.kept.seen.has(one.id));
    for (const { id } of news) this.kept.read(id);
    if (news.length) this.read(news.at(-1).id);
  }

  // --- the strip ------------------------------------------------------------------------------

  drawStrip() {
    const { status } = this;
    const isUp = this.isHandUp;
    const raise = this.find(".raise");
    raise.setAttribute("aria-pressed", String(isUp));
    writeText(raise.querySelector("span"), isUp ? MESSAGE_WORDS.lower : MESSAGE_WORDS.raise);
    const news = this.told.filter((one) => one.from === "proctor" && SPEAKS.includes(one.kind) && !this.kept.seen.has(one.id));
    const badge = this.find(".open-talk b");
    badge.hidden = !news.length;
    writeText(badge, String(news.length));
    this.find(".open-talk").setAttribute("aria-label", news.length ? MESSAGE_WORDS.openNew(news.length) : MESSAGE_WORDS.open);
    this.find(".rest").hidden = !status?.break_left_s || Boolean(status.paused);
    writeText(this.find(".watched"), status && this.hasLine ? (status.watched ? MESSAGE_WORDS.watched : MESSAGE_WORDS.unwatched) : "");
  }

  get isHandUp() {
    const waiting = [...this.kept.acts.values()].filter(({ kind }) => kind.startsWith("hand_")).at(-1);
    return waiting ? waiting.kind === "hand_raised" : Boolean(this.status?.hand);
  }

  turnHand() {
    const isUp = this.isHandUp;
    this.kept.act(isUp ? "hand_lowered" : "hand_raised", {});
    this.exam.say(isUp ? MESSAGE_WORDS.lowered : MESSAGE_WORDS.raised);
    this.drawStrip();
  }

  // --- the drawer -------------------------------------------------------------------------------

  open() {
    if (!this.pause.isOpen) this.drawer.showPopover();
    this.find(".open-talk").setAttribute("aria-expanded", "true");
    this.readAll();
    this.draw();
    this.showNewest();
    this.find(".say textarea").focus();
  }

  close() {
    if (!this.isOpen) return;
    this.drawer.hidePopover();
    this.find(".open-talk").setAttribute("aria-expanded", "false");
    this.find(".open-talk").focus();
    this.exam.cards.draw();
  }

  say(event) {
    event.preventDefault();
    const area = this.find(".say textarea");
    const text = area.value.trim();
    if (!text) return;
    area.value = "";
    this.kept.draft("message", "");
    this.kept.act("message", { text }, (why) => why && this.exam.say(why));
    this.draw();
  }

  draw() {
    const ids = new Set(this.told.map(({ id }) => id));
    const waiting = [...this.kept.acts]
      .filter(([id, { kind }]) => !ids.has(id) && (kind === "message" || kind === "explanation"))
      .map(([id, { kind, content, at }]) => ({ id, kind, at, from: "you", text: content.text, isWaiting: true }));
    const shown = [...this.told.filter(({ kind }) => TALKS.includes(kind)), ...waiting];
    const list = this.find(".said");
    const key = JSON.stringify([shown, this.hasLine]);
    const isNew = this.drawn !== key;
    if (isNew) {
      this.drawn = key;
      list.replaceChildren(...shown.map((one) => this.lineOf(one)));
    }
    list.hidden = !shown.length;
    if (isNew) this.showNewest();
    this.find(".said + .none").hidden = shown.length > 0;
    this.explanations.draw();
    this.drawStrip();
    if (this.isOpen || this.pause.isOpen) this.readSoon();
  }

  showNewest() {
    const list = this.find(".said");
    list.scrollTop = list.scrollHeight;
  }

  readSoon() {
    const isNews = this.told.some((one) => one.from === "proctor" && SPEAKS.includes(one.kind) && !this.kept.seen.has(one.id));
    if (isNews && !document.hidden) this.readAll();
  }

  lineOf(one) {
    const { from, kind, at, isWaiting, read } = one;
    const item = document.createElement("li");
    item.dataset.from = from === "you" ? "you" : "them";
    const time = new Date(at).toLocaleTimeString(LOCALE, { hour: "2-digit", minute: "2-digit" });
    item.append(textIn("b", MESSAGE_WORDS[from]), textIn("small", time));
    const words = kind === "extra_time" ? this.cardOf(one).title : one.text;
    item.append(textIn("p", words));
    const state = isWaiting ? (this.hasLine ? MESSAGE_WORDS.sending : MESSAGE_WORDS.kept) : read ? MESSAGE_WORDS.read : MESSAGE_WORDS.sent;
    if (from === "you") item.append(textIn("small", state));
    return item;
  }

  end() {
    this.kept.close();
    this.pause.close();
    if (this.isOpen) this.drawer.hidePopover();
  }
}

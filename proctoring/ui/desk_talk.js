// What was said and done about one candidate, and what a proctor says next.

const READY_MADE = [
  "Is all well? Please write back.",
  "I see it. Please go on with your exam.",
  "Please stay in the picture.",
  "Please put more light on your face, from the front.",
  "Please turn the camera to your desk for a moment.",
  "Thank you, all is well.",
];
const SAID = ["message", "warning", "not_yet", "recheck"]; // to the candidate, in words

class Talk {
  constructor(desk, panel, find) {
    Object.assign(this, { desk, panel, find, acts: [], lines: new Map() });
    this.list = find(".talk");
    this.text = find(".say textarea");
    this.asWarning = find(".say input");
    const ready = READY_MADE.map((words) => element("button", { type: "button", onclick: () => this.fill(words) }, words));
    find(".say .presets").append(...ready);
    find(".say").onsubmit = (event) => {
      event.preventDefault();
      this.say();
    };
    this.text.onkeydown = (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.say();
    };
  }

  reset() {
    Object.assign(this, { acts: [], told: "" });
    this.lines.clear();
    this.list.replaceChildren();
    this.text.value = "";
    this.asWarning.checked = false;
    this.draw();
  }

  fill(words) {
    this.text.value = words;
    this.text.focus();
  }

  async say() {
    const text = this.text.value.trim();
    const { id } = this.panel;
    if (!text || !id) return;
    const kind = this.asWarning.checked ? "warning" : "message";
    this.text.value = "";
    this.asWarning.checked = false;
    const sent = this.desk.act(id, kind, { text });
    this.draw();
    const why = await sent;
    if (this.panel.id !== id) return;
    if (why) write(this.find(".doing .result"), why);
    this.draw();
  }

  take(acts) {
    this.acts = acts;
    this.panel.actions.heard(acts);
    this.draw();
    this.see();
  }

  // What is in front of a proctor's eyes has been seen.
  see() {
    const newest = this.acts.filter(({ role, kind }) => role === "candidate" && kind === "message").at(-1);
    const unread = this.panel.candidate?.unread;
    if (!newest || !unread || document.hidden || !this.desk.mayAct || this.told === newest.id) return;
    this.told = newest.id;
    this.desk.act(this.panel.id, "seen", { until: newest.id });
  }

  draw() {
    const shown = this.acts.filter(({ kind }) => !UNSAID.includes(kind));
    const waiting = this.desk.acting.of(this.panel.id).filter(({ kind }) => SAID.includes(kind));
    const lines = shown.map((act) => this.lineOf(act));
    lines.push(...waiting.map(({ kind, content }) => this.make({ kind, role: "proctor", ...content }, "Sending …")));
    const isNew = lines.length !== this.list.children.length;
    if (lines.some((line, i) => this.list.children[i] !== line) || isNew) this.list.replaceChildren(...lines);
    this.list.hidden = !lines.length;
    if (isNew) this.list.scrollTop = this.list.scrollHeight;
  }

  lineOf(act) {
    const state = SAID.includes(act.kind) && act.role !== "candidate" ? (this.isSeen(act) ? "Seen" : "Sent") : "";
    const key = act.id + state;
    if (!this.lines.has(key)) this.lines.set(key, this.make(act, state));
    return this.lines.get(key);
  }

  make(act, state) {
    const { role, kind, at } = act;
    const who = role === "candidate" ? this.desk.name(this.panel.id) : role === "server" ? "The server" : "Proctor";
    const head = kind === "message" ? who : `${who} ${ACT_WORDS[kind] ?? kind}`;
    const text = act.text || act.reason || "";
    const more = kind === "extra_time" ? `${lasting(act.seconds)}${text ? `: ${text}` : ""}` : text;
    const line = element("li", { dataset: { from: role === "candidate" ? "candidate" : "staff", kind } });
    line.append(element("p", { className: "head" }, element("b", {}, head), at ? element("time", { dateTime: at }, clock(at)) : ""));
    if (more) line.append(element("p", {}, more));
    if (state) line.append(element("p", { className: "state" }, state));
    return line;
  }

  // By the candidate: they named the newest that they saw.
  isSeen({ id, at }) {
    return this.acts.some(
      (act) => act.kind === "seen" && act.role === "candidate" && (act.until === id || act.at >= at),
    );
  }
}

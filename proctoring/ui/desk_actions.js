// The buttons of one open candidate, and the forms behind them.

const TOOLS = {
  pause: "Pause",
  more: "Add time",
  adjust: "Adjust",
  recheck: "Re-check identity",
  note: "Note",
  end: "End exam",
};

class Actions {
  constructor(desk, panel, find) {
    Object.assign(this, { desk, panel, find, open: "" });
    this.form = find(".doing .form");
    this.result = find(".doing .result");
    this.forms = new Forms({ act: (...what) => this.act(...what), close: () => this.close() });
    this.tools = {};
    for (const [name, label] of Object.entries(TOOLS)) {
      this.tools[name] = element("button", { type: "button", onclick: () => this.toggle(name) }, label);
    }
    find(".tools").append(...Object.values(this.tools));
    find(".let-in").onclick = () => this.act("let_in", {}, "Let in.");
    find(".not-yet").onclick = () => this.toggle("not_yet");
    find(".hand button").onclick = () => this.act("hand_lowered", {}, "The hand is down.");
  }

  reset() {
    this.close();
    this.checkedAt = null;
    write(this.result, "");
  }

  update(candidate) {
    this.candidate = candidate;
    const { paused, hand, asked_in, started_at, finished_at, let_in } = candidate;
    const isRunning = Boolean(started_at && !finished_at);
    const isWaiting = !started_at && !finished_at && (asked_in || !let_in);
    this.find(".asks").hidden = !isWaiting;
    if (isWaiting) {
      write(this.find(".asks b"), asked_in ? "Asks to be let in" : "Waits to be let in");
      write(this.find(".asks span"), asked_in ? `${asked_in.reason} (${clock(asked_in.since)})` : "This exam begins when you say so.");
    }
    this.find(".hand").hidden = !hand;
    if (hand) write(this.find(".hand p"), `Hand raised at ${clock(hand.since)}${hand.text ? `: ${hand.text}` : ""}`);
    write(this.tools.pause, paused ? "Resume" : "Pause");
    this.tools.pause.classList.toggle("primary", Boolean(paused));
    for (const name of ["pause", "more", "recheck", "end"]) this.tools[name].hidden = !isRunning;
    this.tools.adjust.hidden = Boolean(finished_at);
    if (this.open && this.tools[this.open]?.hidden) this.close();
  }

  // What came of asking who it is, once the server says it.
  heard(acts) {
    const newest = acts.filter(({ kind }) => kind === "rechecked").at(-1);
    if (newest && this.checkedAt && newest.at >= this.checkedAt) {
      this.checkedAt = null;
      write(this.result, newest.text);
    }
  }

  toggle(name) {
    if (name === "pause" && this.candidate.paused) return this.act("resume", {}, "The exam goes on.");
    if (this.open === name) return this.close();
    this.open = name;
    this.form.replaceChildren(...this.draw(name));
    this.form.hidden = false;
    for (const [of, tool] of Object.entries(this.tools)) tool.setAttribute("aria-expanded", String(of === name));
    this.form.querySelector("input, textarea, select, button")?.focus();
  }

  draw(name) {
    if (name === "adjust") return this.forms.adjust(this.candidate, this.desk.signals);
    return name === "end" ? this.forms.end(this.candidate.name) : this.forms[name]();
  }

  close() {
    this.open = "";
    this.form.hidden = true;
    this.form.replaceChildren();
    for (const tool of Object.values(this.tools)) tool.setAttribute("aria-expanded", "false");
  }

  async act(kind, content, words) {
    const { id } = this.candidate;
    write(this.result, "Sending …");
    if (kind === "recheck") this.checkedAt = new Date(this.desk.now() - 1000).toISOString();
    const why = await this.desk.act(id, kind, content);
    if (this.panel.id !== id) return !why;
    write(this.result, why || words);
    if (!why) this.close();
    return !why;
  }
}

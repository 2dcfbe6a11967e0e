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
  recheck: "asked to look at the camera",
  note: "noted, for staff alone",
  end: "ended the exam",
  warning: "warned",
  explanation: "explained",
};
const PAUSE_REASONS = ["One moment, please.", "There is a fire alarm.", "We are mending something on our side."];
const MORE_MINUTES = [5, 10, 15, 30];
const SHORTEST_END_REASON = 10;
const ADJUSTMENTS = {
  second_person: "A second person may be there",
  may_speak: "May speak",
  longer_looks: "May look away for longer",
};
const EXTRA_PERCENT = [0, 25, 50, 100];

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

// The buttons of a panel and the small forms behind them.
class Actions {
  constructor(desk, panel, find) {
    Object.assign(this, { desk, panel, find, open: "" });
    this.form = find(".doing .form");
    this.result = find(".doing .result");
    this.tools = {};
    for (const [name, label] of Object.entries({
      pause: "Pause",
      more: "Add time",
      adjust: "Adjust",
      recheck: "Ask to look at the camera",
      note: "Note",
      end: "End exam",
    })) {
      this.tools[name] = element("button", { type: "button", onclick: () => this.toggle(name) }, label);
    }
    find(".tools").append(...Object.values(this.tools));
    find(".let-in").onclick = () => this.act("let_in", {}, "Let in.");
    find(".not-yet").onclick = () => this.toggle("not_yet");
    find(".hand button").onclick = () => this.act("hand_lowered", {}, "The hand is down.");
  }

  reset() {
    this.close();
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

  toggle(name) {
    if (name === "pause" && this.candidate.paused) return this.act("resume", {}, "The exam goes on.");
    if (this.open === name) return this.close();
    this.open = name;
    this.form.replaceChildren(...this.draw(name));
    this.form.hidden = false;
    for (const [of, tool] of Object.entries(this.tools)) tool.setAttribute("aria-expanded", String(of === name));
    this.form.querySelector("input, textarea, select, button")?.focus();
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
    const why = await this.desk.act(id, kind, content);
    if (this.panel.id !== id) return !why;
    write(this.result, why || words);
    if (!why) this.close();
    return !why;
  }

  draw(name) {
    return {
      pause: () => this.drawPause(),
      more: () => this.drawMore(),
      adjust: () => this.drawAdjust(),
      recheck: () => this.drawText("recheck", "What to say with it", "Please look straight at the camera for a moment.", "Ask", "Asked."),
      note: () => this.drawText("note", "Note, for staff alone. It is part of what the candidate can ask for.", "", "Keep", "Noted."),
      not_yet: () => this.drawText("not_yet", "What to say with it", "We will be with you in a few minutes.", "Not yet", "Answered."),
      end: () => this.drawEnd(),
    }[name]();
  }

  drawPause() {
    const reason = field("input", "Why, as the candidate reads it", { value: PAUSE_REASONS[0], maxLength: 200 });
    const ready = PAUSE_REASONS.map((text) => element("button", { type: "button", onclick: () => (reason.input.value = text) }, text));
    const go = primary("Pause the exam", () => this.act("pause", { reason: reason.input.value }, "Paused. The clock stands still."));
    return [element("div", { className: "presets" }, ...ready), reason.label, row(go)];
  }

  drawMore() {
    const give = (minutes) => this.act("extra_time", { seconds: Math.round(minutes * 60) }, `${minutes} min more.`);
    const ready = MORE_MINUTES.map((minutes) => element("button", { type: "button", onclick: () => give(minutes) }, `${minutes} min`));
    const other = field("input", "Or so many minutes", { type: "number", min: 1, max: 240, value: "" });
    const go = primary("Add", () => Number(other.input.value) > 0 && give(Number(other.input.value)));
    return [element("div", { className: "presets" }, ...ready), other.label, row(go)];
  }

  drawAdjust() {
    const { adjustments } = this.candidate;
    const flags = Object.entries(ADJUSTMENTS).map(([name, words]) => check(name, words, adjustments[name]));
    const off = this.desk.signals.map(({ name, title }) => check(name, title, !adjustments.signals_off.includes(name)));
    const percent = element(
      "select",
      { id: "adjust-percent" },
      ...EXTRA_PERCENT.map((n) => element("option", { value: n, selected: n === adjustments.extra_percent }, n ? `${n} %` : "none")),
    );
    const breaks = field("input", "Minutes of breaks that stop the clock", { type: "number", min: 0, max: 60, value: adjustments.break_min });
    const save = primary("Save", () =>
      this.act(
        "adjustment",
        {
          signals_off: off.filter(({ input }) => !input.checked).map(({ input }) => input.name),
          ...Object.fromEntries(flags.map(({ input }) => [input.name, input.checked])),
          extra_percent: Number(percent.value),
          break_min: Number(breaks.input.value),
        },
        "Adjusted from now on.",
      ),
    );
    return [
      element("p", { className: "hint" }, "No reason is asked for, and none is kept."),
      ...flags.map(({ label }) => label),
      element("label", { htmlFor: "adjust-percent" }, "More time than others "),
      percent,
      breaks.label,
      element("fieldset", {}, element("legend", {}, "What is measured"), ...off.map(({ label }) => label)),
      row(save),
    ];
  }

  drawText(kind, label, text, button, words) {
    const said = field("textarea", label, { rows: 2, maxLength: 500, value: text });
    return [said.label, row(primary(button, () => this.act(kind, { text: said.input.value }, words)))];
  }

  // Two steps: what cannot be undone is asked for twice.
  drawEnd() {
    const reason = field("input", `Why, as the candidate reads it (at least ${SHORTEST_END_REASON} characters)`, { value: "", maxLength: 200 });
    const sure = element("div", { className: "sure", hidden: true });
    const go = element("button", { type: "button", className: "grave", disabled: true }, "End the exam …");
    reason.input.oninput = () => {
      go.disabled = reason.input.value.trim().length < SHORTEST_END_REASON;
      sure.hidden = true;
    };
    const end = element(
      "button",
      { type: "button", className: "grave", onclick: () => this.act("end", { reason: reason.input.value }, "Ended.") },
      "Yes, end it now",
    );
    const no = element("button", { type: "button", onclick: () => this.close() }, "No, go on");
    sure.append(element("p", {}, `End the exam of ${this.candidate.name}? This cannot be undone.`), row(end, no));
    go.onclick = () => {
      sure.hidden = false;
      end.focus();
    };
    return [reason.label, row(go), sure];
  }
}

function field(tag, words, properties) {
  const input = element(tag, properties);
  return { input, label: element("label", { className: "field" }, element("span", {}, words), input) };
}

function check(name, words, checked) {
  const input = element("input", { type: "checkbox", name, checked });
  return { input, label: element("label", { className: "check" }, input, words) };
}

function primary(words, onclick) {
  return element("button", { type: "button", className: "primary", onclick }, words);
}

function row(...children) {
  return element("div", { className: "row" }, ...children);
}

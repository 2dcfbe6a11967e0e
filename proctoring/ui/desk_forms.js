// The small forms behind the actions, for one candidate or for many.

const PAUSE_REASONS = ["One moment, please.", "There is a fire alarm.", "We are mending something on our side."];
const MORE_MINUTES = [5, 10, 15, 30];
const SHORTEST_END_REASON = 10;
const LOOK_UP = "Please look straight at the camera for a moment.";
const ADJUSTMENTS = {
  second_person: "A second person may be there",
  may_speak: "May speak",
  longer_looks: "May look away for longer",
};
const EXTRA_PERCENT = [0, 25, 50, 100];

// `act(kind, content, words)` does it and says what came of it; `close()` puts the form away.
class Forms {
  constructor({ act, close }) {
    Object.assign(this, { act, close });
  }

  pause() {
    const reason = field("input", "Why, as the candidate reads it", { value: PAUSE_REASONS[0], maxLength: 200 });
    const ready = PAUSE_REASONS.map((text) => element("button", { type: "button", onclick: () => (reason.input.value = text) }, text));
    const go = primary("Pause the exam", () => this.act("pause", { reason: reason.input.value }, "Paused. The clock stands still."));
    return [element("div", { className: "presets" }, ...ready), reason.label, row(go)];
  }

  more() {
    const give = (minutes) => this.act("extra_time", { seconds: Math.round(minutes * 60) }, `${minutes} min more.`);
    const ready = MORE_MINUTES.map((minutes) => element("button", { type: "button", onclick: () => give(minutes) }, `${minutes} min`));
    const other = field("input", "Or so many minutes", { type: "number", min: 1, max: 240, value: "" });
    const go = primary("Add", () => Number(other.input.value) > 0 && give(Number(other.input.value)));
    return [element("div", { className: "presets" }, ...ready), other.label, row(go)];
  }

  adjust({ adjustments }, signals) {
    const flags = Object.entries(ADJUSTMENTS).map(([name, words]) => check(name, words, adjustments[name]));
    const off = signals.map(({ name, title }) => check(name, title, !adjustments.signals_off.includes(name)));
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

  recheck() {
    const about = "The face is compared anew with the one at the beginning, where the exam does that; what came of it is said here.";
    return [element("p", { className: "hint" }, about), ...this.text("recheck", "What to say with it", LOOK_UP, "Re-check", "Asked. The answer comes within half a minute.")];
  }

  note() {
    return this.text("note", "Note, for staff alone. It is part of what the candidate can ask for.", "", "Keep", "Noted.");
  }

  not_yet() {
    return this.text("not_yet", "What to say with it", "We will be with you in a few minutes.", "Not yet", "Answered.");
  }

  // Words to many at once; to one they go by the talk.
  message(kind = "message") {
    const said = field("textarea", kind === "warning" ? "Warning, as candidates read it" : "Message to the candidates", { rows: 2, maxLength: 2000 });
    const ready = READY_MADE.map((words) => element("button", { type: "button", onclick: () => (said.input.value = words) }, words));
    const send = primary(kind === "warning" ? "Warn" : "Send", () => said.input.value.trim() && this.act(kind, { text: said.input.value }, "Sent."));
    return [element("div", { className: "presets" }, ...ready), said.label, row(send)];
  }

  warning() {
    return this.message("warning");
  }

  text(kind, label, text, button, words) {
    const said = field("textarea", label, { rows: 2, maxLength: 500, value: text });
    return [said.label, row(primary(button, () => this.act(kind, { text: said.input.value }, words)))];
  }

  // Two steps: what cannot be undone is asked for twice; of many, with their number typed.
  end(whom, typed = "") {
    const reason = field("input", `Why, as the candidate reads it (at least ${SHORTEST_END_REASON} characters)`, { value: "", maxLength: 200 });
    const sure = element("div", { className: "sure", hidden: true });
    const go = element("button", { type: "button", className: "grave", disabled: true }, "End the exam …");
    reason.input.oninput = () => {
      go.disabled = reason.input.value.trim().length < SHORTEST_END_REASON;
      sure.hidden = true;
    };
    const number = field("input", `Type ${typed} to say that you mean all of them`, { value: "", inputMode: "numeric", autocomplete: "off" });
    const yes = element(
      "button",
      { type: "button", className: "grave", disabled: Boolean(typed), onclick: () => this.act("end", { reason: reason.input.value }, "Ended.") },
      "Yes, end it now",
    );
    number.input.oninput = () => (yes.disabled = number.input.value.trim() !== typed);
    const no = element("button", { type: "button", onclick: () => this.close() }, "No, go on");
    sure.append(element("p", {}, `End the exam of ${whom}? This cannot be undone.`), ...(typed ? [number.label] : []), row(yes, no));
    go.onclick = () => {
      sure.hidden = false;
      (typed ? number.input : yes).focus();
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

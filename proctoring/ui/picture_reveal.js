// Below a picture: its marks on or off, and the way to the picture as it was taken, which asks why.

const REVEAL_TEXT = {
  marks: "Marks",
  blurred: "Others and the room are blurred.",
  show: "Show it unblurred",
  why: "Why do you need to see all of it?",
  told: "Your reason goes into the exam’s log, and the candidate reads it. The picture is blurred again after 10 minutes.",
  least: "A reason has at least 10 characters.",
  go: "Show for 10 minutes",
  cancel: "Cancel",
  until: (at) => `Unblurred until ${at}.`,
  again: "Blur it again",
  lost: "It could not be asked for. Try again.",
};
const LEAST_REASON = 10; // characters

class Reveal {
  // `back`: what gets the focus afterwards, if not the button itself.
  constructor(kept, node, { back } = {}) {
    Object.assign(this, { kept, node, back });
    this.marks = element("input", { type: "checkbox", checked: kept.layers.isOn, onchange: () => kept.layers.turn(this.marks.checked) });
    this.switch = element("label", {}, this.marks, REVEAL_TEXT.marks);
    this.told = element("span", { className: "told-blurred" });
    this.told.setAttribute("role", "status");
    this.button = element("button", { type: "button", className: "reveal", onclick: () => this.press() });
    this.reason = element("input", { type: "text", maxLength: 200, required: true, autocomplete: "off" });
    this.problem = element("p", { className: "problem", hidden: true });
    this.problem.setAttribute("role", "alert");
    this.form = element(
      "form",
      { hidden: true, onsubmit: (event) => this.send(event) },
      element("label", {}, element("span", {}, REVEAL_TEXT.why), this.reason),
      element("p", { className: "small" }, REVEAL_TEXT.told),
      this.problem,
      element("div", { className: "row" }, element("button", { type: "submit", className: "primary" }, REVEAL_TEXT.go), element("button", { type: "button", onclick: () => this.ask(false) }, REVEAL_TEXT.cancel)),
    );
    this.form.onkeydown = (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault(); // a dialog around it stays open
      event.stopPropagation();
      this.ask(false);
    };
    node.append(this.switch, this.told, this.button, this.form);
    kept.changes.addEventListener("change", () => this.draw());
    this.draw();
  }

  // The picture that is looked at; undefined where there is none.
  async update(id) {
    if (this.id === id) return;
    Object.assign(this, { id, about: null });
    this.form.hidden = true;
    this.draw();
  }

  async draw() {
    const { id } = this;
    const { marks } = (id && (await this.kept.get(id).catch(() => null))) || {};
    if (this.id !== id) return;
    const isRevealed = Boolean(id) && this.kept.isRevealed(id);
    const isBlurred = Boolean(marks?.isBlurred);
    this.node.hidden = !marks?.isCamera;
    this.switch.hidden = !marks?.boxes.length && !marks?.others.length;
    this.marks.checked = this.kept.layers.isOn;
    write(this.told, isRevealed ? REVEAL_TEXT.until(clock(new Date(this.kept.revealed.get(id).until).toISOString())) : isBlurred ? REVEAL_TEXT.blurred : "");
    this.button.hidden = !this.form.hidden || !(isBlurred || isRevealed);
    write(this.button, isRevealed ? REVEAL_TEXT.again : REVEAL_TEXT.show);
  }

  press() {
    if (this.id && this.kept.isRevealed(this.id)) this.kept.hide(this.id);
    else this.ask(true);
  }

  turnMarks() {
    this.kept.layers.turn(!this.kept.layers.isOn);
    this.marks.checked = this.kept.layers.isOn;
  }

  ask(isAsking) {
    if (isAsking && (this.node.hidden || this.button.hidden)) return;
    this.form.hidden = !isAsking;
    this.button.hidden = isAsking;
    this.problem.hidden = true;
    this.said = freshId();
    if (isAsking) this.reason.focus();
    else (this.back?.() ?? this.button).focus();
  }

  async send(event) {
    event.preventDefault();
    const reason = this.reason.value.trim();
    const problem = reason.length < LEAST_REASON ? REVEAL_TEXT.least : await this.kept.reveal(this.id, reason, this.said);
    write(this.problem, problem);
    this.problem.hidden = !problem;
    if (problem) return this.reason.focus();
    this.reason.value = "";
    this.ask(false);
    this.draw();
  }
}

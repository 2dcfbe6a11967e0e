// The verdict: one key or one click, two for a dismissal, which says why. It may be undone for a while.

const UNDO_MS = 10000;

class VerdictBar {
  constructor(desk, find) {
    Object.assign(this, { desk, find, node: find(".verdict"), toast: find(".toast") });
    const button = (name, key, words, onclick) => {
      const made = element("button", { type: "button", className: name, onclick }, icon({ confirm: "confirmed", dismiss: "dismissed", second: "second" }[name] ?? name), words, element("kbd", {}, key));
      made.setAttribute("aria-keyshortcuts", key);
      return made;
    };
    this.first = element("div", { className: "choice" },
      button("confirm", "c", TEXT.confirm, () => this.decide("confirmed")),
      button("dismiss", "d", TEXT.dismiss, () => this.askWhy(true)),
      button("second", "s", TEXT.second, () => this.decide("second_look")));
    this.reasons = element("div", { className: "choice reasons", hidden: true }, element("span", {}, TEXT.dismissWhy));
    this.reasons.setAttribute("role", "group");
    this.reasons.setAttribute("aria-label", TEXT.dismissWhy);
    Object.entries(BECAUSE).forEach(([because, words], i) => {
      const made = element("button", { type: "button", title: BECAUSE_MEANS[because], onclick: () => this.decide("dismissed", because) }, words, element("kbd", {}, String(i + 1)));
      made.setAttribute("aria-keyshortcuts", String(i + 1));
      this.reasons.append(made);
    });
    this.reasons.append(element("button", { type: "button", className: "quiet", onclick: () => this.askWhy(false) }, TEXT.notAsked));
    this.note = element("textarea", { rows: 1, maxLength: 1000, placeholder: TEXT.notePlaceholder });
    this.keeps = element("button", { type: "button", className: "quiet", onclick: () => this.keepNote() }, TEXT.keepNote);
    this.problem = element("p", { className: "problem", hidden: true });
    this.problem.setAttribute("role", "alert");
    this.node.append(this.first, this.reasons, element("label", { className: "note" }, element("span", {}, TEXT.note, element("kbd", {}, "n")), this.note), this.keeps, this.problem);
    this.toast.lastElementChild.append(TEXT.undo, element("kbd", {}, "u"));
    this.toast.lastElementChild.onclick = () => this.undo();
  }

  update(item) {
    this.node.hidden = !item;
    if (this.itemId === item?.id) return;
    this.itemId = item?.id;
    this.note.value = "";
    this.problem.hidden = true;
    this.askWhy(false, false);
  }

  get isAsking() {
    return !this.reasons.hidden;
  }

  askWhy(isAsking, moves = true) {
    const had = this.node.contains(this.node.getRootNode().activeElement);
    this.reasons.hidden = !isAsking;
    this.first.hidden = isAsking;
    if (moves && (isAsking || had)) this.node.querySelector(isAsking ? ".reasons button" : ".dismiss").focus();
  }

  decide(decision, because = "") {
    const item = this.desk.items.chosen;
    if (!item) return;
    const mine = item.verdicts.find(({ is_mine }) => is_mine);
    const before = mine ? { decision: mine.decision, because: mine.because ?? "", note: mine.note } : { decision: "withdrawn" };
    this.say(item, { decision, because, note: this.note.value.trim() });
    this.offerUndo(item, before, verdictWords({ decision, because }));
    this.note.value = "";
    const next = this.desk.items.goOn();
    if (next) this.desk.player.playOn();
    else this.askWhy(false, false);
    this.desk.items.focus();
    this.desk.speak(`${verdictWords({ decision, because })}. ${next ? TEXT.goesOn(titleOf(next)) : TEXT.allDecided}`);
  }

  async say(item, said) {
    this.desk.pend(item.id, said.decision);
    const problem = await this.desk.line.say(this.desk.candidateId, { kind: "verdict", item: item.id, ...said });
    this.desk.unpend(item.id);
    if (problem) this.tellProblem(problem);
  }

  offerUndo(item, before, words) {
    clearTimeout(this.timer);
    this.undone = { item, before, candidate: this.desk.candidateId };
    write(this.toast.firstElementChild, TEXT.kept(words));
    this.toast.hidden = false;
    this.timer = setTimeout(() => this.forget(), UNDO_MS);
  }

  undo() {
    if (!this.undone || this.undone.candidate !== this.desk.candidateId) return;
    const { item, before } = this.undone;
    this.forget();
    this.desk.items.open(item.id);
    this.say(item, before);
    this.desk.items.focus();
    this.desk.speak(`${TEXT.undone}. ${titleOf(item)}`);
  }

  forget() {
    clearTimeout(this.timer);
    const had = this.toast.contains(this.toast.getRootNode().activeElement);
    this.undone = null;
    this.toast.hidden = true;
    if (had) this.desk.items.focus();
  }

  async keepNote() {
    const text = this.note.value.trim();
    const item = this.desk.items.chosen;
    if (!text || !item) return this.note.focus();
    this.note.value = "";
    this.desk.items.focus();
    const problem = await this.desk.line.say(this.desk.candidateId, { kind: "note", item: item.id, note: text });
    if (problem) this.tellProblem(problem);
    else this.desk.speak(TEXT.noteKept);
  }

  tellProblem(problem) {
    write(this.problem, problem);
    this.problem.hidden = false;
  }
}

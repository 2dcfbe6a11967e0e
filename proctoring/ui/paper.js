// The built-in paper: one question at a time, a list of all, and the state of what was answered.
// All text goes in as text. What is on its way to the server is in paper_keep.js.

const MARKED = "~marked"; // see proctoring/paper/notes.py
const SPOKEN_AFTER_MS = 1500; // of quiet: nobody wants to hear "Saved" at each word

class Paper {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.state = null; // the server's
    this.paper = null;
    this.at = 0; // number of the question in sight, or "review"
    this.isRead = false; // the answers that the server has are here
    // Streamlit has keys of its own, and takes what is written here for them.
    for (const name of ["keydown", "keyup", "keypress"]) root.addEventListener(name, (event) => event.stopPropagation());
    this.onHide = () => this.answers?.flushAll();
    document.addEventListener("visibilitychange", this.onHide);
    window.addEventListener("pagehide", this.onHide);
    this.clock = setInterval(() => this.tick(), 500);
    this.label();
  }

  label() {
    const buttons = { previous: () => this.go(this.at - 1), next: () => this.go(this.at + 1), mark: () => this.mark(), finish: () => this.go("review") };
    for (const [name, act] of Object.entries(buttons)) {
      this.find(`.${name}`).textContent = WORDS[name];
      this.find(`.${name}`).onclick = act;
    }
    this.find("nav").setAttribute("aria-label", WORDS.list);
  }

  update({ data, setTriggerValue }) {
    this.setTriggerValue = setTriggerValue;
    const isFirst = !this.data;
    this.data = data;
    if (isFirst) {
      this.answers = new Answers({
        owner: data.participant,
        send: (message) => this.line?.send(message),
        onChange: (id) => this.answered(id),
        onOther: (id) => this.question?.id === id && this.drawSheet(),
      });
    }
    if (data.preview) return this.showPreview(isFirst);
    this.line ??= new Line({
      path: "api/paper",
      onMessage: (message) => this.take(message),
      onChange: () => this.draw(),
      onRefused: () => this.setTriggerValue("news", "refused"),
    });
    this.line.update(data.pass, 0);
    this.draw();
  }

  showPreview(isFirst) {
    this.answers.keep = () => {};
    this.answers.flush = () => {};
    this.isRead = true;
    this.state = { is: "running", left_s: null, questions: {} };
    const { preview } = this.data;
    if (isFirst || JSON.stringify(preview) !== JSON.stringify(this.paper)) this.takePaper(preview);
    this.draw();
  }

  // --- the server's word ---

  take(message) {
    const takes = {
      state: () => this.takeState(message),
      paper: () => this.takePaper(message),
      answers: () => this.takeAnswers(message),
      question: () => this.takeQuestion(message.question),
      saved: () => this.answers.saved(message),
      newer: () => this.answers.newer(message),
      refused: () => this.answers.refused(message),
      later: () => this.answers.later(message),
    };
    takes[message.type]?.();
    if (this.isFinishing) this.finishIfSaved();
  }

  takeState(state) {
    const before = this.state;
    this.state = state;
    this.heardAt = performance.now();
    const isFinished = state.is === "finished";
    if (state.paper && state.paper !== this.paper?.revision && !isFinished && !this.data.after) this.line.send({ type: "paper" });
    if (state.revisions && state.is !== "waiting") {
      const isBehind = this.answers.meet(state.revisions);
      if (isFinished) this.isRead = true;
      else if (isBehind || !this.isRead) this.line.send({ type: "answers" });
    }
    if (isFinished && !this.data.after && !this.answers.waiting.length) this.setTriggerValue("news", "finished");
    const isOther = !before || before.is !== state.is || Object.keys(before.questions).length !== Object.keys(state.questions).length;
    if (isOther) this.drawSheet();
    this.draw();
  }

  takePaper(paper) {
    const id = this.question?.id;
    this.paper = paper;
    this.questions = paper.sections.flatMap((section) => section.questions.map((question) => ({ ...question, section })));
    const same = this.questions.findIndex((question) => question.id === id);
    if (this.at !== "review") this.at = Math.max(0, same);
    this.drawSheet();
    this.draw();
  }

  takeAnswers({ answers }) {
    this.answers.read(answers);
    const isFirst = !this.isRead;
    this.isRead = true;
    if (isFirst) this.drawSheet();
    this.draw();
  }

  takeQuestion(question) {
    const place = this.questions?.findIndex(({ id }) => id === question.id) ?? -1;
    if (place < 0) return;
    this.questions[place] = { ...question, section: this.questions[place].section };
    if (place === this.at) this.drawSheet({ isNew: true });
  }

  // --- what the candidate does ---

  go(to) {
    if (to !== "review" && !this.questions[to]) return;
    if (this.question) this.answers.flush(this.question.id);
    this.at = to;
    this.isFinishing = false;
    this.drawSheet({ isNew: true });
    this.draw();
  }

  mark() {
    const { id } = this.question;
    const marked = this.marked;
    this.answers.change(MARKED, marked.includes(id) ? marked.filter((one) => one !== id) : [...marked, id]);
  }

  answered(id) {
    if (id && this.question?.id === id) this.drawNotes();
    this.draw();
  }

  finish() {
    this.isFinishing = true;
    this.answers.flushAll();
    this.finishIfSaved();
  }

  finishIfSaved() {
    if (!this.answers.waiting.length) this.line?.send({ type: "finish" });
    if (this.at === "review") drawFinishing(this);
  }

  // --- what is so ---

  get question() {
    return this.questions?.[this.at];
  }

  get marked() {
    return this.answers.value(MARKED) ?? [];
  }

  isAnswered(question) {
    const value = this.answers.value(question.id);
    return !isBlank(value) && value !== question.start;
  }

  isOver(question) {
    return question.time_s != null && question.is_open && this.secondsLeft(question) === 0;
  }

  // Of a question with a time of its own; null before it is opened.
  secondsLeft({ id }) {
    const left = this.state?.questions[id];
    return left === undefined ? null : this.since(left);
  }

  since(left) {
    return Math.max(0, Math.round(left - (this.data.preview ? 0 : performance.now() - this.heardAt) / 1000));
  }

  get isLocked() {
    return !["running"].includes(this.state?.is);
  }

  numbers(ids) {
    return ids
      .map((id) => this.questions?.findIndex((question) => question.id === id) ?? -1)
      .filter((place) => place >= 0)
      .map((place) => WORDS.inSentence(place + 1))
      .join(", ");
  }

  // --- what is shown ---

  draw() {
    drawFrame(this);
    drawState(this);
  }

  drawSheet(options) {
    drawSheet(this, options);
  }

  drawNotes() {
    drawNotes(this);
  }

  tick() {
    if (this.paper && this.state) drawClocks(this);
  }

  // Once it has been quiet for a while; what is the matter at once.
  say(text, isUrgent = false) {
    clearTimeout(this.speaking);
    if (this.said === text) return;
    const speak = () => {
      this.said = text;
      this.find(".spoken").textContent = text;
    };
    if (isUrgent) speak();
    else this.speaking = setTimeout(speak, SPOKEN_AFTER_MS);
  }

  close() {
    clearInterval(this.clock);
    clearTimeout(this.speaking);
    document.removeEventListener("visibilitychange", this.onHide);
    window.removeEventListener("pagehide", this.onHide);
    this.answers?.flushAll();
    this.answers?.close();
    this.line?.close();
  }
}

export default function (component) {
  const root = component.parentElement;
  root.paper ??= new Paper(root);
  root.paper.update(component);
  return () => root.paper.close();
}

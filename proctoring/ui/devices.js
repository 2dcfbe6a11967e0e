// Before the exam: camera, microphone, line and light are checked, and what the examiner asks
// for is learned. The page around it says which step is shown; what is done, the server knows.

const TRIES = 3; // then a proctor can be asked
const NEEDS = { devices: "camera microphone", identity: "camera", card: "camera", room: "camera", voice: "microphone", screen: "" };

class CheckIn {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.spoken = new Spoken(this.find(".spoken"), this.find(".aloud"));
    this.said = new Said(root, this.spoken);
    this.capture = new Capture(root, (...change) => this.onCapture(...change));
    this.line = new CheckInLine({
      onChange: () => this.onLine(),
      onEnd: (how) => this.onEnd(how),
    });
    this.light = new Light();
    this.checks = new Checks(this.find(".checks"));
    this.screen = new ScreenStep(this, this.find(".shared"));
    this.tries = {}; // failed, by step
    this.find(".empty").textContent = SAYS.empty;
    this.find(".allow").onclick = () => this.capture.start();
    this.find(".go").onclick = () => this.run();
    this.find(".as-it-is").onclick = () => (this.isAsItIs = true);
    const askIn = () => this.tell({ step: "room", is: "stuck", why: ROOM_SAYS.whyCannot });
    Object.assign(this.find(".cannot"), { textContent: ROOM_SAYS.cannot, onclick: askIn });
    this.find(".as-it-is").textContent = SAYS.asItIs;
  }

  update({ data, setStateValue, setTriggerValue }) {
    const isFirst = !this.data;
    Object.assign(this, { data, setStateValue, setTriggerValue });
    Object.assign(this.capture, { media: data.media, constraints: data.constraints });
    this.line.update(data.pass);
    if (isFirst) {
      this.find(".allow").textContent = SAYS.allow(data.media);
      this.find(".allow").hidden = !data.media.length;
      this.capture.startIfGranted(data.media);
      this.checks.begin();
      if (!this.hasCamera) this.find(".picture").hidden = true;
    }
    if (this.step !== data.step) this.enter(data.step, isFirst);
    else this.drawTask();
  }

  get hasCamera() {
    return this.data.media.includes("camera");
  }

  // --- steps ---

  enter(step, isFirst) {
    this.step = step;
    this.result = null;
    const isDevices = step === "devices";
    this.find(".title").textContent = SAYS.titles[step];
    this.find(".about").textContent = SAYS.about[step];
    this.find(".about").hidden = isDevices;
    this.find(".checks").hidden = !isDevices;
    this.find(".devices").dataset.needs = NEEDS[step];
    this.find(".picture").hidden = !this.hasCamera || ["voice", "screen"].includes(step);
    this.find(".shared").hidden = step !== "screen";
    this.find(".text").hidden = step !== "voice";
    this.find(".text").textContent = this.data.text;
    this.find(".progress").hidden = true;
    this.find(".hint").hidden = true;
    this.find(".allow").hidden ||= this.isTask;
    if (!isFirst) this.find(".title").focus();
    if (this.state === "ready") this.say("", "", "", "");
    if (step === "screen") this.screen.enter();
    this.drawTask();
    this.inspect();
    this.guide();
  }

  get isTask() {
    return this.step in SAYS.begin;
  }

  drawTask() {
    this.find(".task").hidden = !this.isTask;
    if (!this.isTask) return;
    const go = this.find(".go");
    const isLearned = this.step === "screen" ? this.screen.share === "whole" : this.data.done.includes(this.step);
    this.find(".cannot").hidden = this.step !== "room" || isLearned;
    go.setAttribute("aria-disabled", Boolean(this.isRunning)); // it keeps the focus
    go.textContent = isLearned ? SAYS.onceMore : this.result ? SAYS.again : SAYS.begin[this.step];
    go.classList.toggle("quiet", isLearned);
    this.find(".as-it-is").hidden = !(this.isRunning && this.step === "identity" && this.pose !== "straight");
    if (isLearned && !this.isRunning && !this.result) this.say("good", "✓ ", SAYS.learnedBefore, "");
  }

  async run() {
    if (this.isRunning) return;
    const step = this.step;
    Object.assign(this, { isRunning: true, isAsItIs: false, pose: "straight", result: null });
    this.say("", "", SAYS.starting, "");
    this.drawTask();
    this.spoken.mute(step === "voice");
    const result = await this.learn(step).catch(() => ({ isDone: false, text: SAYS.broken }));
    this.spoken.mute(false);
    Object.assign(this, { isRunning: false, result });
    if (this.isClosed || this.step !== step) return;
    this.find(".progress").hidden = !result.isDone || step === "screen";
    this.find(".hint").hidden = true;
    if (result.isImpossible) this.say("bad", "! ", result.text, result.cure);
    else if (result.isDone) {
      this.say("good", "✓ ", result.text, "");
      if (step !== "screen") this.tell({ step, is: "done" });
    } else this.fail(step, result.text || SAYS.tooLong[step], result.cure);
    this.drawTask();
    if (document.activeElement === document.body) this.find(".go").focus(); // what had it is gone
  }

  async learn(step) {
    const isWanted = () => !this.isClosed && this.step === step;
    const about = { line: this.line, video: this.capture.video, isWanted };
    const show = (...what) => this.showProgress(...what);
    if (step === "screen") return this.screen.show();
    if (!this.line.isOpen) return { isDone: false, text: SAYS.offline };
    if (!this.capture.has(NEEDS[step])) await this.capture.start(); // what was missing may be there
    if (!this.capture.has(NEEDS[step])) {
      const { title, advice } = this.failure ?? { title: SAYS.isOff(NEEDS[step]), advice: "" };
      return { isDone: false, text: title, cure: advice };
    }
    if (step === "voice") return learnVoice({ ...about, stream: this.capture.stream, show });
    if (step === "card") return showCard({ ...about, show });
    if (step === "room") return showRoom({ ...about, pass: () => this.data.pass, show });
    const isAsItIs = () => [this.isAsItIs, (this.isAsItIs = false)][0]; // once for each press
    const result = await learnFace({ ...about, show, isAsItIs });
    if (result.isDone && this.data.gaze) await lookAtDot({ ...about, dialog: this.find("dialog.dot") });
    return result;
  }

  showProgress(text, count, share, pose = "") {
    this.pose = pose;
    this.said.progress(count, share);
    this.say("", "", this.step === "voice" ? (share < 1 ? SAYS.listening_now : SAYS.working) : "", "");
    if (text) this.said.hint(text, false);
    this.drawTask();
  }

  fail(step, text, cure = "") {
    if (SAYS.notTheirs.includes(text)) return this.say("bad", "! ", text, SAYS.notCounted);
    const tries = (this.tries[step] = (this.tries[step] ?? 0) + 1);
    const isStuck = tries >= TRIES;
    this.say("bad", "! ", text, `${cure} ${isStuck ? SAYS.askBelow : SAYS.tries(tries)}`);
    if (isStuck) this.tell({ step, is: "stuck", why: text });
  }

  // --- camera and microphone ---

  onCapture(state, failure) {
    Object.assign(this, { stateOfCapture: state, failure });
    const button = this.find(".allow");
    if (state === "waiting") this.say("", "", ...SAYS.waiting);
    if (state === "ready") {
      button.hidden = true;
      if (this.isTask) this.say("", "", "", "");
      else this.say("good", "✓ ", SAYS.ready, SAYS.works(this.data.media));
      this.guide();
      this.inspect();
    }
    if (state === "failed") {
      this.say("bad", "! ", failure.title, failure.advice);
      button.hidden = !canCapture() || this.isTask;
      button.textContent = SAYS.again;
    }
    if (state !== "waiting") this.report(state);
    this.drawTask();
  }

  // --- line ---

  onLine() {
    if (!this.line.isOpen) this.checks.show("line", "bad", SAYS.checks.line.bad);
    else this.inspect();
    this.guide();
  }

  onEnd(how) {
    if (how === "refused") this.tell({ is: "refused" });
    else this.say("bad", "! ", SAYS[how], "");
  }

  async inspect() {
    const canBegin = this.step === "devices" && this.line.isOpen && this.stateOfCapture === "ready";
    if (!canBegin) return;
    const isAsked = this.data.media.length && !sendsSnapshots(this.data);
    await this.checks.inspect(this.line, isAsked);
  }

  // --- light and place ---

  guide() {
    const isWanted = () => !this.isClosed && this.step === "devices" && this.line.isOpen && this.capture.has("camera");
    if (!this.hasCamera) return;
    this.light.follow(this.line, this.capture.video, isWanted, ({ text, is_good }) => {
      this.said.hint(text, is_good);
      this.checks.show("light", is_good ? "good" : "slow", text);
    });
  }

  // --- what is said ---

  say(...message) {
    this.said.message(...message);
  }

  report(state) {
    if (this.state === state) return;
    this.state = state;
    this.setStateValue("state", state);
  }

  reportShare(share) {
    this.setStateValue("share", share);
  }

  tell(news) {
    this.setTriggerValue("news", news);
  }

  close() {
    this.isClosed = true;
    this.capture.close();
    this.line.close();
    this.spoken.close();
  }
}

export default function (component) {
  const root = component.parentElement;
  root.checkIn ??= new CheckIn(root);
  root.checkIn.update(component);
  return () => root.checkIn.close();
}

// The strip over an exam: what works, what is measured, what is left, and what to mend.
// All text from the server goes in as text, never as markup.

const ANNOUNCE_AT_MIN = [30, 10, 5, 1];

class Exam {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.status = null;
    this.cards = new Cards(this);
    this.stream = new Sending(
      () => this.draw(),
      (label) => this.report("camera_label", label),
    );
    this.line = new Line({
      onMessage: (message) => this.take(message),
      onChange: () => this.draw(),
      onRefused: () => this.ask("refused"),
    });
    this.challenge = new ChallengeView(this.find(".challenge"), (...event) => this.report(...event));
    this.watch = new Watch(
      (...event) => this.line.report(...event),
      (words) => this.line.beat(words),
      () => this.draw(),
    );
    this.share = this.watch.share = new ScreenShare(() => {
      this.watch.look();
      this.draw();
    });
    this.find(".fullscreen").onclick = () => this.watch.enterFullScreen();
    this.clock = setInterval(() => this.tick(), 500);
    this.onVisibility = () => this.reportVisibility();
    document.addEventListener("visibilitychange", this.onVisibility);
  }

  update({ data, setTriggerValue }) {
    // A new visit or page in an old document: the server began anew, or the seat had rested.
    // The stream would find out by a timeout; a fresh document connects in two seconds.
    const isSame = !this.data || (this.data.visit === data.visit && this.data.page === data.page);
    if (!isSame) return location.reload();
    if (!this.data) document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
    this.data = data;
    this.setTriggerValue = setTriggerValue;
    this.find(".name").textContent = data.name;
    this.find(".title").textContent = data.title;
    this.messages ??= new Messages(this, `openproctor-acts:${new URLSearchParams(location.search).get("meeting")}:${data.name}`);
    this.stream.update(data);
    this.line.update(data.pass, data.page);
    this.drawShare(); // first: the page tells how it stands
    this.watch.update(data);
    this.draw();
  }

  // The server's word. Anything but "running" is for the page to act on.
  take(message) {
    if (message.type !== "status") return this.messages?.take(message);
    if (message.is !== "running") {
      this.challenge.update(null);
      return this.ask(message.is);
    }
    this.status = message;
    this.endsAt = performance.now() + message.left_s * 1000;
    this.draw();
  }

  ask(what) {
    const isSoon = this.askedAt && performance.now() - this.askedAt < 5000;
    if (this.asked === what && isSoon) return;
    Object.assign(this, { asked: what, askedAt: performance.now() });
    this.setTriggerValue("news", what);
  }

  report(...event) {
    if (this.data?.events) this.line.report(...event);
  }

  // Who is not looked at by the page's own signals is still not asked for a turn of the head then.
  reportVisibility() {
    if (!this.watch.watches.has("page")) this.report(document.hidden ? "page_hidden" : "page_visible");
  }

  draw() {
    if (!this.data) return;
    for (const medium of ["camera", "microphone"]) {
      this.find(`[data-of="${medium}"]`).hidden = !this.data.media.includes(medium);
      this.drawState(medium, this.mediumState(medium));
    }
    this.drawState("connection", this.line.isOpen ? ["on", t("on")] : ["wait", t("reconnecting")]);
    this.drawShare();
    this.find(".fullscreen").hidden = !this.watch.canEnterFullScreen;
    this.drawSelfView();
    this.drawSignals();
    this.cards.draw();
    this.challenge.update(this.line.isOpen ? this.status?.challenge : null);
    this.messages.update(this.status, this.line.isOpen);
    this.tick();
    const container = this.root.host.closest(".st-key-strip"); // see style.css
    container?.style.setProperty("--strip", `${this.find(".strip").offsetHeight}px`);
  }

  drawShare() {
    const isWanted = this.status ? this.status.shares : this.data.shares;
    this.share.update({ isWanted, isPaused: Boolean(this.status?.paused), pass: this.data.pass });
    this.find('[data-of="screen"]').hidden = !isWanted;
    if (isWanted) this.drawState("screen", SHARE_WORDS.states[this.share.word]);
  }

  mediumState(medium) {
    const isDecided = this.stream.failure || this.stream.media;
    if (isDecided && !this.stream.captures(medium)) return ["off", t("off")];
    if (isDecided && this.line.isOpen && this.status?.media[medium]) return ["on", t("on")];
    return ["wait", this.line.isOpen ? t("connecting") : t("waiting")];
  }

  drawState(of, [state, word]) {
    const item = this.find(`[data-of="${of}"]`);
    item.dataset.state = state;
    item.querySelector("b").textContent = word;
  }

  drawSelfView() {
    const video = this.find("video");
    const media = this.stream.captures("camera") ? this.stream.media : null;
    if (video.srcObject !== media) video.srcObject = media;
    video.classList.toggle("on", media !== null);
  }

  drawSignals() {
    const words = { measured: t("measuring"), degraded: t("cannot tell"), not_measured: t("not measured") };
    const items = (this.status?.signals ?? []).map(({ title, state, reason }) => {
      const item = document.createElement("li");
      const word = document.createElement("b");
      const now = this.line.isOpen ? state : "not_measured";
      word.textContent = words[now];
      item.dataset.state = now;
      const why = this.line.isOpen ? reason : t("no connection");
      item.append(`${title}: `, word, why && now !== "measured" ? ` – ${why}` : "");
      return item;
    });
    this.find(".signals").replaceChildren(...items);
  }

  tick() {
    this.cards.letScroll();
    this.stream.look(this.status, this.line.isOpen);
    if (!this.line.isOpen) dismissConnectionError();
    if (this.endsAt === undefined) return;
    const isPaused = Boolean(this.status.paused); // then the clock stands still
    const left = isPaused ? this.status.left_s : Math.max(0, Math.round((this.endsAt - performance.now()) / 1000));
    const [hours, minutes, seconds] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
    const two = (n) => String(n).padStart(2, "0");
    this.find(".left b").textContent = hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
    this.find(".left").classList.toggle("short", left < 300);
    if (!isPaused) this.announce(left);
    if (left === 0 && !isPaused) this.ask("finished");
    this.cards.tick();
  }

  say(text) {
    this.find(".spoken").textContent = text;
  }

  announce(left) {
    const due = ANNOUNCE_AT_MIN.find((minutes) => Math.abs(left - minutes * 60) <= 1);
    if (!due || due === this.announced) return;
    this.announced = due;
    this.find(".spoken").textContent = nt("One minute left.", "{n} minutes left.", due);
  }

  close() {
    clearInterval(this.clock);
    document.removeEventListener("visibilitychange", this.onVisibility);
    this.stream.close();
    this.challenge.close();
    this.messages?.end();
    this.watch.close();
    this.share.close();
    this.line.close();
  }
}

// Streamlit covers the page and tells the reader to restart it in a terminal. It comes back by
// itself, as we do, and the strip says so; once dismissed, it stays away.
function dismissConnectionError() {
  for (const dialog of document.querySelectorAll('[data-testid="stDialog"]')) {
    if (dialog.textContent.startsWith("Connection error")) dialog.querySelector("button")?.click();
  }
}

export default function (component) {
  const root = component.parentElement;
  root.exam ??= new Exam(root);
  root.exam.update(component);
  return () => root.exam.close();
}

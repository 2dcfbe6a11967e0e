// The strip over an exam: what works, what is measured, what is left, and what to mend.
// All text from the server goes in as text, never as markup.

const RESOLVED_FOR_MS = 6000;
const ARRIVES_WITHIN_MS = 15000; // connecting takes up to about eight seconds over a relay
const ANNOUNCE_AT_MIN = [30, 10, 5, 1];

class Exam {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.cards = new Map(); // id -> element
    this.status = null;
    this.changedAt = performance.now();
    this.stream = new Stream(
      () => this.draw(),
      (label) => this.report("camera_label", label),
    );
    this.line = new Line({
      onMessage: (message) => this.take(message),
      onChange: () => this.draw(),
      onRefused: () => this.ask("refused"),
    });
    this.challenge = new ChallengeView(this.find(".challenge"), (...event) => this.report(...event));
    this.clock = setInterval(() => this.tick(), 500);
    this.onVisibility = () => this.report(document.hidden ? "page_hidden" : "page_visible");
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
    this.stream.update(data.start);
    this.line.update(data.pass, data.page);
    this.draw();
  }

  // The server's word. Anything but "running" is for the page to act on.
  take(message) {
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

  draw() {
    if (!this.data) return;
    for (const medium of ["camera", "microphone"]) {
      this.find(`[data-of="${medium}"]`).hidden = !this.data.media.includes(medium);
      this.drawState(medium, this.mediumState(medium));
    }
    this.drawState("connection", this.line.isOpen ? ["on", "on"] : ["wait", "reconnecting"]);
    this.drawSelfView();
    this.drawSignals();
    this.drawCards();
    this.challenge.update(this.line.isOpen ? this.status?.challenge : null);
    this.tick();
    const container = this.root.host.closest(".st-key-strip"); // see style.css
    container?.style.setProperty("--strip", `${this.find(".strip").offsetHeight}px`);
  }

  mediumState(medium) {
    const isDecided = this.stream.failure || this.stream.media;
    if (isDecided && !this.stream.captures(medium)) return ["off", "off"];
    if (isDecided && this.line.isOpen && this.status?.media[medium]) return ["on", "on"];
    return ["wait", this.line.isOpen ? "connecting" : "waiting"];
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
    const words = { measured: "measuring", degraded: "cannot tell", not_measured: "not measured" };
    const items = (this.status?.signals ?? []).map(({ title, state, reason }) => {
      const item = document.createElement("li");
      const word = document.createElement("b");
      const now = this.line.isOpen ? state : "not_measured";
      word.textContent = words[now];
      item.dataset.state = now;
      const why = this.line.isOpen ? reason : "no connection";
      item.append(`${title}: `, word, why && now !== "measured" ? ` – ${why}` : "");
      return item;
    });
    this.find(".signals").replaceChildren(...items);
  }

  drawCards() {
    const wanted = new Map((this.status?.warnings ?? []).map((warning) => [warning.id, warning]));
    for (const [id, notice] of this.ownNotices()) wanted.set(id, notice);
    for (const [id, card] of this.cards) if (!wanted.has(id)) this.resolve(id, card);
    for (const [id, warning] of wanted) {
      if (!this.cards.has(id)) this.show(id, warning);
    }
  }

  // What only this side can know. It is about equipment, and goes on no record.
  ownNotices() {
    const notices = [];
    const { failure } = this.stream;
    if (failure) notices.push(["own:media", { ...failure, category: "technical", retry: canCapture() }]);
    if (!this.line.isOpen && this.status) {
      const advice = "We are reconnecting by ourselves. Check your network if this lasts. A dropped line is not held against you.";
      notices.push(["own:line", { title: "Connection lost – your exam goes on", advice, category: "technical" }]);
    } else if (this.isLate()) {
      const advice = "We keep trying, and your exam goes on. If you use a VPN, try without it.";
      notices.push(["own:late", { title: "Your picture or sound does not reach us yet", advice, category: "technical" }]);
    }
    return notices;
  }

  isLate() {
    const { status, stream, data } = this;
    const isGood = !status || !stream.media || data.media.every((medium) => status.media[medium]);
    if (isGood) this.changedAt = performance.now();
    return !isGood && !status.warnings.length && performance.now() - this.changedAt > ARRIVES_WITHIN_MS;
  }

  show(id, { title, summary, advice, category, opened_at, retry }) {
    const card = document.createElement("article");
    card.className = "card";
    card.dataset.category = category;
    card.append(document.createElement("i"), withText("strong", title), withText("p", advice));
    card.firstElementChild.setAttribute("aria-hidden", "true");
    if (opened_at) {
      const since = new Date(opened_at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
      card.append(withText("small", `Since ${since}${summary ? ` · ${summary}` : ""}`));
    }
    if (retry) {
      const button = withText("button", "Try again");
      button.type = "button";
      button.onclick = () => this.stream.retry();
      card.append(button);
    }
    this.find(".cards").prepend(card);
    this.cards.set(id, card);
    if (opened_at) this.confirm(id, card);
  }

  // Said to the server only once it is really on a screen: a hidden page paints nothing.
  confirm(id, card) {
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        if (!card.isConnected || card.classList.contains("resolved")) return;
        const isSeen = !document.hidden && card.getClientRects().length > 0;
        if (isSeen && this.line.send({ type: "shown", occurrence: id })) return;
        setTimeout(() => this.confirm(id, card), 1000);
      }),
    );
  }

  resolve(id, card) {
    this.cards.delete(id);
    const sign = card.querySelector("i");
    card.replaceChildren(sign, withText("strong", "Resolved, thank you"), withText("p", card.querySelector("strong").textContent));
    card.classList.add("resolved");
    setTimeout(() => card.remove(), RESOLVED_FOR_MS);
  }

  // What scrolls must be in reach of the keyboard, and nothing else need be.
  letCardsScroll() {
    const cards = this.find(".cards");
    if (cards.scrollHeight > cards.clientHeight) cards.tabIndex = 0;
    else cards.removeAttribute("tabindex");
  }

  tick() {
    this.letCardsScroll();
    if (!this.line.isOpen) dismissConnectionError();
    if (this.endsAt === undefined) return;
    const left = Math.max(0, Math.round((this.endsAt - performance.now()) / 1000));
    const [hours, minutes, seconds] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
    const two = (n) => String(n).padStart(2, "0");
    this.find(".left b").textContent = hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
    this.find(".left").classList.toggle("short", left < 300);
    this.announce(left);
    if (left === 0) this.ask("finished");
    if (this.isLate() !== this.cards.has("own:late")) this.drawCards();
  }

  announce(left) {
    const due = ANNOUNCE_AT_MIN.find((minutes) => Math.abs(left - minutes * 60) <= 1);
    if (!due || due === this.announced) return;
    this.announced = due;
    this.find(".spoken").textContent = due === 1 ? "One minute left." : `${due} minutes left.`;
  }

  close() {
    clearInterval(this.clock);
    document.removeEventListener("visibilitychange", this.onVisibility);
    this.stream.close();
    this.challenge.close();
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

function withText(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

export default function (component) {
  const root = component.parentElement;
  root.exam ??= new Exam(root);
  root.exam.update(component);
  return () => root.exam.close();
}

// What stands around: banners, the state of the desk's own line, tabs, empty words, speech.

const SAY_EVERY_MS = 10000; // one summary, never each event

class Frame {
  constructor(desk, find) {
    Object.assign(this, { desk, find, saidAt: 0, title: document.title });
    for (const button of find(".switch").children) button.onclick = () => this.show(button.dataset.view);
    this.tabs = [...find(".tabs").children];
    for (const tab of this.tabs) {
      tab.onclick = () => this.choose(tab);
      tab.onkeydown = ({ key }) => {
        if (["ArrowLeft", "ArrowRight"].includes(key)) this.choose(this.otherThan(tab), true);
      };
    }
  }

  show(view) {
    this.find(".desk").dataset.view = view;
    for (const button of this.find(".switch").children) {
      button.setAttribute("aria-pressed", String(button.dataset.view === view));
    }
  }

  otherThan(tab) {
    return this.tabs.find((other) => other !== tab);
  }

  choose(chosen, isFocused = false) {
    for (const tab of this.tabs) {
      tab.setAttribute("aria-selected", String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      this.find(`#${tab.getAttribute("aria-controls")}`).hidden = tab !== chosen;
    }
    if (isFocused) chosen.focus();
  }

  draw() {
    this.drawLink();
    this.drawBanners();
    if (!this.desk.candidates) return;
    const { conduct, technical } = this.desk.feeds;
    const [first, second] = this.find(".switch").children;
    write(this.find("#tab-technical b"), String(technical.size));
    const waiting = this.desk.queue.size ?? conduct.size;
    write(this.find("#tab-conduct b"), String(waiting));
    write(first.querySelector("b"), String(this.desk.candidates.size));
    write(second.querySelector("b"), String(waiting));
    this.drawEmpty("conduct", this.calm());
    this.drawEmpty("technical", ["No technical trouble so far.", ""]);
    const looks = this.desk.mayAct ? waiting : this.countOf("look");
    document.title = looks ? `(${looks}) ${this.title}` : this.title;
    this.say();
  }

  drawEmpty(category, [headline, rest]) {
    const empty = this.find(`#cards-${category} .empty`);
    empty.hidden = category === "conduct" ? this.desk.queue.size > 0 : this.desk.feeds[category].size > 0;
    if (empty.dataset.said === headline + rest) return;
    empty.dataset.said = headline + rest;
    empty.replaceChildren(element("strong", {}, headline), element("span", {}, rest));
  }

  // "Nothing needs you. 4 candidates, all measured."
  calm() {
    const present = [...this.desk.candidates.values()].filter((c) => c.marks.includes("in_exam"));
    const lost = present.filter((c) => notMeasured(c.signals).length || this.desk.wall.tiles.get(c.id).uncertain.length);
    const gone = this.countOf("disconnected");
    if (!present.length && !gone) return ["Nothing needs you.", "Nobody is in the exam now."];
    const away = gone ? ` ${count(gone, "candidate")} disconnected.` : "";
    if (!present.length) return ["Nobody is being measured.", away.trim()];
    if (!lost.length && !gone) return ["Nothing needs you.", `${count(present.length, "candidate")}, all measured.`];
    const names = listed(lost.map((c) => c.name));
    const partly = lost.length ? `Not all is measured: ${names}.` : `${count(present.length, "candidate")} measured.`;
    return ["Nothing observed so far.", partly + away];
  }

  countOf(mark) {
    return [...this.desk.candidates.values()].filter((c) => c.marks.includes(mark)).length;
  }

  drawLink() {
    const { staleMs, tries } = this.desk.link;
    const node = this.find(".link");
    const state = staleMs === 0 ? "live" : staleMs === null && tries < 2 ? "connecting" : "lost";
    node.dataset.state = state;
    write(node.lastElementChild, { live: "Live", connecting: "Connecting", lost: "Connection lost" }[state]);
    this.find(".desk").classList.toggle("old", state === "lost");
  }

  drawBanners() {
    const { link, problem, isRefused } = this.desk;
    const banners = [];
    if (isRefused) banners.push("Access to this desk has ended. Open your proctor link again.");
    else if (link.staleMs === null && link.tries > 1) banners.push("The server cannot be reached. Trying again.");
    else if (link.staleMs > 0) banners.push(`Connection to the server lost for ${lasting(link.staleMs / 1000, true)}: what you see is old.`);
    if (problem) banners.push(`The server has a problem with its records. ${problem}`);
    for (const node of [this.find(".desk > .banners"), this.find(".panel > .banners")]) {
      banners.forEach((text, i) => write(node.children[i] ?? node.appendChild(element("p")), text));
      while (node.children.length > banners.length) node.lastElementChild.remove();
    }
  }

  say() {
    if (performance.now() - this.saidAt < SAY_EVERY_MS) return;
    this.saidAt = performance.now();
    const parts = ["asks_in", "hand", "unread", "technical", "disconnected"]
      .map((mark) => [this.countOf(mark), MARKS[mark].toLowerCase()])
      .filter(([number]) => number)
      .map(([number, words]) => `${count(number, "candidate")}: ${words}`);
    const { size } = this.desk.queue;
    if (size) parts.unshift(`${size} ${size === 1 ? "needs" : "need"} attention`);
    write(this.find(".desk > .spoken"), parts.length ? `${parts.join("; ")}.` : "Nothing needs you.");
  }

  // What could not be done, where nothing else says it.
  tell(why) {
    write(this.find(".trouble"), why);
  }

  close() {
    document.title = this.title;
  }
}

class Lightbox {
  constructor(dialog, evidence) {
    Object.assign(this, { dialog, evidence });
    this.find = (selector) => dialog.querySelector(selector);
    this.reveal = new Reveal(evidence.kept, this.find(".reveals"));
    this.find(".close").append(icon("close"));
    this.find(".close").onclick = () => dialog.close();
    this.find(".earlier").onclick = () => this.turn(-1);
    this.find(".later").onclick = () => this.turn(1);
    closeBeside(dialog);
    dialog.onkeydown = ({ key, target }) => target.matches("input") || this.turn({ ArrowLeft: -1, ArrowRight: 1 }[key] ?? 0);
  }

  open(pictures, index) {
    Object.assign(this, { pictures, index });
    this.turn(0);
    this.dialog.showModal();
  }

  turn(by) {
    this.index = Math.min(this.pictures.length - 1, Math.max(0, this.index + by));
    const { id, caption } = this.pictures[this.index];
    const image = this.find("img");
    this.evidence.show(image, id);
    this.reveal.update(id);
    image.alt = `Picture kept of ${caption}`;
    write(this.find("figcaption"), caption);
    write(this.find(".turn span"), `${this.index + 1} of ${this.pictures.length}`);
    this.find(".earlier").disabled = this.index === 0;
    this.find(".later").disabled = this.index === this.pictures.length - 1;
  }
}

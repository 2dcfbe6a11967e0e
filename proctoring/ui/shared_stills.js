// Stills of what a candidate shared: a strip of those around a time, and one of them large. They
// have no address that opens without the pass, as the pictures of incidents have none.

const SHOTS = 7; // in the strip
const MOST_LOADED = 80; // pictures in memory; the one that was looked at longest ago goes
const SETTLES_MS = 200; // a time that moves on does not load what it passes by
const ASK_STILLS_MS = 5000; // whether there is a newer one, where somebody sits

const SHARED_WORDS = {
  title: t("What was shared"),
  screen: t("Screen"),
  room: t("Room"),
  which: t("Show stills of"),
  lead: {
    screen: (n) => nt("{n} still of the screen, kept when it changed.", "{n} stills of the screen, kept when it changed.", n),
    room: (n) => nt("{n} picture of the room, made before the exam.", "{n} pictures of the room, made before the exam.", n),
  },
  toStaff: t("Staff see them as they are here."),
  thinned: (at) => t("From {at} on one a minute, because there were so many.", { at }),
  at: (what, at) => t("{what} at {at}", { what, at }),
  slider: t("Time of the stills"),
  lost: t("What was shared cannot be read at this moment."),
  earlier: t("Earlier"),
  later: t("Later"),
  close: t("Close"),
};

function stillTime(iso) {
  return new Date(iso).toLocaleTimeString(LOCALE, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

function stillPart(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

class StillStrip {
  // `ask(path)` fetches from the API with the pass. `hasSlider`: where nothing else tells the time.
  constructor(root, { ask, hasSlider = false, isLive = false, headingId = "shared-title" }) {
    Object.assign(this, { root, ask, isLive, stills: [], loaded: new Map(), of: "screen", index: 0 });
    root.hidden = true;
    root.setAttribute("aria-labelledby", headingId);
    this.lead = stillPart("p", { className: "shots-lead" });
    this.which = stillPart("div", { className: "which" });
    this.which.role = "group";
    this.which.ariaLabel = SHARED_WORDS.which;
    this.shots = stillPart("div", { className: "shots" });
    this.slider = stillPart("input", { type: "range", min: 0, step: 1, hidden: !hasSlider, oninput: () => this.show(Number(this.slider.value)) });
    this.slider.ariaLabel = SHARED_WORDS.slider;
    this.head = stillPart("div", { className: "shots-head" }, stillPart("h3", { id: headingId, textContent: SHARED_WORDS.title }), this.which);
    root.replaceChildren(this.head, this.lead, this.shots, this.slider, this.makeView());
  }

  makeView() {
    const button = (text, onclick) => stillPart("button", { type: "button", textContent: text, onclick });
    this.large = stillPart("img", { alt: "" });
    this.caption = stillPart("figcaption");
    this.turns = [button(SHARED_WORDS.earlier, () => this.turn(-1)), button(SHARED_WORDS.later, () => this.turn(1))];
    const close = button(SHARED_WORDS.close, () => this.view.close());
    const buttons = stillPart("div", { className: "shots-turn" }, ...this.turns, close);
    this.view = stillPart("dialog", { className: "shot-view" }, stillPart("figure", {}, this.large, this.caption), buttons);
    this.view.ariaLabel = SHARED_WORDS.title;
    this.view.onkeydown = (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by) this.turn(by);
      if (event.key !== "Escape" && event.key !== "Tab") event.stopPropagation();
    };
    this.view.onclick = ({ target }) => target === this.view && this.view.close();
    return this.view;
  }

  // `path` of the list, below api/: its pictures are below it.
  async open(path) {
    if (this.path === path) return;
    this.leave();
    this.path = path;
    await this.load("");
    if (this.isLive && this.path === path) this.timer = setInterval(() => this.load("?newest=1"), ASK_STILLS_MS);
  }

  async load(query) {
    const { path } = this;
    let answer;
    try {
      answer = await this.ask(path + query);
      if (!answer.ok) throw new Error(answer.status);
      answer = await answer.json();
    } catch {
      if (this.path === path && !query) this.say(SHARED_WORDS.lost);
      return;
    }
    if (this.path !== path) return;
    const known = new Set(this.stills.map(({ id }) => id));
    const fresh = answer.stills.filter(({ id }) => !known.has(id));
    const isAtEnd = this.index >= this.chosen.length - 1;
    if (!query) this.thinned = answer.thinned_from;
    if (!fresh.length) return;
    this.stills = [...this.stills, ...fresh];
    if (!this.chosen.length) this.of = this.of === "screen" ? "room" : "screen";
    this.draw();
    if (!query || isAtEnd) this.show(this.time === undefined ? this.chosen.length - 1 : this.nearest(this.time));
    else this.show(this.index);
  }

  get chosen() {
    return this.stills.filter(({ source }) => source === this.of);
  }

  say(words) {
    this.root.hidden = false;
    this.lead.textContent = words;
  }

  draw() {
    const count = (source) => this.stills.filter((one) => one.source === source).length;
    this.root.hidden = !this.stills.length;
    const sources = ["screen", "room"].filter(count);
    this.which.hidden = sources.length < 2;
    this.which.replaceChildren(
      ...sources.map((source) => {
        const onclick = () => {
          this.of = source;
          this.draw();
          this.show(source === "room" || this.time === undefined ? 0 : this.nearest(this.time));
          [...this.which.children].find((one) => one.ariaPressed === "true").focus();
        };
        const button = stillPart("button", { type: "button", textContent: SHARED_WORDS[source], onclick });
        button.ariaPressed = String(source === this.of);
        return button;
      }),
    );
    const lead = [SHARED_WORDS.lead[this.of](this.chosen.length)];
    if (this.thinned && this.of === "screen") lead.push(SHARED_WORDS.thinned(stillTime(this.thinned)));
    if (!this.slider.hidden) lead.push(SHARED_WORDS.toStaff); // the candidate reads it
    this.lead.textContent = lead.join(" ");
    this.slider.max = Math.max(0, this.chosen.length - 1);
  }

  // In ms since 1970: the newest that was there by then.
  nearest(time) {
    return Math.max(0, this.chosen.findLastIndex(({ at }) => Date.parse(at) <= time));
  }

  moveTo(time) {
    this.time = time;
    if (this.of !== "screen" || !this.stills.length) return;
    const index = this.nearest(time);
    if (index === this.index) return;
    this.index = index;
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.show(index), SETTLES_MS);
  }

  show(index) {
    const { chosen } = this;
    this.index = Math.min(Math.max(0, index), chosen.length - 1);
    if (!chosen.length) return;
    this.slider.value = this.index;
    this.slider.ariaValueText = stillTime(chosen[this.index].at);
    const first = Math.max(0, Math.min(this.index - (SHOTS >> 1), chosen.length - SHOTS));
    const around = chosen.slice(first, first + SHOTS);
    while (this.shots.children.length > around.length) this.shots.lastElementChild.remove();
    around.forEach((still, i) => this.drawShot(this.shots.children[i] ?? this.makeShot(), still, first + i));
    const { offsetLeft, offsetWidth } = this.shots.querySelector("[aria-current]");
    this.shots.scrollLeft = offsetLeft - this.shots.offsetLeft - (this.shots.clientWidth - offsetWidth) / 2; // on a narrow page
    if (this.view.open) this.enlarge(this.index);
  }

  makeShot() {
    const shot = stillPart("button", { type: "button" }, stillPart("img", { alt: "" }), stillPart("span"));
    shot.onclick = () => this.enlarge(Number(shot.dataset.index));
    return this.shots.appendChild(shot);
  }

  drawShot(shot, still, index) {
    shot.dataset.index = index;
    shot.ariaLabel = SHARED_WORDS.at(SHARED_WORDS[still.source], stillTime(still.at));
    shot.lastElementChild.textContent = stillTime(still.at);
    if (index === this.index) shot.setAttribute("aria-current", "true");
    else shot.removeAttribute("aria-current");
    this.fill(shot.firstElementChild, still);
  }

  async fill(image, still) {
    if (image.dataset.of === still.id) return;
    image.dataset.of = still.id;
    image.removeAttribute("src");
    image.style.aspectRatio = `${still.width} / ${still.height}`;
    const url = await this.picture(still.id).catch(() => "");
    if (image.dataset.of === still.id && url) image.src = url;
    else if (image.dataset.of === still.id) delete image.dataset.of;
  }

  picture(id) {
    const known = this.loaded.get(id) ?? this.fetch(id);
    this.loaded.delete(id);
    this.loaded.set(id, known);
    known.catch(() => this.loaded.delete(id));
    for (const [old, url] of this.loaded) {
      if (this.loaded.size <= MOST_LOADED) break;
      this.loaded.delete(old);
      url.then(URL.revokeObjectURL, () => {});
    }
    return known;
  }

  async fetch(id) {
    const answer = await this.ask(`${this.path}/${encodeURIComponent(id)}`);
    if (!answer.ok) throw new Error(answer.status);
    return URL.createObjectURL(await answer.blob());
  }

  enlarge(index) {
    const still = this.chosen[index];
    if (!still) return;
    this.index = index;
    this.caption.textContent = this.large.alt = SHARED_WORDS.at(SHARED_WORDS[still.source], stillTime(still.at));
    this.fill(this.large, still);
    this.turns[0].disabled = index === 0;
    this.turns[1].disabled = index === this.chosen.length - 1;
    if (!this.view.open) this.view.showModal();
  }

  turn(by) {
    this.show(this.index + by);
  }

  leave() {
    clearInterval(this.timer);
    clearTimeout(this.settling);
    if (this.view.open) this.view.close();
    for (const url of this.loaded.values()) url.then(URL.revokeObjectURL, () => {});
    this.loaded.clear();
    Object.assign(this, { path: "", stills: [], of: "screen", index: 0, time: undefined, thinned: null });
    this.shots.replaceChildren();
    this.root.hidden = true;
  }
}

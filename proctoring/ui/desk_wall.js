// The candidates: chips that count and filter, and a tile for each.

const STALE_AFTER_S = 10;
const KEEP_STILL_MS = 5000; // nobody's tile moves away from under the pointer
const UNCERTAIN_FOR_MS = 10000; // what comes and goes sooner is in the candidate's coverage alone
const IMPORTANCE = ["asks_in", "hand", "unread", "look", "technical", "disconnected", "elsewhere", "in_exam", "waiting", "finished"];
const CHIPS = ["in_exam", "look", "asks_in", "hand", "unread", "technical", "disconnected", "waiting", "finished"];
const ONLY_IF_ANY = ["asks_in", "hand", "unread"]; // chips

class Tile {
  constructor(desk, id) {
    Object.assign(this, { desk, id, receivedAt: performance.now(), age: null, uncertainSince: new Map() });
    this.name = element("span", { className: "name" });
    this.badges = element("span", { className: "badges" });
    this.image = element("img", { className: "still", alt: "", hidden: true });
    this.nothing = element("span", { className: "nothing" });
    this.ageNote = element("span", { className: "age", ariaHidden: "true" }); // it changes all the time
    this.score = element("span", { className: "score" });
    this.facts = element("span", { className: "facts" });
    this.button = element(
      "button",
      { type: "button", className: "tile", onclick: () => desk.open(id) },
      element("span", { className: "caption" }, this.name, this.score), // first, to be heard first
      element("span", { className: "picture" }, this.image, this.nothing, this.badges, this.ageNote),
      this.facts,
    );
    this.root = element("li", {}, this.button);
  }

  update(candidate) {
    this.candidate = candidate;
    this.age = candidate.picture_age_s;
    this.receivedAt = performance.now();
    const uncertain = candidate.signals.filter(isUncertain).map(({ title }) => title);
    this.uncertainSince = new Map(uncertain.map((title) => [title, this.uncertainSince.get(title) ?? this.receivedAt]));
    write(this.name, candidate.name);
    write(this.score, `To look at: ${candidate.score} of 100`);
    this.button.classList.toggle("look", candidate.marks.includes("look"));
    drawBadges(this.badges, candidate.marks);
    this.tick();
  }

  show(blob) {
    const old = this.image.src;
    this.image.src = URL.createObjectURL(blob);
    this.image.hidden = false;
    if (old) URL.revokeObjectURL(old);
  }

  tick() {
    const { candidate } = this;
    const isDone = candidate.marks.some((mark) => mark === "finished" || mark === "waiting");
    const age = this.pictureAge;
    const isStale = age !== null && age > STALE_AFTER_S;
    this.button.classList.toggle("stale", isStale || candidate.marks.includes("disconnected"));
    this.nothing.hidden = !this.image.hidden;
    write(this.nothing, isDone ? MARKS[candidate.marks[0]] : "No picture yet");
    this.ageNote.hidden = age === null || this.image.hidden;
    if (age !== null) write(this.ageNote, isStale ? `old picture, ${ago(age)}` : ago(age));
    this.drawFacts();
  }

  // Seconds since the picture was taken, also while the server says nothing.
  get pictureAge() {
    return this.age === null ? null : this.age + (performance.now() - this.receivedAt) / 1000;
  }

  // Titles of what could not be told for a while.
  get uncertain() {
    const before = performance.now() - UNCERTAIN_FOR_MS;
    return [...this.uncertainSince].filter(([, since]) => since < before).map(([title]) => title);
  }

  // Conduct first, then the equipment, then what is not measured; never mixed.
  drawFacts() {
    const { marks, signals, open } = this.candidate;
    const incidents = open.map((id) => this.desk.incident(id)).filter(Boolean);
    const lines = ["conduct", "technical"].flatMap((category) =>
      incidents.filter((incident) => incident.category === category).map((incident) => this.factOf(incident)),
    );
    const lost = marks.includes("disconnected") ? ["Nothing is measured now"] : notMeasured(signals);
    if (!lost.length && this.uncertain.length) lost.push(`Not certain: ${listed(this.uncertain)}`);
    lines.push(...lost.map((text) => ["unmeasured", text]));
    while (this.facts.children.length > lines.length) this.facts.lastElementChild.remove();
    lines.forEach(([mark, text], i) => {
      let fact = this.facts.children[i];
      if (fact?.dataset.mark !== mark) {
        const made = element("span", { className: "fact", dataset: { mark } }, icon(mark), element("span"));
        fact ? fact.replaceWith(made) : this.facts.append(made);
        fact = made;
      }
      write(fact.lastElementChild, text);
    });
  }

  factOf(incident) {
    const seconds = (this.desk.now() - Date.parse(openedAt(incident))) / 1000;
    const mark = incident.category === "conduct" ? "look" : "technical";
    return [mark, seconds < 1 ? incident.title : `${incident.title}, ${lasting(seconds, true)}`];
  }
}

class Wall {
  constructor(desk, find) {
    Object.assign(this, { desk, find, tiles: new Map(), filter: null, chips: new Map(), sortedAt: 0 });
    for (const mark of [null, ...CHIPS]) this.addChip(mark);
  }

  addChip(mark) {
    const number = element("b", {}, "0");
    const chip = element(
      "button",
      { type: "button", className: "chip", dataset: { mark: mark ?? "all" }, onclick: () => this.choose(mark) },
      ...(mark ? [icon(mark)] : []),
      element("span", {}, mark ? MARKS[mark] : "All"),
      number,
    );
    this.chips.set(mark, { chip, number });
    this.find(".chips").append(chip);
  }

  choose(mark) {
    this.filter = this.filter === mark ? null : mark;
    this.draw();
  }

  update(candidates) {
    this.candidates = candidates;
    for (const candidate of candidates) {
      const tile = this.tiles.get(candidate.id) ?? new Tile(this.desk, candidate.id);
      this.tiles.set(candidate.id, tile);
      tile.update(candidate);
    }
    this.draw();
  }

  show(id, blob) {
    if (!this.tiles.has(id)) this.early = new Map(this.early).set(id, blob); // before its tile
    this.tiles.get(id)?.show(blob);
  }

  draw() {
    if (!this.candidates) return;
    for (const [id, blob] of this.early ?? []) this.tiles.get(id)?.show(blob);
    this.early = null;
    for (const [mark, { chip, number }] of this.chips) {
      const all = this.candidates.filter((c) => !mark || c.marks.includes(mark));
      write(number, String(all.length));
      chip.classList.toggle("none", all.length === 0);
      chip.hidden = ONLY_IF_ANY.includes(mark) && !all.length && this.filter !== mark;
      chip.setAttribute("aria-pressed", String(this.filter === mark));
    }
    const shown = this.candidates.filter((c) => !this.filter || c.marks.includes(this.filter));
    this.arrange(shown);
    this.drawEmpty(shown);
  }

  arrange(shown) {
    const list = this.find(".tiles");
    const rank = ({ marks }) => IMPORTANCE.findIndex((mark) => marks.includes(mark));
    const wanted = [...shown].sort((a, b) => rank(a) - rank(b)).map(({ id }) => this.tiles.get(id).root);
    const isSame = wanted.length === list.children.length;
    if (isSame && wanted.every((node, i) => list.children[i] === node)) return;
    const isHeld = isSame && wanted.every((node) => node.parentNode === list) && list.matches(":hover");
    if (isHeld && performance.now() - this.sortedAt < KEEP_STILL_MS) return;
    this.sortedAt = performance.now();
    const focused = list.getRootNode().activeElement;
    list.replaceChildren(...wanted);
    if (focused && list.contains(focused)) focused.focus({ preventScroll: true });
  }

  drawEmpty(shown) {
    const empty = this.find(".wall > .empty");
    empty.hidden = shown.length > 0;
    if (shown.length) return;
    const text = this.filter
      ? `Nobody is in this state: ${MARKS[this.filter]}.`
      : "Nobody has joined yet. Send your candidates their link; they appear here as they join.";
    write(empty, text);
  }

  tick() {
    for (const tile of this.tiles.values()) tile.tick();
  }
}

function openedAt(incident) {
  return incident.occurrences.find((o) => !o.closed_at)?.opened_at ?? incident.occurrences.at(-1).opened_at;
}

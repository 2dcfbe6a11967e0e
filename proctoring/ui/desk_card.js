// One incident as a card. It is built once and then changed in place, so that a sound that
// plays goes on and nothing flickers.

const ARRIVES_IN_MS = 500;

class Card {
  // desk: {now(), evidence, name(participantId), isRunning(participantId), open(participantId), enlarge(...)}
  constructor(desk, { isNamed, foot = () => "" }) {
    this.desk = desk;
    this.sounds = new Map(); // evidence id -> element
    this.times = new Map(); // occurrence id -> element
    this.name = element("button", { type: "button", className: "name", onclick: () => desk.open(this.incident.participant_id) });
    this.thumb = element("button", { type: "button", className: "thumb", onclick: () => this.enlarge() });
    this.title = element("h4");
    this.numbers = element("p", { className: "numbers" });
    this.began = element("time");
    this.now = element("span", { className: "now" });
    this.list = element("ol");
    this.more = element("details", { className: "times", hidden: true }, element("summary"), this.list);
    this.shown = element("p", { className: "shown" });
    this.figure = element("p", { className: "figure" });
    this.explained = element("div", { className: "explained", hidden: true });
    this.moreClips = element("details", { hidden: true }, element("summary"));
    this.clips = element("div", { className: "clips" }, this.moreClips);
    this.isShort = isNamed;
    this.root = element(
      "li",
      { className: "card" },
      this.thumb,
      element(
        "div",
        { className: "what" },
        ...(isNamed ? [this.name] : []),
        this.title,
        this.numbers,
        element("p", { className: "when" }, this.began, this.now),
        this.more,
        this.shown,
        this.explained,
        this.figure,
      ),
      this.clips,
      foot(this),
    );
  }

  update(incident) {
    this.incident = incident;
    this.root.dataset.category = incident.category;
    this.root.dataset.severity = incident.severity;
    write(this.title, incident.title);
    this.figure.hidden = !incident.figure;
    write(this.figure, `Tested: ${figureWords(incident.figure, this.isShort)}`);
    const [first] = incident.occurrences;
    this.began.dateTime = first.opened_at;
    write(this.began, clock(first.opened_at));
    this.drawThumb();
    this.drawClips();
    this.drawTimes();
    this.drawShown();
    this.drawExplained();
    this.tick();
  }

  // What changes with the clock, and with whether the candidate is still there.
  tick() {
    const { incident, desk } = this;
    const last = incident.occurrences.at(-1);
    const isOpen = isLasting(incident) && desk.isRunning(incident.participant_id);
    const worst = longest(incident, isOpen, desk.now());
    write(this.name, desk.name(incident.participant_id));
    write(this.numbers, said(worst, isOpen && !worst.closed_at, desk.now()));
    this.root.classList.toggle("open", isOpen);
    let now = `until ${clock(last.closed_at ?? last.last_seen_at)}`;
    if (isOpen) now = "open now";
    else if (isLasting(incident)) now = `last seen ${clock(last.last_seen_at)}`;
    write(this.now, now);
    for (const occurrence of incident.occurrences) {
      const line = this.times.get(occurrence.id);
      if (line) write(line, this.timesLine(occurrence, isOpen));
    }
  }

  timesLine(occurrence, isOpen) {
    const isOpenNow = isOpen && !occurrence.closed_at;
    const parts = [clock(occurrence.opened_at), said(occurrence, isOpenNow, this.desk.now())];
    if (isOpenNow) parts.push("open now");
    if (occurrence.shown_at) parts.push(`told at ${clock(occurrence.shown_at)}`);
    return parts.join(" · ");
  }

  drawTimes() {
    const { occurrences } = this.incident;
    this.more.hidden = occurrences.length < 2;
    write(this.more.firstChild, count(occurrences.length, "time"));
    for (const { id } of occurrences) {
      if (!this.times.has(id)) this.times.set(id, element("li"));
    }
    const lines = occurrences.map(({ id }) => this.times.get(id));
    if (lines.some((line, i) => this.list.children[i] !== line)) this.list.replaceChildren(...lines);
  }

  drawShown() {
    const shown = this.incident.occurrences.map((o) => o.shown_at).filter(Boolean).at(-1);
    this.shown.hidden = !shown;
    if (shown) write(this.shown, `Candidate told at ${clock(shown)}`);
  }

  // What the candidate says of it, in their own words.
  drawExplained() {
    const said = this.desk.explanationsOf(this.incident);
    this.explained.hidden = !said.length;
    const key = said.map(({ id }) => id).join();
    if (this.explained.dataset.of === key) return;
    this.explained.dataset.of = key;
    const lines = said.map(({ at, text }) =>
      element("blockquote", {}, element("p", {}, text), element("footer", {}, `The candidate, ${clock(at)}`)),
    );
    this.explained.replaceChildren(...lines);
  }

  get pictures() {
    return this.incident.occurrences.flatMap((occurrence) =>
      occurrence.evidence.filter((e) => e.media_type.startsWith("image/")).map((e) => ({ ...e, occurrence })),
    );
  }

  drawThumb() {
    const picture = this.pictures.at(-1);
    this.thumb.hidden = !picture;
    this.root.classList.toggle("plain", !picture);
    if (!picture || this.thumb.dataset.of === picture.id) return;
    this.thumb.dataset.of = picture.id;
    this.thumb.setAttribute("aria-label", `Enlarge the picture: ${this.incident.title}, ${clock(picture.captured_at)}`);
    const image = element("img", { alt: "" });
    this.thumb.replaceChildren(image);
    this.desk.evidence.show(image, picture.id);
  }

  enlarge() {
    const name = this.desk.name(this.incident.participant_id);
    const pictures = this.pictures.map(({ id, captured_at, occurrence }) => ({
      id,
      caption: `${name}: ${this.incident.title}, ${occurrence.summary}, ${clock(captured_at)}`,
    }));
    this.desk.enlarge(pictures, pictures.length - 1);
  }

  drawClips() {
    for (const occurrence of this.incident.occurrences) {
      for (const { id, media_type, captured_at } of occurrence.evidence) {
        if (!media_type.startsWith("audio/") || this.sounds.has(id)) continue;
        const label = `Sound from ${clock(captured_at)}`;
        const sound = new SoundClip(label);
        this.desk.evidence.hear(sound, id);
        // The first is at hand and the others behind a click. None moves: one that plays would stop.
        const place = this.sounds.size ? this.moreClips : this.clips;
        this.sounds.set(id, sound);
        place.append(element("div", { className: "sound" }, element("span", {}, label), sound.root));
      }
    }
    const others = this.sounds.size - 1;
    this.moreClips.hidden = others < 1;
    if (others > 0) write(this.moreClips.firstChild, count(others, "more sound"));
  }
}

// The cards of one list, newest on top. Those that are there never move.
class Cards {
  constructor(desk, list, options = {}) {
    Object.assign(this, { desk, list, options, cards: new Map() });
  }

  take(incident) {
    let card = this.cards.get(incident.id);
    if (!card) {
      card = new Card(this.desk, this.options);
      this.cards.set(incident.id, card);
      card.root.classList.add("arriving");
      setTimeout(() => card.root.classList.remove("arriving"), ARRIVES_IN_MS); // once, not at each showing
      this.list.prepend(card.root);
    }
    card.update(incident);
  }

  drop(id) {
    this.cards.get(id)?.root.remove();
    this.cards.delete(id);
  }

  clear() {
    this.cards.clear();
    this.list.replaceChildren();
  }

  tick() {
    for (const card of this.cards.values()) card.tick();
  }

  get size() {
    return this.cards.size;
  }
}

function isLasting(incident) {
  return incident.occurrences.some((o) => !o.closed_at);
}

function lengthOf(occurrence, isOpenNow, now) {
  return ((isOpenNow ? now : Date.parse(occurrence.last_seen_at)) - Date.parse(occurrence.opened_at)) / 1000;
}

// The occurrence whose numbers stand for the whole.
function longest(incident, isOpen, now) {
  const length = (o) => lengthOf(o, isOpen && !o.closed_at, now);
  return incident.occurrences.reduce((most, o) => (length(o) > length(most) ? o : most));
}

// "2 faces · 6.4 s"; what has just begun has no length yet.
function said(occurrence, isOpenNow, now) {
  const length = lengthOf(occurrence, isOpenNow, now);
  if (length < (isOpenNow ? 1 : 0.05)) return occurrence.summary;
  return `${occurrence.summary}\u00a0·\u00a0${lasting(length, isOpenNow)}`;
}

// "at this setting 96 % found (n 27), …"; short, without the numbers of cases.
function figureWords(figure, isShort) {
  const words = isShort ? figure.replace("at this setting ", "").replaceAll(/ \(n \d+\)/g, "") : figure;
  return words.replaceAll(" %", "\u00a0%").replaceAll("(n ", "(n\u00a0");
}

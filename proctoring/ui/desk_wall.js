// The candidates: counters of states that filter, and a tile for each. Among many the calm ones
// step back, and come to the front as soon as there is something to look at.

const MANY = 9; // people see half of what happens on nine screens
const IMPORTANCE = ["asks_in", "hand", "unread", "look", "technical", "disconnected", "elsewhere", "in_exam", "waiting", "finished"];
const COUNTERS = {
  waiting: "Waiting",
  in_exam: "Active",
  look: "Needs attention",
  paused: "Paused",
  disconnected: "Lost contact",
  finished: "Done",
  asks_in: MARKS.asks_in,
  hand: MARKS.hand,
  unread: MARKS.unread,
  technical: MARKS.technical,
};
const ONLY_IF_ANY = ["asks_in", "hand", "unread", "technical"]; // the others are always there
const IS_CALM = ["in_exam", "waiting", "finished", "adjusted", "paused"]; // marks that ask for nobody
const FILTER = "show"; // in the page's address
const WHOLE = "openproctor.desk.whole"; // this browser shows calm tiles in full

class Wall {
  constructor(desk, find) {
    Object.assign(this, { desk, find, tiles: new Map(), chips: new Map(), resting: find(".resting") });
    this.filter = new URL(location.href).searchParams.get(FILTER);
    if (!(this.filter in COUNTERS)) this.filter = null;
    for (const mark of [null, ...Object.keys(COUNTERS)]) this.addChip(mark);
    this.touched = new Touched(find(".wall"));
    this.whole = find(".whole");
    this.isWhole = stored(WHOLE) === "yes";
    this.whole.onclick = () => {
      this.isWhole = !this.isWhole;
      store(WHOLE, this.isWhole ? "yes" : "");
      this.draw(true);
    };
  }

  addChip(mark) {
    const number = element("b", {}, "0");
    const chip = element(
      "button",
      { type: "button", className: "chip", dataset: { mark: mark ?? "all" }, onclick: () => this.choose(mark) },
      ...(mark ? [icon(mark)] : []),
      element("span", {}, mark ? COUNTERS[mark] : "All"),
      number,
    );
    this.chips.set(mark, { chip, number });
    this.find(".chips").append(chip);
  }

  // The address keeps it, so that a reload and a colleague see the same.
  choose(mark) {
    this.filter = this.filter === mark ? null : mark;
    const url = new URL(location.href);
    if (this.filter) url.searchParams.set(FILTER, this.filter);
    else url.searchParams.delete(FILTER);
    history.replaceState(history.state, "", url);
    this.draw(true);
  }

  update(candidates) {
    this.candidates = candidates;
    this.keeping(() => {
      for (const candidate of candidates) {
        const tile = this.tiles.get(candidate.id) ?? new Tile(this.desk, candidate.id);
        this.tiles.set(candidate.id, tile);
        tile.update(candidate);
      }
      this.draw();
    });
  }

  // A line more makes its tile higher: what is looked at stays where it is.
  keeping(change) {
    const roots = [...this.tiles.values()].map(({ root }) => root).filter((root) => root.isConnected);
    steadily(this.find(".wall"), roots, change);
  }

  show(id, blob) {
    if (!this.tiles.has(id)) this.early = new Map(this.early).set(id, blob); // before its tile
    this.tiles.get(id)?.show(blob);
  }

  needsAttention(candidate) {
    return candidate.marks.some((mark) => ["look", "asks_in", "hand", "unread"].includes(mark)) || this.desk.duty.isWaiting(candidate.id);
  }

  is(candidate, mark) {
    if (mark === "look") return this.needsAttention(candidate);
    if (mark === "in_exam") return candidate.marks.includes("in_exam") && !candidate.paused;
    return candidate.marks.includes(mark);
  }

  get shown() {
    return (this.candidates ?? []).filter((c) => !this.filter || this.is(c, this.filter));
  }

  // `isAsked`: somebody asked for it, so that nothing has to wait.
  draw(isAsked = false) {
    if (!this.candidates) return;
    for (const [id, blob] of this.early ?? []) this.tiles.get(id)?.show(blob);
    this.early = null;
    for (const [mark, { chip, number }] of this.chips) {
      const all = this.candidates.filter((c) => !mark || this.is(c, mark));
      write(number, String(all.length));
      chip.classList.toggle("none", all.length === 0);
      chip.hidden = ONLY_IF_ANY.includes(mark) && !all.length && this.filter !== mark;
      chip.setAttribute("aria-pressed", String(this.filter === mark));
    }
    this.desk.bulk.draw();
    const { shown } = this;
    if (isAsked || !this.touched.isFresh || shown.some(({ id }) => !this.tiles.get(id).root.isConnected)) this.arrange(shown);
    this.drawEmpty(shown);
  }

  arrange(shown) {
    const rank = ({ id, marks }) => IMPORTANCE.findIndex((mark) => marks.includes(mark) || (mark === "look" && this.desk.duty.isWaiting(id)));
    const sorted = [...shown].sort((a, b) => rank(a) - rank(b));
    const isMany = shown.length > MANY;
    const isCalm = (c) => c.marks.every((mark) => IS_CALM.includes(mark)) && !this.needsAttention(c);
    const calm = isMany && !this.isWhole ? sorted.filter(isCalm) : [];
    const near = sorted.filter((c) => !calm.includes(c));
    const roots = (of) => of.map(({ id }) => this.tiles.get(id).root);
    const lists = [[this.find(".tiles"), roots(near)], [this.find(".tiles.calm"), roots(calm)]];
    if (lists.some(([list, wanted]) => !isArranged(list, wanted))) this.move(lists);
    this.resting.hidden = !isMany;
    write(this.resting.firstElementChild, calm.length ? `Calm: ${count(calm.length, "candidate")}` : "");
    write(this.whole, this.isWhole ? "Let calm tiles step back" : "Show all in full");
    this.whole.setAttribute("aria-pressed", String(this.isWhole));
  }

  move(lists) {
    const wall = this.find(".wall");
    const focused = wall.getRootNode().activeElement;
    steadily(wall, lists.flatMap(([, wanted]) => wanted).filter((root) => root.isConnected), () => {
      for (const [list, wanted] of lists) arrange(list, wanted);
    });
    const left = [...this.tiles.values()].find(({ button }) => button === focused); // for the other list
    if (left?.root.isConnected) left.button.focus({ preventScroll: true });
  }

  drawEmpty(shown) {
    const empty = this.find(".wall > .empty");
    empty.hidden = shown.length > 0;
    if (shown.length) return;
    const text = this.filter
      ? `Nobody is in this state: ${COUNTERS[this.filter]}.`
      : "Nobody has joined yet. Send your candidates their link; they appear here as they join.";
    write(empty, text);
  }

  tick() {
    const all = [...this.tiles];
    const draw = () => {
      for (const [id, tile] of all) {
        tile.tick();
        tile.drawUnseen(this.desk.duty.unseenFor(id));
      }
    };
    this.keeping(draw);
  }
}

// What this browser remembers; a browser that may not remember forgets.
function stored(name, where = "localStorage") {
  try {
    return window[where].getItem(name) ?? "";
  } catch {
    return "";
  }
}

function store(name, value, where = "localStorage") {
  try {
    window[where].setItem(name, value);
  } catch {
    return; // private windows and some settings
  }
}

// The candidates: chips that count and filter, and a row each. Rows are made once and then changed
// in place, so that the focus stays where it is.

const MARK_OF = { appealed: "appealed", open: "open", second: "second", disagreed: "disagreed", decided: "decided", calm: "calm", not_begun: "not_begun" };
const URGENT = ["appealed", "disagreed", "open", "second", "decided", "calm", "not_begun"];

class People {
  constructor(desk, find) {
    Object.assign(this, { desk, find, rows: new Map(), chips: new Map(), all: null });
    this.show = desk.place.get("show") in FILTERS ? desk.place.get("show") : "all";
    for (const [name, words] of Object.entries(FILTERS)) {
      const number = element("b", {}, "0");
      const marks = name === "all" ? [] : [icon(MARK_OF[name])];
      const chip = element("button", { type: "button", className: "chip", dataset: { mark: name } }, ...marks, words, number);
      chip.onclick = () => this.filter(name);
      this.chips.set(name, { chip, number });
      find(".chips").append(chip);
    }
  }

  filter(name) {
    this.show = name;
    this.desk.place.set("show", name === "all" ? "" : name);
    this.draw();
  }

  update(candidates) {
    this.all = candidates;
    this.draw();
  }

  draw() {
    if (!this.all) return;
    for (const [name, { chip, number }] of this.chips) {
      const size = this.all.filter((one) => this.isShown(one, name)).length;
      write(number, String(size));
      chip.classList.toggle("none", !size);
      chip.setAttribute("aria-pressed", String(name === this.show));
    }
    const shown = this.all.filter((one) => this.isShown(one, this.show));
    shown.sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name));
    const list = this.find(".people ul");
    shown.forEach((one, i) => {
      const row = this.row(one);
      // Moving what has the focus would lose it.
      if (list.children[i] !== row && !row.contains(list.getRootNode().activeElement)) list.insertBefore(row, list.children[i] ?? null);
    });
    const wanted = new Set(shown.map(({ id }) => this.rows.get(id).row));
    for (const row of [...list.children]) if (!wanted.has(row)) row.remove();
    const empty = this.find(".people .empty");
    empty.hidden = shown.length > 0;
    fillEmpty(empty, this.all.length ? TEXT.nobody : TEXT.noCandidates);
  }

  isShown({ marks }, name) {
    return name === "all" || marks.includes(name);
  }

  row(one) {
    let parts = this.rows.get(one.id);
    if (!parts) {
      parts = { mark: element("span", { className: "mark" }), name: element("b"), state: element("span"), points: element("span", { className: "points" }), bar: element("i") };
      parts.percent = element("span");
      parts.measured = element("span", { className: "measured" }, element("span", { className: "share" }, parts.bar), parts.percent);
      const lines = element("span", { className: "lines" }, parts.name, parts.state, parts.measured);
      parts.button = element("button", { type: "button", onclick: () => this.desk.open(one.id) }, parts.mark, lines, parts.points);
      parts.row = element("li", {}, parts.button);
      this.rows.set(one.id, parts);
    }
    const [mark] = one.marks;
    if (parts.mark.dataset.mark !== mark) {
      parts.mark.dataset.mark = mark;
      parts.mark.replaceChildren(icon(MARK_OF[mark]));
    }
    write(parts.name, one.name || "—");
    const states = one.marks.map((name) => FILTERS[name].toLowerCase()).join(", ");
    write(parts.state, `${sentence(states)}${one.open ? `: ${one.open}` : ""}`);
    parts.measured.hidden = one.coverage === null;
    write(parts.percent, TEXT.measured(percent(one.coverage)));
    write(parts.points, one.points === null ? (one.started_at ? "withheld" : "") : String(Math.round(one.points)));
    parts.points.title = one.withheld || TEXT.scoreMeans;
    parts.bar.style.width = `${100 * (one.coverage ?? 0)}%`;
    parts.button.setAttribute("aria-current", String(one.id === this.desk.candidateId));
    return parts.row;
  }

  focus(id) {
    this.rows.get(id)?.button.focus({ preventScroll: true });
  }
}

function rank({ marks }) {
  return Math.min(...marks.map((mark) => URGENT.indexOf(mark)));
}

function sentence(words) {
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

function fillEmpty(node, [headline, rest]) {
  if (node.dataset.said === headline + rest) return;
  node.dataset.said = headline + rest;
  node.replaceChildren(element("strong", {}, headline), element("span", {}, rest));
}

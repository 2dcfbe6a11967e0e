// The exam under another policy, side by side with what was. Nothing is changed by looking.

const WHAT_IF = {
  title: "Under another policy",
  lead: "What would have been observed, decided anew from what was measured. It changes nothing.",
  preset: "Preset",
  same: (preset) => `As in the exam (${preset})`,
  signals: "Measured",
  compare: "Compare",
  deciding: "Deciding anew",
  was: "As it was",
  would: "Under the other policy",
  observed: "Observed",
  total: (incidents, points) => `${count(incidents, "incident")}, ${Math.round(points)} of 100`,
  nothing: "—",
  unchanged: "Nothing would have been observed under either.",
  missing: (minutes) => `${count(minutes, "minute")} of what was measured is not there.`,
};

class WhatIf {
  constructor(desk, find) {
    Object.assign(this, { desk, node: find("details.what-if"), wanted: find(".what-if .wanted"), told: find(".what-if .answer") });
    write(this.node.firstElementChild, WHAT_IF.title);
    this.told.setAttribute("aria-label", WHAT_IF.title);
    this.preset = element("select");
    this.boxes = element("div", { className: "boxes" });
    this.boxes.setAttribute("role", "group");
    this.boxes.setAttribute("aria-label", WHAT_IF.signals);
    this.button = element("button", { type: "button", className: "primary", onclick: () => this.compare() }, WHAT_IF.compare);
    this.wanted.append(
      element("p", { className: "small" }, WHAT_IF.lead),
      element("div", { className: "row" }, element("label", {}, WHAT_IF.preset, this.preset), this.button),
      this.boxes,
    );
    this.node.ontoggle = () => this.node.open && this.fill();
  }

  // Another candidate: what was told is of the one before.
  update() {
    this.told.replaceChildren();
    this.node.hidden = !this.desk.candidate?.started_at;
  }

  fill() {
    if (this.preset.children.length) return;
    const { presets, signals, preset } = this.desk.data;
    const own = presets.find(({ name }) => name === preset)?.title ?? preset;
    const others = presets.filter(({ name }) => name !== preset);
    this.preset.append(element("option", { value: "" }, WHAT_IF.same(own)), ...others.map(({ name, title }) => element("option", { value: name }, title)));
    this.boxes.append(...signals.map(({ name, title }) => element("label", {}, element("input", { type: "checkbox", value: name, checked: true }), title)));
  }

  async compare() {
    const { candidateId } = this.desk;
    const off = [...this.boxes.querySelectorAll("input:not(:checked)")].map(({ value }) => value);
    const query = new URLSearchParams({ preset: this.preset.value, off: off.join() });
    this.button.disabled = true;
    this.told.replaceChildren(element("p", { className: "small" }, WHAT_IF.deciding));
    try {
      const found = await this.desk.line.fetch(`review/what-if/${encodeURIComponent(candidateId)}?${query}`);
      if (candidateId === this.desk.candidateId) this.told.replaceChildren(...this.draw(found));
    } catch (error) {
      const lines = (error.message || TEXT.lost).split("\n");
      this.told.replaceChildren(...lines.map((line) => element("p", { className: "problem" }, line)));
    } finally {
      this.button.disabled = false;
    }
  }

  draw({ was, would, missing, pairs }) {
    const cell = (tag, words, scope) => Object.assign(element(tag, {}, words), scope ? { scope } : {});
    const head = element("tr", {}, ...[WHAT_IF.observed, WHAT_IF.was, WHAT_IF.would].map((words) => cell("th", words, "col")));
    const rows = pairs.map((pair) => {
      const row = element("tr", {}, cell("th", pair.title, "row"), cell("td", this.said(pair.was)), cell("td", this.said(pair.would)));
      row.dataset.change = !pair.was ? "more" : !pair.would ? "less" : "same";
      return row;
    });
    const sums = element("tr", { className: "sums" }, cell("th", TEXT.score, "row"), cell("td", WHAT_IF.total(was.incidents, was.points)), cell("td", WHAT_IF.total(would.incidents, would.points)));
    const notes = [...(rows.length ? [] : [WHAT_IF.unchanged]), ...(missing ? [WHAT_IF.missing(missing)] : [])];
    return [element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows, sums)), ...notes.map((words) => element("p", { className: "small" }, words))];
  }

  said(one) {
    if (!one) return WHAT_IF.nothing;
    return `${clock(one.from)}, ${lasting((Date.parse(one.to) - Date.parse(one.from)) / 1000)}: ${one.summary}`;
  }
}

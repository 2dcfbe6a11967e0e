// The last ten minutes of a candidate's signals as small plots: what was measured, the limit,
// when it was on its bad side, and when nothing could be told.

const RECENT_WIDE = 300;
const RECENT_HIGH = 34;
const MOST_AT_HAND = 6; // the others are behind a click

class RecentSignals {
  constructor(desk, node) {
    Object.assign(this, { desk, node });
    this.more = element("details", { className: "more" }, element("summary"), element("div", { className: "sparks" }));
    this.first = element("div", { className: "sparks" });
    this.none = element("p", { className: "none" });
    node.append(this.first, this.more, this.none);
  }

  reset(id) {
    this.id = id;
    this.drawn = "";
    this.first.replaceChildren();
    this.more.hidden = true;
    this.more.open = false;
    write(this.none, "Loading");
  }

  take({ participant_id, plots, seconds }) {
    if (participant_id !== this.id) return;
    const kinds = new Set(this.desk.incidentsOf(this.id).map(({ kind }) => kind));
    const weight = ({ bad, limits, lines }) => (bad.length ? 4 : 0) + (limits.some(({ kind }) => kinds.has(kind)) ? 2 : 0) + (lines.length ? 1 : 0);
    const sorted = [...plots].sort((a, b) => weight(b) - weight(a));
    const figures = sorted.map((plot) => this.figure(plot, seconds));
    write(this.none, plots.length ? "" : "Nothing was measured in the last ten minutes, or nothing is kept of it.");
    this.none.hidden = plots.length > 0;
    this.first.replaceChildren(...figures.slice(0, MOST_AT_HAND));
    this.more.lastChild.replaceChildren(...figures.slice(MOST_AT_HAND));
    this.more.hidden = figures.length <= MOST_AT_HAND;
    write(this.more.firstChild, count(figures.length - MOST_AT_HAND, "more signal"));
  }

  figure({ name, unit, lines, limits, bad, unsure, range: [low, high] }, seconds) {
    const room = (high - low || 1) * 0.15;
    const x = (t) => ((t / seconds) * RECENT_WIDE).toFixed(1);
    const y = (value) => (RECENT_HIGH * (1 - (value - low + room) / (high - low + 2 * room))).toFixed(1);
    const band = (kind) => ([from, to]) =>
      drawn("rect", { class: kind, x: x(from), y: 0, width: Math.max(2, x(to) - x(from)), height: RECENT_HIGH });
    const line = (points) => {
      const path = points.map(([t, least, most]) => `${x(t)} ${y((least + most) / 2)}`).join("L");
      return drawn("path", { class: "value", d: points.length > 1 ? `M${path}` : `M${path}h1` });
    };
    const svg = drawn("svg", { viewBox: `0 0 ${RECENT_WIDE} ${RECENT_HIGH}`, preserveAspectRatio: "none", "aria-hidden": "true" });
    svg.append(
      ...unsure.map(band("unsure")),
      ...bad.map(band("bad")),
      ...limits.map(({ at }) => drawn("path", { class: "limit", d: `M0 ${y(at)}H${RECENT_WIDE}` })),
      ...lines.map(line),
    );
    const last = lines.at(-1)?.at(-1);
    const now = last && seconds - last[0] < 15 ? `${figures(last[2])}${unit ? `\u00a0${unit}` : ""}` : "not now";
    const said = bad.length ? `; beyond its limit ${count(bad.length, "time")}` : "";
    return element(
      "figure",
      { className: bad.length ? "spark was-bad" : "spark" },
      element("figcaption", {}, element("b", {}, name), element("span", {}, now), element("span", { className: "spoken" }, said)),
      svg,
    );
  }
}

// Three figures at most, and no more than two behind the point.
function figures(value) {
  return Number(value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2)).toString().replace("-", "−");
}

function drawn(name, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

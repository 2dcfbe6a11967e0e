// The signals around an observation: what was measured, the limit, and when it was on its bad side.

const PLOT_AROUND_S = 60;
const PLOT_WIDE = 600;
const PLOT_HIGH = 56;

class Plots {
  constructor(desk, find) {
    Object.assign(this, { desk, node: find("details.plots"), wanted: "" });
    write(this.node.firstElementChild, TEXT.plots);
    this.node.ontoggle = () => this.update(this.item);
  }

  // They are asked for once somebody wants to see them.
  async update(item) {
    this.item = item;
    this.node.hidden = !item;
    if (!item || !this.node.open) return;
    const [from, to] = [Date.parse(item.from) - 1000 * PLOT_AROUND_S, Date.parse(item.to) + 1000 * PLOT_AROUND_S];
    const wanted = `${item.id} ${from} ${to}`;
    if (this.wanted === wanted) return;
    this.wanted = wanted;
    const times = new URLSearchParams({ from: new Date(from).toISOString(), to: new Date(to).toISOString() });
    const body = this.node.lastElementChild;
    try {
      const { plots } = await this.desk.line.fetch(`review/plots/${encodeURIComponent(this.desk.candidateId)}?${times}`);
      if (this.wanted === wanted) body.replaceChildren(...this.draw(plots, item, (to - from) / 1000));
    } catch (error) {
      this.wanted = "";
      body.replaceChildren(element("p", { className: "small" }, error.message || TEXT.noPlots));
    }
  }

  draw(plots, item, seconds) {
    if (!plots.length) return [element("p", { className: "small" }, TEXT.noPlots)];
    const kinds = new Set(item.incidents.map(({ kind }) => kind));
    const isOwn = (plot) => plot.limits.some(({ kind }) => kinds.has(kind));
    const sorted = [...plots.filter(isOwn), ...plots.filter((plot) => !isOwn(plot))];
    return sorted.map((plot) => this.plot(plot, seconds, isOwn(plot)));
  }

  plot({ name, unit, lines, limits, bad, unsure, range: [low, high] }, seconds, isOwn) {
    const ending = unit ? `\u00a0${unit}` : "";
    const room = (high - low || 1) * 0.12;
    const x = (t) => ((t / seconds) * PLOT_WIDE).toFixed(1);
    const y = (value) => (PLOT_HIGH * (1 - (value - low + room) / (high - low + 2 * room || 1))).toFixed(1);
    const band = (from, to, name) => shape("rect", { class: name, x: x(from), y: 0, width: Math.max(2, x(to) - x(from)), height: PLOT_HIGH });
    const svg = shape("svg", { viewBox: `0 0 ${PLOT_WIDE} ${PLOT_HIGH}`, preserveAspectRatio: "none", "aria-hidden": "true" });
    svg.append(
      band(PLOT_AROUND_S, seconds - PLOT_AROUND_S, "span"),
      ...unsure.map(([from, to]) => band(from, to, "unsure")),
      ...bad.map(([from, to]) => band(from, to, "bad")),
      ...limits.map(({ at }) => shape("path", { class: "limit", d: `M0 ${y(at)}H${PLOT_WIDE}` })),
      ...lines.map((points) => shape("path", { class: "value", d: outline(points, x, y) })),
    );
    const said = limits.map(({ title, at, side }) => `${title}: ${side === "above" ? "from" : "at most"}\u00a0${round(at)}${ending}`);
    return element("figure", { className: isOwn ? "plot own" : "plot" }, element("figcaption", {}, element("b", {}, name), element("span", {}, `${round(low)} to ${round(high)}${ending}`)), svg, element("p", { className: "small" }, said.join("; ")));
  }
}

// There and back: the most and the least of each moment enclose what was measured.
function outline(points, x, y) {
  const there = points.map(([t, , most]) => `${x(t)} ${y(most)}`);
  const back = points.toReversed().map(([t, least]) => `${x(t)} ${y(least)}`);
  return `M${[...there, ...back].join("L")}Z`;
}

// Three figures at most, and no more than two behind the point.
function round(value) {
  return Number(value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2)).toString().replace("-", "−");
}

function shape(name, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

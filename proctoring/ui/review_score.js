// The score with its reasons, or why there is none. What-if and policies may stand beside it.

// What weighs nothing is there to be looked at, and is no reason.
function counts({ points }) {
  return points >= 0.05;
}

class ScorePanel {
  constructor(desk, find) {
    Object.assign(this, { desk, node: find("details.score") });
  }

  update({ score, preset }) {
    const drawn = JSON.stringify([score, preset]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const [summary, body] = this.node.children;
    const { points, withheld } = score;
    const contributions = score.contributions.filter(counts);
    const words = points === null ? TEXT.withheld : `${TEXT.score} ${TEXT.outOf(points)}`;
    summary.replaceChildren(element("b", {}, words), this.bar(contributions));
    const rows = contributions.map((one) => element("li", {}, element("b", {}, `+${one.points.toFixed(one.points < 10 ? 1 : 0)}`), ` ${one.title}${one.times > 1 ? `, ${TEXT.times(one.times)}` : ""}`));
    body.replaceChildren(
      ...(withheld ? [element("p", { className: "withheld" }, withheld)] : []),
      rows.length ? element("ol", {}, ...rows) : element("p", {}, TEXT.noReasons),
      element("p", { className: "small" }, TEXT.scoreMeans),
      element("p", { className: "small" }, TEXT.policy(preset)),
    );
  }

  bar(contributions) {
    const bar = element("span", { className: "stack" });
    bar.setAttribute("aria-hidden", "true");
    for (const { points, title } of contributions) {
      const part = element("i", { title });
      part.style.width = `${points}%`;
      bar.append(part);
    }
    return bar;
  }
}

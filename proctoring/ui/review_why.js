// Why an observation is there: what was measured, how often that errs, what the candidate says.

class Why {
  constructor(desk, find) {
    Object.assign(this, { desk, node: find(".why") });
  }

  update(item) {
    const drawn = JSON.stringify(item ?? null);
    if (drawn === this.drawn) return;
    const isSame = this.itemId === item?.id;
    const open = new Set(isSame ? [...this.node.querySelectorAll("details[open]")].map((d) => d.dataset.of) : []);
    if (isSame && this.node.contains(this.node.getRootNode().activeElement)) return; // later, then
    Object.assign(this, { drawn, itemId: item?.id });
    this.node.replaceChildren(...(item ? this.parts(item, open) : []));
  }

  parts(item, open) {
    const told = item.incidents.flatMap(({ occurrences }) => occurrences.map((o) => o.shown_at)).filter(Boolean).sort();
    return [
      element("h3", {}, titleOf(item)),
      element("p", { className: "when" }, `${clock(item.from)} to ${clock(item.to)}`),
      ...(item.incidents.length > 1 ? [element("p", { className: "parts" }, TEXT.parts(item.incidents.length))] : []),
      ...item.incidents.map((incident) => this.incident(incident, item.incidents.length > 1, open)),
      element("p", { className: told.length ? "told" : "not-told" }, told.length ? TEXT.warned(told.map(clock).join(", ")) : TEXT.notWarned),
      this.explanation(item.explanations),
      ...this.said(item),
    ];
  }

  incident({ id, title, why, tested, occurrences }, isNamed, open) {
    const parts = [];
    if (isNamed) parts.push(element("h4", {}, title));
    parts.push(element("p", { className: "because" }, why), element("p", { className: "tested" }, tested.replaceAll(" %", "\u00a0%").replaceAll("(n ", "(n\u00a0")));
    if (occurrences.length > 1) {
      const lines = occurrences.map((o) => element("li", {}, `${clock(o.opened_at)} · ${o.summary} · ${lasting((Date.parse(o.last_seen_at) - Date.parse(o.opened_at)) / 1000)}`));
      parts.push(element("details", { open: open.has(id), dataset: { of: id } }, element("summary", {}, TEXT.times(occurrences.length)), element("ol", {}, ...lines)));
    }
    return element("div", { className: "incident" }, ...parts);
  }

  explanation(said) {
    if (!said.length) return element("p", { className: "no-explanation" }, TEXT.noExplanation);
    return element("div", { className: "explanation" }, element("h4", {}, TEXT.explanation), ...said.map(({ at, text }) => element("blockquote", {}, text, element("footer", {}, clock(at)))));
  }

  said({ verdicts, notes }) {
    if (!verdicts.length && !notes.length) return [];
    const lines = verdicts.map((one) => element("li", {}, icon(one.decision === "second_look" ? "second" : one.decision), verdictWords(one), element("span", { className: "by" }, byWords(one)), ...(one.note ? [element("q", {}, one.note)] : [])));
    lines.push(...notes.map((one) => element("li", {}, icon("note"), element("q", {}, one.text), element("span", { className: "by" }, byWords(one)))));
    return [element("div", { className: "said" }, element("h4", {}, TEXT.verdicts), element("ul", {}, ...lines))];
  }
}

function verdictWords({ decision, because }) {
  return because ? `${DECISIONS[decision]}: ${BECAUSE[because].toLowerCase()}` : DECISIONS[decision];
}

function byWords({ by, is_mine, at }) {
  return `${by}${is_mine ? ` (${TEXT.you})` : ""}, ${clock(at)}`;
}

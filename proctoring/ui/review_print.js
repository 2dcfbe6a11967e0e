// The report of one candidate, for the browser's own printing: it can be kept as a PDF from there.

class Report {
  constructor(desk, find) {
    Object.assign(this, { desk, node: find(".report"), button: find("button.print") });
    this.button.append(icon("print"), TEXT.print);
    this.button.onclick = () => this.print();
    this.before = () => this.fill();
    window.addEventListener("beforeprint", this.before);
  }

  // All pictures are there before the first page is made.
  async print() {
    this.button.disabled = true;
    this.desk.speak(TEXT.printing);
    await Promise.all(this.fill());
    this.button.disabled = false;
    window.print();
  }

  // Gives a promise for each picture. What was revealed is blurred again: no paper carries it.
  fill() {
    const { candidate } = this.desk;
    this.pictures = [];
    this.desk.kept.hideAll();
    this.node.replaceChildren(...(candidate ? this.pages(candidate) : []));
    return this.pictures;
  }

  pages(one) {
    const { data } = this.desk;
    const times = [[MILESTONES.joined, one.joined_at], [MILESTONES.started, one.started_at], [MILESTONES.finished, one.finished_at]];
    const facts = times.filter(([, at]) => at).map(([words, at]) => [words, `${DAY.format(new Date(at))}, ${clock(at)}`]);
    const { points, withheld } = one.score;
    const contributions = one.score.contributions.filter(counts);
    facts.push([TEXT.score, points === null ? withheld : TEXT.outOf(points)], ["Policy", one.preset], ["Time zone", ZONE]);
    if (contributions.length) facts.push(["Reasons", contributions.map((c) => `${c.title} +${c.points.toFixed(1)}`).join("; ")]);
    return [
      element("header", {}, element("p", {}, data.title), element("h1", {}, one.name)),
      element("dl", {}, ...facts.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value)))),
      element("h2", {}, "What was measured"),
      this.coverage(one.ribbons),
      element("h2", {}, "What was observed"),
      ...(one.items.length ? one.items.map((item) => this.item(item)) : [element("p", {}, "Nothing.")]),
      ...(one.appeals.length ? [element("h2", {}, TEXT.appeals), element("ul", {}, ...one.appeals.map(({ text, at }) => element("li", {}, `${text} (${DAY.format(new Date(at))}, ${clock(at)})`)))] : []),
      ...(one.notes.length ? [element("h2", {}, TEXT.notes), element("ul", {}, ...one.notes.map((n) => element("li", {}, `${n.text} (${byWords(n)})`)))] : []),
      element("footer", {}, `${TEXT.privacy} Observations are made by software, which errs; verdicts are people's. Printed ${DAY.format(new Date())}, ${clock(new Date().toISOString())}.`),
    ];
  }

  coverage(ribbons) {
    const rows = ribbons.map(({ title, share: measured, pieces }) => element("div", {}, element("dt", {}, title), element("dd", {}, pieces.some(({ state }) => state === "exempt") ? RIBBON_WORDS.exempt : percent(measured))));
    return element("dl", { className: "coverage" }, ...rows);
  }

  item(item) {
    const evidence = item.incidents.flatMap(({ occurrences }) => occurrences.flatMap((o) => o.evidence));
    const pictures = evidence.filter(({ media_type }) => media_type.startsWith("image/"));
    const images = pictures.map(({ id, captured_at }) => {
      const image = element("img", { alt: TEXT.still(clock(captured_at)), dataset: { unmarked: "" } });
      const marked = element("span", { className: "marked" }, image);
      this.pictures.push(this.picture(marked, image, id).catch(() => {}));
      return element("figure", {}, marked, element("figcaption", {}, clock(captured_at)));
    });
    const said = item.verdicts.map((one) => `${verdictWords(one)} · ${byWords(one)}${one.note ? `: “${one.note}”` : ""}`);
    said.push(...item.notes.map((one) => `${TEXT.note} · ${byWords(one)}: “${one.text}”`));
    return element(
      "section",
      {},
      element("h3", {}, [clock(item.from), titleOf(item), TABS[item.tab].name, stateWords(item, item.state)].filter(Boolean).join(" · ")),
      ...item.incidents.flatMap(({ title, why, tested }) => [element("p", {}, item.incidents.length > 1 ? `${title}: ${why}` : why), element("p", { className: "tested" }, tested)]),
      ...item.explanations.map(({ text, at }) => element("p", {}, `${TEXT.explanation} (${clock(at)}): “${text}”`)),
      element("div", { className: "pictures" }, ...images),
      element("ul", {}, ...(said.length ? said : ["No verdict."]).map((line) => element("li", {}, line))),
    );
  }

  async picture(marked, image, id) {
    await this.desk.kept.show(image, id);
    const { marks } = await this.desk.kept.get(id);
    if (marks) marked.append(marksSvg(marks));
    await image.decode();
  }

  close() {
    window.removeEventListener("beforeprint", this.before);
  }
}

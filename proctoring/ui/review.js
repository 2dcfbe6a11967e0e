// The review desk: candidates, their observations one by one, and what a person says of each.

const RENEW_AGAIN_AFTER_MS = 30000;

// What is looked at stands in the address, so that it can be loaded again and sent to a colleague.
class Place {
  get(name) {
    return new URLSearchParams(location.search).get(name) ?? "";
  }

  set(name, value) {
    const found = new URL(location.href);
    if (value) found.searchParams.set(name, value);
    else found.searchParams.delete(name);
    if (found.href !== location.href) history.replaceState(history.state, "", found);
  }
}

class Review {
  constructor(root) {
    this.find = (selector) => root.querySelector(selector);
    this.place = new Place();
    this.pending = new Map(); // item id -> the decision that is on its way
    this.candidateId = this.place.get("candidate");
    this.kept = new Kept(() => this.data.pass);
    this.line = new ReviewLine({
      onList: (list) => this.takeList(list),
      onCase: (candidate) => this.takeCase(candidate),
      onProblem: () => this.drawBanners(),
      onRefused: () => this.renew(),
    });
    this.line.candidate = this.candidateId;
    this.people = new People(this, this.find);
    this.timeline = new Timeline(this, this.find);
    this.shared = new StillStrip(this.find(".shared"), { ask: (path) => this.kept.ask(path) });
    this.player = new Player(this, this.find);
    this.why = new Why(this, this.find);
    this.plots = new Plots(this, this.find);
    this.bar = new VerdictBar(this, this.find);
    this.items = new Items(this, this.find);
    this.score = new ScorePanel(this, this.find);
    this.whatIf = new WhatIf(this, this.find);
    this.keys = new Keys(this, this.find);
    this.report = new Report(this, this.find);
    this.find(".back").append(icon("back"), TEXT.back);
    this.find(".back").onclick = () => this.leave();
    write(this.find("#notes-title"), TEXT.notes);
    write(this.find("#appeals-title"), TEXT.appeals);
    this.drawChosen();
  }

  update({ data, setTriggerValue }) {
    Object.assign(this, { data, setTriggerValue });
    this.line.update(data);
  }

  takeList({ candidates, agreement: { kappa, pairs }, problem }) {
    this.isRefused = false;
    this.records = problem;
    this.people.update(candidates);
    write(this.find(".agreement"), pairs ? TEXT.agreement(kappa, pairs) : "");
    this.find(".agreement").title = TEXT.agreementMeans;
    this.drawBanners();
  }

  takeCase(candidate) {
    const isOther = this.candidate?.id !== candidate.id;
    this.candidate = candidate;
    for (const item of candidate.items) if (this.pending.has(item.id)) item.pending = this.pending.get(item.id);
    this.find(".case").hidden = false;
    this.find(".choose").hidden = true;
    write(this.find("#case-name"), candidate.name || "—");
    write(this.find(".case .facts"), this.facts(candidate));
    this.score.update(candidate);
    this.timeline.update(candidate);
    this.shared.open(`stills/${encodeURIComponent(candidate.id)}`);
    if (isOther) this.shared.moveTo(this.timeline.start);
    if (isOther) this.whatIf.update();
    if (isOther) this.items.begin(candidate);
    else this.items.update(candidate);
    this.drawNotes(candidate);
    if (isOther && this.movesFocus) this.find("#case-name").focus({ preventScroll: true });
    this.movesFocus = false;
  }

  facts({ started_at, finished_at, finish_reason, ribbons }) {
    if (!started_at) return FILTERS.not_begun;
    const known = ribbons.map((one) => one.share).filter((one) => one !== null);
    const parts = [`${DAY.format(new Date(started_at))}, ${clock(started_at)}${finished_at ? ` to ${clock(finished_at)}, ${finish_reason}` : ", still in the exam"}`];
    if (known.length) parts.push(TEXT.measured(percent(known.reduce((sum, one) => sum + one, 0) / known.length)));
    return parts.join(" · ");
  }

  open(id) {
    this.movesFocus = true;
    if (id === this.candidateId && this.candidate) return void this.find("#case-name").focus({ preventScroll: true });
    this.candidateId = id;
    this.place.set("candidate", id);
    this.place.set("item", "");
    this.line.look(id);
    this.drawChosen();
  }

  leave() {
    const id = this.candidateId;
    this.candidateId = "";
    this.candidate = null;
    this.player.play(false);
    this.shared.leave();
    for (const name of ["candidate", "item", "tab"]) this.place.set(name, "");
    this.line.look("");
    this.find(".case").hidden = true;
    this.drawChosen();
    this.people.focus(id);
  }

  drawChosen() {
    this.find(".review").dataset.view = this.candidateId ? "case" : "list";
    this.find(".choose").hidden = Boolean(this.candidateId);
    fillEmpty(this.find(".choose"), TEXT.choose);
    this.people.draw();
  }

  // `at`: seconds in the session; undefined for the beginning; null to stay.
  showItem(at) {
    const { chosen } = this.items;
    const isOther = this.shownId !== chosen?.id;
    this.shownId = chosen?.id;
    this.place.set("item", chosen?.id ?? "");
    this.find(".stage").hidden = !chosen;
    this.player.load(chosen, isOther || at !== null ? (at ?? undefined) : null);
    this.why.update(chosen);
    this.plots.update(chosen);
    this.bar.update(chosen);
  }

  drawNotes({ notes, appeals }) {
    this.drawLines("notes", notes.map((one) => [one.text, byWords(one)]));
    this.drawLines("appeals", appeals.map(({ text, at }) => [text, `${DAY.format(new Date(at))}, ${clock(at)}`]));
  }

  drawLines(name, lines) {
    const section = this.find(`.case-notes[data-of=${name}]`);
    section.hidden = !lines.length;
    section.lastElementChild.replaceChildren(...lines.map(([text, by]) => element("li", {}, text, element("span", { className: "by" }, by))));
  }

  stateOf(item) {
    return item.pending ?? item.state;
  }

  // Until the server says what holds, a decision is taken to hold.
  pend(id, decision) {
    const shown = { second_look: "second", withdrawn: "open" }[decision] ?? decision;
    this.pending.set(id, shown);
    const item = this.items.items.find((one) => one.id === id);
    if (item) item.pending = shown;
    this.items.draw();
  }

  unpend(id) {
    this.pending.delete(id);
    const item = this.items.items.find((one) => one.id === id);
    if (item) delete item.pending;
    this.items.draw();
  }

  speak(words) {
    write(this.find(".spoken[role=status]"), words);
  }

  drawBanners() {
    const banners = [];
    if (this.isRefused) banners.push(TEXT.refused);
    else if (this.line.problem) banners.push(this.line.unsaid ? TEXT.notKept : this.line.problem);
    if (this.records) banners.push(TEXT.records(this.records));
    const node = this.find(".banners");
    banners.forEach((text, i) => write(node.children[i] ?? node.appendChild(element("p")), text));
    while (node.children.length > banners.length) node.lastElementChild.remove();
  }

  // The pass was refused: the page checks the link again and makes a new one.
  renew() {
    this.isRefused = true;
    const isAgain = this.renewedAt && performance.now() - this.renewedAt < RENEW_AGAIN_AFTER_MS;
    this.renewedAt = performance.now();
    if (!isAgain) this.setTriggerValue("renew", true);
    this.drawBanners();
  }

  close() {
    this.keys.close();
    this.report.close();
    this.line.close();
    this.player.close();
    this.shared.leave();
    this.kept.close();
  }
}

const reviews = new WeakMap(); // Streamlit calls again with the same element when data changes

export default function (component) {
  const root = component.parentElement;
  if (!reviews.has(root)) reviews.set(root, new Review(root));
  reviews.get(root).update(component);
  return () => {
    reviews.get(root)?.close();
    reviews.delete(root);
  };
}

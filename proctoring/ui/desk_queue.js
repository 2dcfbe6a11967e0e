// The attention queue: incidents in the server's order, people who ask, whom nobody has looked at;
// what is left for the review, and what was decided.

const ASKS = ["asks_in", "hand", "unread"];
const WHY_LEFT = {
  budget: "there was no room for more in ten minutes",
  past: "it had been over for ten minutes",
  finished: "the exam is finished",
};
const OUTCOMES = { nothing: "looked at, nothing to do", review: "for review" };
const MOST_DECIDED = 50; // that are shown here; the review has all of them

class Queue {
  constructor(desk, find, cards) {
    Object.assign(this, { desk, find, cards, feet: new WeakMap(), asking: new Map() });
    this.lists = { queue: find("#cards-conduct > .cards"), left: find(".left .cards"), decided: find(".decided .cards") };
    this.touched = new Touched(find("#cards-conduct"));
    find(".looks button").onclick = () => desk.open(this.desk.duty.told.looks[0]?.participant_id);
  }

  // The line below a card of the queue: one click decides.
  foot(card, isNear = false) {
    const decide = (outcome) => this.decide(card, outcome, isNear);
    const foot = {
      words: element("span", { className: "with" }),
      done: element("button", { type: "button", className: "done", onclick: () => decide("nothing") }, "Nothing to do"),
      review: element("button", { type: "button", className: "review", onclick: () => decide("review") }, "For review"),
      open: element("button", { type: "button", onclick: () => this.desk.open(card.incident.participant_id) }, "Open"),
    };
    foot.open.hidden = isNear;
    foot.root = element("div", { className: "decide", tabIndex: -1 }, foot.done, foot.review, foot.open, foot.words);
    this.feet.set(card, foot);
    return foot.root;
  }

  // `isNear`: of a candidate who is open.
  async decide(card, outcome, isNear) {
    const { incident } = card;
    const cards = [...this.lists.queue.children];
    const next = cards[cards.indexOf(card.root) + 1] ?? cards[cards.indexOf(card.root) - 1];
    this.sent = new Map(this.sent).set(incident.id, outcome); // shown at once, told by the server soon
    this.draw(true);
    const target = isNear ? card.root.querySelector(".decide") : (next?.querySelector(".done:not([hidden])") ?? this.find("#cards-conduct"));
    target.focus({ preventScroll: true });
    const why = await this.desk.duty.decide(incident, outcome);
    if (!why) return;
    this.sent.delete(incident.id);
    this.desk.frame.tell(why);
    this.draw(true);
  }

  // The server has spoken: what it says now counts.
  take({ decided }) {
    for (const { id } of decided) this.sent?.delete(id);
    this.draw();
  }

  // `isAsked`: somebody pressed something, so that nothing has to wait.
  draw(isAsked = false) {
    const { duty, feeds } = this.desk;
    const all = [...feeds.conduct.cards];
    const told = duty.told;
    const place = new Map();
    told.queue.forEach(({ id }, i) => place.set(id, ["queue", i]));
    told.left.forEach(({ id, why }, i) => place.set(id, ["left", i, why]));
    told.decided.forEach((one, i) => place.set(one.id, ["decided", i, one]));
    for (const [id, outcome] of this.sent ?? []) place.set(id, ["decided", -1, { outcome, name: duty.name }]);
    const placed = { queue: [], left: [], decided: [] };
    // What has just come and is in no order yet is on top, the newest first.
    for (const [i, [id, card]] of all.entries()) {
      const [list, at, said] = place.get(id) ?? ["queue", -1 - i];
      placed[list].push([at, card, said]);
    }
    for (const [id, card] of this.desk.panel?.lists.conduct.cards ?? []) {
      const [list = "queue", , said] = place.get(id) ?? [];
      this.drawFoot(card, list, said);
    }
    const moves = [];
    for (const [name, cards] of Object.entries(placed)) {
      cards.sort(([a], [b]) => a - b);
      if (name === "decided") cards.splice(MOST_DECIDED);
      for (const [, card, said] of cards) this.drawFoot(card, name, said);
      const roots = cards.map(([, card]) => card.root);
      const list = this.lists[name];
      const isSame = roots.length === list.children.length && roots.every((root) => root.parentNode === list);
      if ((isAsked || !isSame || !this.touched.isFresh) && !isArranged(list, roots)) moves.push([list, roots]);
    }
    const cards = all.map(([, { root }]) => root).filter((root) => root.isConnected);
    if (moves.length) steadily(this.lists.queue, cards, () => moves.forEach((move) => arrange(...move)));
    this.size = placed.queue.length;
    this.drawMore(placed);
    this.drawAsks();
    this.drawLooks();
    this.drawBudget();
  }

  drawFoot(card, list, said) {
    const foot = this.feet.get(card);
    if (!foot) return;
    const { duty, mayAct } = this.desk;
    const claim = duty.claimOf(card.incident.participant_id);
    const isOthers = duty.isOthers(card.incident.participant_id);
    foot.root.hidden = !mayAct;
    foot.done.hidden = list === "decided" || isOthers;
    foot.review.hidden = (list === "decided" && said.outcome === "review") || isOthers;
    let words = claim ? `With ${isOthers ? duty.nameOf(claim) : "you"}` : "";
    if (list === "left") words = `Left for the review: ${WHY_LEFT[said] ?? said}.`;
    if (list === "decided") words = `${said.name ? `${said.name}: ` : ""}${OUTCOMES[said.outcome]}${said.at ? `, ${clock(said.at)}` : ""}`;
    write(foot.words, words);
    card.root.classList.toggle("with-other", isOthers && list === "queue");
  }

  drawMore({ left, decided }) {
    for (const [name, words, cards] of [["left", "Left for the review", left], ["decided", "Decided", decided]]) {
      const node = this.find(`.${name}`);
      node.hidden = !cards.length;
      write(node.querySelector("summary"), `${words}: ${cards.length}`);
    }
  }

  // People who ask come before anything that a detector says.
  drawAsks() {
    const asking = [...(this.desk.candidates?.values() ?? [])].filter((c) => c.marks.some((mark) => ASKS.includes(mark)));
    const rows = asking.map((candidate) => {
      const { id, name, marks } = candidate;
      if (!this.asking.has(id)) {
        const button = element("button", { type: "button", onclick: () => this.desk.open(id) }, element("span"), element("b"), element("span"));
        this.asking.set(id, element("li", {}, button));
      }
      const row = this.asking.get(id);
      const mark = ASKS.find((one) => marks.includes(one));
      const [shape, who, what] = row.firstChild.children;
      if (row.dataset.mark !== mark) shape.replaceChildren(icon(mark));
      row.dataset.mark = mark;
      write(who, name);
      write(what, MARKS[mark].toLowerCase());
      return row;
    });
    const list = this.find(".asking");
    list.hidden = !rows.length;
    arrange(list, rows);
  }

  drawLooks() {
    const { looks, look_every_min } = this.desk.duty.told;
    const node = this.find(".looks");
    node.hidden = !looks.length || !this.desk.mayAct;
    if (node.hidden) return;
    const names = looks.slice(0, 3).map(({ participant_id }) => this.desk.name(participant_id));
    const more = looks.length > names.length ? ` and ${looks.length - names.length} more` : "";
    write(node.querySelector("span"), `Not looked at for ${look_every_min}\u00a0min: ${more ? names.join(", ") + more : listed(names)}.`);
  }

  drawBudget() {
    const { told, isKnown } = this.desk.duty;
    const node = this.find(".budget");
    node.hidden = !isKnown || !told.budget || !this.desk.mayAct;
    if (node.hidden) return;
    const { used, of, minutes } = told.budget;
    const taken = Math.min(of, used + told.queue.length);
    const meter = node.querySelector("meter");
    Object.assign(meter, { min: 0, max: of, value: taken });
    const desks = told.desks.length > 1 ? `, ${told.desks.length} desks` : "";
    write(node.querySelector("span"), `${used} decided, ${told.queue.length} waiting; at most ${of} in ${minutes}\u00a0min${desks}`);
  }
}

// The session on one line: what was measured of each signal, what was observed and when, milestones,
// and the playhead.

const TICKS_S = [60, 120, 300, 600, 900, 1800, 3600, 7200];
const MOST_TICKS = 8;

class Timeline {
  constructor(desk, find) {
    Object.assign(this, { desk, find });
    write(find("#time-title"), TEXT.time);
    write(find(".privacy"), TEXT.privacy);
    const legend = Object.entries(RIBBON_WORDS).map(([state, words]) => element("span", {}, element("i", { className: "piece", dataset: { state } }), words));
    const marks = Object.entries(TABS).map(([tab, { name, mark }]) => element("span", {}, markIcon(tab, mark), name.toLowerCase()));
    find(".legend").append(...legend, ...marks);
    this.range = element("input", { type: "range", min: 0, step: 1, className: "scrub" });
    this.range.setAttribute("aria-label", TEXT.playhead);
    this.range.oninput = () => desk.player.seek(Number(this.range.value));
    this.head = element("i", { className: "playhead" });
    this.head.setAttribute("aria-hidden", "true");
    this.axis = element("div", { className: "axis" });
    this.miles = element("div", { className: "miles" });
    this.body = element("div", { className: "body" });
    find(".lanes").append(
      element("div", { className: "lane top" }, element("span", {}), element("div", { className: "track" }, this.axis, this.range), element("span", {})),
      element("div", { className: "lane miles-lane" }, element("span", {}), this.miles, element("span", {})),
      this.body,
      this.head,
    );
    this.body.onclick = (event) => this.pick(event);
  }

  update(candidate) {
    this.start = Date.parse(candidate.started_at ?? candidate.joined_at);
    this.seconds = Math.max(1, (Date.parse(candidate.end ?? candidate.joined_at) - this.start) / 1000);
    this.range.max = Math.ceil(this.seconds);
    this.find(".time").hidden = !candidate.started_at;
    const drawn = JSON.stringify([candidate.id, candidate.end, candidate.ribbons, candidate.milestones, candidate.items.map(({ id, state, to }) => [id, state, to])]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.axis.replaceChildren(...this.ticks());
    this.miles.replaceChildren(...candidate.milestones.map((one) => this.milestone(one)));
    this.body.replaceChildren(...candidate.ribbons.map((ribbon) => this.lane(ribbon, candidate)));
  }

  at(iso) {
    return (Date.parse(iso) - this.start) / 1000;
  }

  clock(seconds) {
    return clock(new Date(this.start + 1000 * seconds).toISOString());
  }

  move(t) {
    this.head.style.setProperty("--at", share(t, this.seconds));
    this.range.value = t;
    this.range.setAttribute("aria-valuetext", this.clock(t));
    this.desk.shared.moveTo(this.start + 1000 * t);
  }

  choose(itemId) {
    for (const mark of this.body.querySelectorAll(".mark")) mark.classList.toggle("chosen", mark.dataset.item === itemId);
  }

  ticks() {
    const step = TICKS_S.find((s) => this.seconds / s <= MOST_TICKS) ?? TICKS_S.at(-1);
    const found = [];
    for (let t = 0; t <= this.seconds * 0.95; t += step) {
      const tick = element("span", {}, this.clock(t).slice(0, 5));
      tick.style.left = `${100 * share(t, this.seconds)}%`;
      found.push(tick);
    }
    return found;
  }

  milestone({ kind, at, text }) {
    const words = `${MILESTONES[kind]} ${clock(at)}${text ? `: ${text}` : ""}`;
    const node = element("span", { title: words, dataset: { kind } }, icon(kind), element("span", { className: "spoken" }, words));
    node.style.left = `${100 * share(this.at(at), this.seconds)}%`;
    return node;
  }

  lane({ name, title, share: measured, pieces }, { items }) {
    const track = element("div", { className: "track ribbon", dataset: { of: name } });
    track.setAttribute("aria-hidden", "true");
    for (const piece of pieces) track.append(this.piece(piece));
    for (const item of items) {
      for (const incident of item.incidents) {
        if (incident.analyser === name) track.append(...incident.occurrences.map((o) => this.mark(item, incident, o)));
      }
    }
    const words = pieces.some(({ state }) => state === "exempt") ? RIBBON_WORDS.exempt : percent(measured);
    const gaps = pieces.map((p) => `${clock(p.from)} to ${clock(p.to)}: ${RIBBON_WORDS[p.state]}${p.reason ? `, ${p.reason}` : ""}`);
    const row = element("div", { className: "lane" }, element("span", { className: "name" }, title), track, element("span", { className: "of" }, words));
    if (gaps.length) row.append(element("span", { className: "spoken" }, gaps.slice(0, 12).join("; ")));
    return row;
  }

  piece({ from, to, state, reason }) {
    const node = element("i", { className: "piece", title: `${RIBBON_WORDS[state]}${reason ? `: ${reason}` : ""}`, dataset: { state } });
    node.style.left = `${100 * share(this.at(from), this.seconds)}%`;
    node.style.width = `max(2px, ${100 * share((Date.parse(to) - Date.parse(from)) / 1000, this.seconds)}%)`;
    return node;
  }

  mark(item, incident, occurrence) {
    const from = this.at(occurrence.opened_at);
    const node = element("span", { className: "mark", title: `${incident.title}, ${clock(occurrence.opened_at)}${stateWords(item, item.state) && `: ${stateWords(item, item.state)}`}` });
    Object.assign(node.dataset, { item: item.id, tab: item.tab, at: from, state: item.state });
    node.append(icon(TABS[item.tab].mark));
    node.style.left = `${100 * share(from, this.seconds)}%`;
    node.style.setProperty("--length", `${100 * share(this.at(occurrence.last_seen_at) - from, this.seconds)}cqw`);
    return node;
  }

  // A click on a mark goes to its observation; one beside it moves the playhead.
  pick(event) {
    const mark = event.target.closest(".mark");
    if (mark) return void this.desk.items.open(mark.dataset.item, Number(mark.dataset.at));
    const track = event.target.closest(".track");
    if (!track) return;
    const box = track.getBoundingClientRect();
    this.desk.player.seek(((event.clientX - box.left) / box.width) * this.seconds);
  }
}

function markIcon(tab, mark) {
  const node = element("span", { className: "mark", dataset: { tab } });
  node.append(icon(mark));
  return node;
}

function share(seconds, all) {
  return Math.min(1, Math.max(0, seconds / all));
}

// One candidate on the wall: the newest picture, what is the matter, what arrives, how long is left.

const STALE_AFTER_S = 10;
const UNCERTAIN_FOR_MS = 10000; // what comes and goes sooner is in the candidate's coverage alone
const LINE_WORDS = { camera: "Camera", microphone: "Microphone", page: "Line" };
const SHORT_OF_TIME_S = 300;

class Tile {
  constructor(desk, id) {
    Object.assign(this, { desk, id, receivedAt: performance.now(), age: null, uncertainSince: new Map() });
    this.name = element("span", { className: "name" });
    this.badges = element("span", { className: "badges" });
    this.image = element("img", { className: "still", alt: "", hidden: true });
    this.nothing = element("span", { className: "nothing" });
    this.ageNote = element("span", { className: "age", ariaHidden: "true" }); // it changes all the time
    this.score = element("span", { className: "score" });
    this.strip = element("span", { className: "strip" });
    this.left = element("span", { className: "time-left" });
    this.facts = element("span", { className: "facts" });
    this.button = element(
      "button",
      { type: "button", className: "tile", onclick: () => desk.open(id) },
      element("span", { className: "caption" }, this.name, this.score), // first, to be heard first
      element("span", { className: "picture" }, this.image, this.nothing, this.badges, this.ageNote),
      element("span", { className: "foot" }, this.strip, this.left),
      this.facts,
    );
    this.box = element("input", { type: "checkbox", onchange: () => desk.bulk.set(id, this.box.checked) });
    this.pick = element("label", { className: "pick" }, this.box, element("span", { className: "spoken" }));
    this.looked = element("button", { type: "button", className: "looked", onclick: () => desk.looked(id) }, "Looked at");
    this.unseen = element("p", { className: "unseen", hidden: true }, icon("eye"), element("span"), this.looked);
    this.root = element("li", {}, this.pick, this.button, this.unseen);
  }

  update(candidate) {
    this.candidate = candidate;
    this.age = candidate.picture_age_s;
    this.receivedAt = performance.now();
    const uncertain = candidate.signals.filter(isUncertain).map(({ title }) => title);
    this.uncertainSince = new Map(uncertain.map((title) => [title, this.uncertainSince.get(title) ?? this.receivedAt]));
    write(this.name, candidate.name);
    write(this.pick.lastChild, `Select ${candidate.name}`);
    const warned = candidate.warnings ? ` · ${count(candidate.warnings, "warning")}` : "";
    write(this.score, `To look at: ${candidate.score} of 100${warned}`);
    this.button.classList.toggle("look", candidate.marks.includes("look"));
    drawBadges(this.badges, candidate.marks);
    this.drawStrip(candidate);
    this.tick();
  }

  show(blob) {
    const old = this.image.src;
    this.image.src = URL.createObjectURL(blob);
    this.image.hidden = false;
    if (old) URL.revokeObjectURL(old);
  }

  tick() {
    const { candidate } = this;
    const isDone = candidate.marks.some((mark) => mark === "finished" || mark === "waiting");
    const age = this.pictureAge;
    const isStale = age !== null && age > STALE_AFTER_S;
    this.button.classList.toggle("stale", isStale || candidate.marks.includes("disconnected"));
    this.nothing.hidden = !this.image.hidden;
    write(this.nothing, isDone ? MARKS[candidate.marks[0]] : "No picture yet");
    this.ageNote.hidden = age === null || this.image.hidden;
    if (age !== null) write(this.ageNote, isStale ? `old picture, ${ago(age)}` : ago(age));
    this.drawFacts();
  }

  // Seconds since the picture was taken, also while the server says nothing.
  get pictureAge() {
    return this.age === null ? null : this.age + (performance.now() - this.receivedAt) / 1000;
  }

  // Titles of what could not be told for a while.
  get uncertain() {
    const before = performance.now() - UNCERTAIN_FOR_MS;
    return [...this.uncertainSince].filter(([, since]) => since < before).map(([title]) => title);
  }

  // Camera, microphone, line: a shape each, crossed out where nothing arrives; by which way; how much
  // is measured.
  drawStrip({ line, way, signals, left_s, finished_at, started_at, paused }) {
    const said = Object.entries(line);
    const measured = signals.filter(({ state }) => state === "measured").length;
    const key = JSON.stringify([said, way, measured, signals.length]);
    if (this.strip.dataset.said !== key) {
      this.strip.dataset.said = key;
      const parts = said.map(([name, isOn]) => {
        const words = `${LINE_WORDS[name]} ${isOn ? "on" : "off"}`;
        return element("span", { className: "medium", title: words, dataset: { on: isOn } }, icon(name), element("span", { className: "spoken" }, `${words}, `));
      });
      if (WAYS[way]) {
        const [words, meaning] = WAYS[way];
        parts.push(element("span", { className: "medium", title: `${words}: ${meaning}`, dataset: { way } }, icon(way), element("span", { className: "spoken" }, `${words}, `)));
      }
      if (signals.length) parts.push(element("span", { title: "Signals that are measured now" }, `${measured}/${signals.length}`, element("span", { className: "spoken" }, " measured, ")));
      this.strip.replaceChildren(...parts);
    }
    const runs = started_at && !finished_at && left_s !== null;
    write(this.left, runs ? `${shortly(left_s)} left` : "");
    this.left.classList.toggle("short", Boolean(runs && left_s < SHORT_OF_TIME_S && !paused));
  }

  // Conduct first, then the equipment, then what is not measured; never mixed.
  drawFacts() {
    const { marks, signals, open } = this.candidate;
    const incidents = open.map((id) => this.desk.incident(id)).filter(Boolean);
    const lines = ["conduct", "technical"].flatMap((category) =>
      incidents.filter((incident) => incident.category === category).map((incident) => this.factOf(incident)),
    );
    // What is over and waits for somebody all the same.
    const over = this.desk.duty.told.queue.filter(({ id, participant_id }) => participant_id === this.id && !open.includes(id));
    lines.push(...over.map(({ id }) => this.desk.incident(id)).filter(Boolean).map(({ title }) => ["look", `${title}, over`]));
    const lost = marks.includes("disconnected") ? ["Nothing is measured now"] : notMeasured(signals);
    if (!lost.length && this.uncertain.length) lost.push(`Not certain: ${listed(this.uncertain)}`);
    lines.push(...lost.map((text) => ["unmeasured", text]));
    const claim = this.desk.duty.claimOf(this.id);
    if (claim) lines.push(["claimed", this.desk.duty.isMine(claim) ? "With you" : `With ${this.desk.duty.nameOf(claim)}`]);
    while (this.facts.children.length > lines.length) this.facts.lastElementChild.remove();
    lines.forEach(([mark, text], i) => {
      let fact = this.facts.children[i];
      if (fact?.dataset.mark !== mark) {
        const made = element("span", { className: "fact", dataset: { mark } }, icon(mark), element("span"));
        fact ? fact.replaceWith(made) : this.facts.append(made);
        fact = made;
      }
      write(fact.lastElementChild, text);
    });
  }

  // The prompt of a calm look: nobody looked for too long.
  drawUnseen(minutes) {
    this.unseen.hidden = minutes === null;
    if (minutes !== null) write(this.unseen.children[1], `Not looked at for ${minutes}\u00a0min`);
    this.looked.setAttribute("aria-label", `Looked at ${this.candidate.name}`);
  }

  factOf(incident) {
    const seconds = (this.desk.now() - Date.parse(openedAt(incident))) / 1000;
    const mark = incident.category === "conduct" ? "look" : "technical";
    return [mark, seconds < 1 ? incident.title : `${incident.title}, ${lasting(seconds, true)}`];
  }
}

function openedAt(incident) {
  return incident.occurrences.find((o) => !o.closed_at)?.opened_at ?? incident.occurrences.at(-1).opened_at;
}

// "42 min", and in the last minutes "4:05"
function shortly(seconds) {
  if (seconds >= 3600) return lasting(seconds);
  if (seconds >= SHORT_OF_TIME_S) return `${Math.floor(seconds / 60)}\u00a0min`;
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}

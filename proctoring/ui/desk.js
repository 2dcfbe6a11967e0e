// The desk: one line to the server feeds the wall, the incidents and the open candidate.

const TICK_MS = 500;
const RENEW_AGAIN_AFTER_MS = 30000;

class Desk {
  constructor(root) {
    this.find = (selector) => root.querySelector(selector);
    this.incidents = new Map(); // id -> incident, in order of arrival
    this.candidates = null; // id -> candidate, once the server has spoken
    this.problem = "";
    this.clockOffset = 0; // ms, the server's clock minus ours
    this.feeds = {};
    this.duty = new Duty(this);
    for (const category of ["conduct", "technical"]) {
      const list = this.find(`#cards-${category} > .cards`);
      const foot = category === "conduct" ? (card) => this.queue.foot(card) : undefined;
      this.feeds[category] = new Cards(this, list, { isNamed: true, foot });
    }
    this.queue = new Queue(this, this.find);
    this.explanations = new Map(); // id of an occurrence -> what the candidate says of it
    this.acting = new ActLine((message) => this.link?.send(message));
    this.wall = new Wall(this, this.find);
    this.bulk = new Bulk(this, this.find);
    this.alerts = new Alerts(this, this.find);
    this.panel = new Panel(this, this.find);
    this.evidence = new Evidence();
    this.lightbox = new Lightbox(this.find(".lightbox"), this.evidence);
    this.frame = new Frame(this, this.find);
    this.link = new DeskLink({
      hello: () => this.duty.hello,
      onOpen: () => {
        this.look(this.looksAt ?? "");
        this.acting.sendAll();
      },
      onMessage: (message) => this.take(message),
      onStill: (id, blob) => this.wall.show(id, blob),
      onRefused: () => this.renew(),
    });
    this.ticker = setInterval(() => this.tick(), TICK_MS);
  }

  update({ data, setTriggerValue }) {
    Object.assign(this, { data, setTriggerValue, signals: data.signals });
    this.evidence.update(data.pass);
    this.link.update(data.pass);
    this.frame.draw();
  }

  take(message) {
    if (message.type === "incidents") this.takeIncidents(message);
    else if (message.type === "candidates") this.takeCandidates(message);
    else if (message.type === "coverage") this.panel.drawCoverage(message);
    else if (message.type === "recent") this.panel.recent.take(message);
    else if (message.type === "duty") this.takeDuty(message);
    else if (message.type === "talk") this.takeTalk(message);
    else if (message.type === "explanations") this.takeExplanations(message);
    else if (message.type === "done" || message.type === "not_done") this.acting.take(message);
    else if (message.type === "server") this.problem = message.problem;
    this.isRefused = false;
    this.frame.draw();
  }

  takeIncidents({ whole, incidents }) {
    if (whole) [...this.incidents.keys()].forEach((id) => this.drop(id));
    for (const incident of incidents) {
      // One that came late can begin earlier, and take in the first of what was another.
      for (const { id } of incident.occurrences) if (id !== incident.id) this.drop(id);
      this.incidents.set(incident.id, incident);
      this.feeds[incident.category].take(incident);
      this.panel.take(incident);
    }
    this.queue.draw();
  }

  takeDuty(message) {
    this.duty.take(message);
    this.queue.take(message);
    if (this.panel.isOpen) this.panel.claims.draw(this.panel.id);
    this.wall.draw();
    this.alerts.update();
  }

  takeTalk({ participant_id, acts }) {
    if (participant_id === this.panel.id) this.panel.talk.take(acts);
  }

  takeExplanations({ explanations }) {
    this.explanations.clear();
    for (const one of explanations) {
      this.explanations.set(one.incident, [...(this.explanations.get(one.incident) ?? []), one]);
    }
    for (const list of [...Object.values(this.feeds), ...Object.values(this.panel.lists)]) {
      for (const card of list.cards.values()) card.drawExplained();
    }
  }

  drop(id) {
    this.incidents.delete(id);
    for (const feed of Object.values(this.feeds)) feed.drop(id);
    this.panel.drop(id);
  }

  // Whoever reviews (`live` is false) sees nobody live, so the desk does not ask.
  takeCandidates({ now, candidates: all, live }) {
    this.mayAct = live;
    const candidates = all.map((candidate) => withMarks(live ? candidate : { ...candidate, is_live: false }));
    this.clockOffset = Date.parse(now) - Date.now();
    this.candidates = new Map(candidates.map((candidate) => [candidate.id, candidate]));
    this.wall.update(candidates);
    this.queue.draw();
    this.alerts.update();
    if (this.panel.isOpen) this.panel.update(this.candidates.get(this.panel.id));
  }

  tick() {
    this.wall.tick();
    this.panel.tick();
    for (const feed of Object.values(this.feeds)) feed.tick();
    this.frame.draw();
  }

  close() {
    clearInterval(this.ticker);
    this.link.close();
    this.acting.close();
    this.panel.close();
    this.alerts.close();
    this.frame.close();
    this.evidence.close();
  }

  // --- what the parts ask ----------------------------------------------------------------

  looked = (id) => this.duty.looked(id);
  act = (id, kind, content) => this.acting.act(id, kind, content);
  explanationsOf = (incident) => incident.occurrences.flatMap(({ id }) => this.explanations.get(id) ?? []);
  now = () => Date.now() + this.clockOffset;
  incident = (id) => this.incidents.get(id);
  candidate = (id) => this.candidates?.get(id);
  name = (id) => this.candidates?.get(id)?.name ?? "";
  isRunning = (id) => Boolean(this.candidates?.get(id)?.is_running);
  incidentsOf = (id) => [...this.incidents.values()].filter((i) => i.participant_id === id);
  stillOf = (id) => this.wall.tiles.get(id)?.image.src;
  liveOptions = () => ({ pass: this.data.pass });
  enlarge = (pictures, index) => this.lightbox.open(pictures, index);
  open = (id) => this.candidates?.has(id) && this.panel.open(id);
  focusTile = (id) => this.wall.tiles.get(id)?.button.focus({ preventScroll: true });

  look(id) {
    this.looksAt = id;
    this.link.send({ type: "look", participant: id });
  }

  // The pass was refused: the page checks the proctor's secret again and makes a new one.
  renew() {
    this.isRefused = true;
    const isAgain = this.renewedAt && performance.now() - this.renewedAt < RENEW_AGAIN_AFTER_MS;
    this.renewedAt = performance.now();
    if (!isAgain) this.setTriggerValue("renew", true);
    this.frame.draw();
  }
}

// What is not told as a mark, and yet is one for the eye.
function withMarks(candidate) {
  const { marks, unread, adjusted } = candidate;
  return { ...candidate, marks: [...marks, ...(unread ? ["unread"] : []), ...(adjusted ? ["adjusted"] : [])] };
}

const desks = new WeakMap(); // Streamlit calls again with the same element when data changes

export default function (component) {
  const root = component.parentElement;
  if (!desks.has(root)) desks.set(root, new Desk(root));
  desks.get(root).update(component);
  return () => {
    desks.get(root)?.close();
    desks.delete(root);
  };
}

// Who of several proctors is with whom, what was decided, and whom nobody has looked at: as the
// server says it to every desk alike.

const DESK_ID = "openproctor.desk.id"; // of this tab
const DESK_NAME = "openproctor.desk.name"; // of this browser
const LOOKED_AGAIN_AFTER_MS = 60000;

class Duty {
  constructor(desk) {
    this.desk = desk;
    this.id = stored(DESK_ID, "sessionStorage") || newId();
    store(DESK_ID, this.id, "sessionStorage");
    this.name = stored(DESK_NAME);
    this.lookedAt = new Map(); // participant id -> performance.now()
    this.taken = null; // whom this desk claimed by opening them
    this.take({ queue: [], left: [], decided: [], claims: {}, looks: [], desks: [], budget: null });
    this.isKnown = false;
  }

  take(told) {
    this.isKnown = true;
    this.told = told;
    this.waiting = new Set(told.queue.map(({ participant_id }) => participant_id));
    this.since = new Map(told.looks.map(({ participant_id, since }) => [participant_id, Date.parse(since)]));
  }

  get hello() {
    return { desk: this.id, name: this.name };
  }

  call(name) {
    this.name = name.trim().slice(0, 40);
    store(DESK_NAME, this.name);
    this.desk.link.send({ type: "name", name: this.name });
  }

  get others() {
    return this.told.desks.filter(({ id }) => id !== this.id);
  }

  isWaiting = (participant) => this.waiting.has(participant);
  claimOf = (participant) => this.told.claims[participant] ?? null;
  isMine = (claim) => claim?.desk === this.id;
  isOthers = (participant) => Boolean(this.claimOf(participant)) && !this.isMine(this.claimOf(participant));

  // What a desk is called: as its proctor said, or by its number among those that are open.
  nameOf({ desk, id = desk, name }) {
    const known = this.told.desks.findIndex((one) => one.id === id);
    return this.told.desks[known]?.name || name || (known < 0 ? "another desk" : `desk ${known + 1}`);
  }

  // Whole minutes since anybody looked; null while nobody has to.
  unseenFor(participant) {
    const since = this.since.get(participant);
    return since === undefined || !this.desk.mayAct ? null : Math.floor((this.desk.now() - since) / 60000);
  }

  // --- what this desk does ---------------------------------------------------------------

  looked(participant) {
    const last = this.lookedAt.get(participant);
    if (!this.desk.mayAct || (last !== undefined && performance.now() - last < LOOKED_AGAIN_AFTER_MS)) return;
    this.lookedAt.set(participant, performance.now());
    this.desk.act(participant, "looked", this.hello);
  }

  decide({ id, participant_id }, outcome) {
    this.lookedAt.set(participant_id, performance.now());
    return this.desk.act(participant_id, "looked", { ...this.hello, incident: id, outcome });
  }

  claim = (participant) => this.desk.act(participant, "claim", this.hello);
  release = (participant) => this.desk.act(participant, "release", this.hello);

  handOver(participant, { id, name }) {
    if (this.taken === participant) this.taken = null;
    return this.desk.act(participant, "hand_over", { ...this.hello, to: id, to_name: name });
  }

  // Whoever opens a candidate whom the queue names is with them, so that nobody else has to be.
  opened(participant) {
    this.looked(participant);
    if (!this.desk.mayAct || !this.others.length || this.claimOf(participant) || !this.isWaiting(participant)) return;
    this.taken = participant;
    this.claim(participant);
  }

  closed(participant) {
    if (this.taken === participant) this.release(participant);
    this.taken = null;
  }
}

// In an open candidate: who is with them, and to whom they can be handed over.
class ClaimRow {
  constructor(desk, node) {
    Object.assign(this, { desk, node });
    this.words = element("span");
    this.take = element("button", { type: "button", onclick: () => desk.duty.claim(this.id) }, "Stay with them");
    this.drop = element("button", { type: "button", onclick: () => desk.duty.release(this.id) }, "Let go");
    this.to = element("select", { ariaLabel: "Hand over to", onchange: () => this.handOver() });
    node.append(icon("claimed"), this.words, this.take, this.drop, this.to);
  }

  handOver() {
    const other = this.desk.duty.others.find(({ id }) => id === this.to.value);
    if (other) this.desk.duty.handOver(this.id, other);
  }

  draw(id) {
    this.id = id;
    const { duty } = this.desk;
    const claim = duty.claimOf(id);
    const isMine = duty.isMine(claim);
    this.node.hidden = !this.desk.mayAct || (!claim && !duty.others.length);
    const since = claim ? ` since ${clock(claim.since)}` : "";
    write(this.words, isMine ? `With you${since}.` : claim ? `With ${duty.nameOf(claim)}${since}.` : "Nobody is with them.");
    this.take.hidden = Boolean(claim);
    this.drop.hidden = !isMine;
    this.to.hidden = !isMine || !duty.others.length;
    const key = JSON.stringify(duty.others);
    if (this.to.dataset.of === key) return;
    this.to.dataset.of = key;
    const options = duty.others.map((one) => element("option", { value: one.id }, duty.nameOf(one)));
    this.to.replaceChildren(element("option", { value: "" }, "Hand over to …"), ...options);
  }
}

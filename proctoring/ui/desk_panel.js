// One candidate, near: live picture and sound, what was measured, their incidents.

const LIVE_WORDS = { connecting: "Connecting", live: "Live", failed: "No live picture", none: "No live picture" };

class Panel {
  constructor(desk, find) {
    this.desk = desk;
    this.find = (selector) => find(".panel").querySelector(selector);
    this.dialog = find(".panel");
    this.video = this.find("video");
    this.lists = {
      conduct: new Cards(desk, this.find(".cards.conduct"), { foot: (card) => desk.queue.foot(card, true) }),
      technical: new Cards(desk, this.find(".cards.technical")),
    };
    this.talk = new Talk(desk, this, this.find);
    this.actions = new Actions(desk, this, this.find);
    const ask = (path) => fetch(address(path), { headers: { Authorization: `Bearer ${desk.data.pass}` } });
    this.shared = new StillStrip(this.find(".shared"), { ask, isLive: true });
    this.claims = new ClaimRow(desk, this.find(".claims"));
    this.recent = new RecentSignals(desk, this.find(".recent"));
    this.find(".close").append(icon("close"));
    this.find(".close").onclick = () => this.dialog.close();
    this.find(".retry").onclick = () => this.startLive();
    this.find(".sound").onclick = () => this.setSound(this.video.muted);
    this.dialog.onclose = () => this.leave();
    closeBeside(this.dialog);
  }

  get isOpen() {
    return this.dialog.open;
  }

  open(id) {
    if (this.isOpen && this.id === id) return;
    if (this.isOpen) this.leave();
    this.id = id;
    this.find(".still").removeAttribute("src");
    this.find(".ribbons").replaceChildren(element("p", { className: "none" }, "Loading"));
    for (const list of Object.values(this.lists)) list.clear();
    for (const incident of this.desk.incidentsOf(id)) this.take(incident);
    this.desk.queue.draw();
    this.setSound(false);
    this.talk.reset();
    this.actions.reset();
    this.recent.reset(id);
    this.find(".doing").classList.toggle("reads", !this.desk.mayAct);
    this.update(this.desk.candidate(id));
    if (!this.dialog.open) this.dialog.showModal();
    this.dialog.scrollTop = 0;
    this.find("h2").focus();
    this.desk.look(id);
    this.shared.open(`stills/${encodeURIComponent(id)}`);
    this.desk.duty.opened(id);
  }

  leave() {
    this.live?.close();
    this.live = null;
    this.shared.leave();
    const id = this.id;
    this.id = null;
    this.desk.look("");
    this.desk.duty.closed(id);
    if (!this.dialog.open) this.desk.focusTile(id);
  }

  // The candidate's state has changed, or a second has gone by.
  update(candidate) {
    this.candidate = candidate;
    write(this.find("h2"), candidate.name);
    drawBadges(this.find(".badges"), candidate.marks);
    this.drawFacts();
    this.drawStill();
    this.claims.draw(this.id);
    this.actions.update(candidate);
    this.talk.see();
    if (candidate.is_live && !this.live) this.startLive();
    if (!candidate.is_live && this.live?.state !== "live") this.stopLive(candidate);
  }

  drawFacts() {
    const { started_at, finished_at, left_s, score, warnings, marks, server, paused, extra_s, way } = this.candidate;
    const facts = [["Started", started_at ? clock(started_at) : "not yet"]];
    if (finished_at) facts.push(["Finished", `${clock(finished_at)}, ${this.candidate.finish_reason}`]);
    else if (left_s !== null) facts.push(["Time left", lasting(left_s)]);
    if (this.candidate.ended) facts.push(["Ended because", this.candidate.ended]);
    if (paused) facts.push(["Paused", `since ${clock(paused.since)}: ${paused.reason}`]);
    if (extra_s) facts.push(["More time", lasting(extra_s)]);
    facts.push(["To look at", `${score} of 100`]);
    if (warnings) facts.push(["Warnings shown", String(warnings)]);
    if (WAYS[way]) facts.push(["Comes by", ...WAYS[way]]);
    if (marks.includes("disconnected")) facts.push(["Now", "nothing arrives from this candidate"]);
    if (marks.includes("elsewhere")) facts.push(["Now", `at server ${server}, which this one cannot reach`]);
    const rows = facts.map(([name, value, meaning = ""]) => element("div", { title: meaning }, element("dt", {}, name), element("dd", {}, value)));
    if (this.find(".facts").textContent !== rows.map((row) => row.textContent).join("")) {
      this.find(".facts").replaceChildren(...rows);
    }
  }

  drawStill() {
    const src = this.desk.stillOf(this.id);
    if (src) this.find(".still").src = src;
  }

  startLive() {
    this.live ??= new LiveView(this.video, (state, reason) => this.drawLive(state, reason));
    this.live.open({ participantId: this.id, ...this.desk.liveOptions() });
  }

  stopLive({ marks }) {
    this.live?.close();
    this.live = null;
    const reasons = {
      finished: "this exam is finished",
      waiting: "this exam has not begun",
      elsewhere: "the candidate's server cannot be reached from this one",
    };
    this.drawLive("none", reasons[marks[0]] ?? "no stream arrives; stills are shown where there are any");
  }

  drawLive(state, reason) {
    this.find(".live").dataset.state = state;
    write(this.find(".state b"), LIVE_WORDS[state] + (reason ? `: ${reason.replace(/\.$/, "")}` : ""));
    this.find(".retry").hidden = state !== "failed";
    this.find(".sound").hidden = state !== "live" || !this.video.srcObject?.getAudioTracks().length;
  }

  setSound(isOn) {
    this.video.muted = !isOn;
    const button = this.find(".sound");
    button.setAttribute("aria-pressed", String(isOn));
    button.replaceChildren(icon(isOn ? "sound" : "muted"), isOn ? "Sound is on" : "Turn on sound");
  }

  take(incident) {
    if (incident.participant_id !== this.id) return;
    this.lists[incident.category].take(incident);
    for (const [category, list] of Object.entries(this.lists)) {
      this.find(`.cards.${category} + .none`).hidden = list.size > 0;
    }
  }

  drop(id) {
    for (const list of Object.values(this.lists)) list.drop(id);
  }

  drawCoverage({ participant_id, from, to, signals }) {
    if (participant_id !== this.id) return;
    const isOpen = new Set([...this.find(".ribbons").querySelectorAll("details[open]")].map((d) => d.dataset.of));
    const rows = signals.map((signal) => ribbon(signal, Date.parse(from), Date.parse(to), isOpen.has(signal.title)));
    const scale = element("p", { className: "scale" }, element("span", {}, clock(from)), element("span", {}, clock(to)));
    const drawn = JSON.stringify([from, to, signals]);
    if (this.drawn === drawn || this.find(".ribbons").contains(this.dialog.getRootNode().activeElement)) return;
    this.drawn = drawn;
    this.find(".ribbons").replaceChildren(...rows, scale);
  }

  close() {
    this.live?.close();
    this.live = null;
    this.dialog.close();
  }

  tick() {
    if (this.isOpen) for (const list of Object.values(this.lists)) list.tick();
  }
}

// A bar over the time of the exam; what was not measured is cut out of it, and said in words.
function ribbon(signal, from, to, isOpen) {
  const length = Math.max(1, to - from);
  const bar = element("div", { className: "ribbon" });
  bar.setAttribute("aria-hidden", "true");
  for (const gap of signal.gaps) {
    const piece = element("span", { dataset: { state: gap.state } });
    piece.style.left = `${((Date.parse(gap.from) - from) / length) * 100}%`;
    piece.style.width = `max(2px, ${((Date.parse(gap.to) - Date.parse(gap.from)) / length) * 100}%)`;
    bar.append(piece);
  }
  const share = signal.measured === null ? "not yet" : percent(signal.measured);
  const head = [element("b", {}, signal.title), bar, element("span", { className: "share" }, share)];
  if (!signal.gaps.length) return element("div", { className: "measured" }, ...head);
  head.push(element("span", { className: "spoken" }, count(signal.gaps.length, "gap")));
  const lines = signal.gaps.map((gap) =>
    element("li", {}, `${clock(gap.from)} to ${clock(gap.to)}: ${STATES[gap.state]}${gap.reason ? `, ${gap.reason}` : ""}`),
  );
  const details = element("details", { open: isOpen, dataset: { of: signal.title } });
  details.append(element("summary", { className: "measured" }, ...head), element("ul", {}, ...lines));
  return details;
}

// Never rounded up to "all of it".
function percent(share) {
  const floor = Math.floor(share * 1000) / 10;
  return share >= 1 ? "100 %" : `${floor.toFixed(floor < 99 ? 0 : 1)} %`;
}

// A candidate's own record, after the exam.

class OwnRecord {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.addresses = []; // of pictures and sounds that are shown
    this.drafts = new Map(); // what is typed and not sent, by what it is about
    this.find("#own-title").textContent = WORDS.title;
    this.shared = new StillStrip(this.find(".shared"), { ask: (path) => this.ask(path), hasSlider: true });
    this.find(".lead").textContent = WORDS.lead;
  }

  update({ data, setTriggerValue }) {
    const isNew = this.pass !== data.pass;
    Object.assign(this, { pass: data.pass, setTriggerValue });
    if (isNew && !this.record) this.load();
  }

  ask(path, options = {}) {
    const url = new URL(`api/own${path}`, location.href);
    const headers = { Authorization: `Bearer ${this.pass}`, "Accept-Language": LANGUAGE };
    return fetch(url.origin + url.pathname, { ...options, headers, cache: "no-store" });
  }

  async load() {
    try {
      const answer = await this.ask("");
      if (answer.status === 404) return this.setTriggerValue("news", "refused");
      if (!answer.ok) throw new Error(answer.status);
      this.draw(await answer.json());
      this.shared.open("/stills");
    } catch {
      this.say(WORDS.unreadable);
    }
  }

  say(problem) {
    this.find(".own").hidden = false;
    this.find(".problem").textContent = problem;
    this.find(".problem").hidden = !problem;
  }

  draw(record) {
    this.record = record;
    this.say("");
    this.release();
    const conduct = record.incidents.filter((incident) => !incident.is_technical);
    const technical = record.incidents.filter((incident) => incident.is_technical);
    this.find(".record").replaceChildren(
      part(WORDS.measured, make("p", "", WORDS.measuredLead), this.marks(record.incidents), ...record.ribbons.map((ribbon) => this.ribbon(ribbon))),
      part(WORDS.observed, ...(conduct.length ? conduct.map((one) => this.incident(one)) : [make("p", "", WORDS.none)])),
      ...(technical.length ? [part(WORDS.technicalTitle, ...technical.map((one) => this.incident(one)))] : []),
      part(WORDS.appealTitle, ...this.appeal()),
      ...(record.done.length ? [part(WORDS.doneTitle, list(record.done, ({ at, words, reason }) => [at, reason ? `${words}: ${reason}` : words]))] : []),
      part(WORDS.seenTitle, record.seen.length ? list(record.seen, ({ at, who, did, revealed }) => [at, revealed ? WORDS.revealed(who, timeOf(revealed.at), revealed.reason) : WORDS.did(who, did)], dayOf) : make("p", "", WORDS.seenNone), make("p", "small", WORDS.blurred)),
      part(WORDS.keptTitle, ...this.kept()),
    );
  }

  // Where on the lines below something was observed; the cards say it in words.
  marks(incidents) {
    const row = make("div", "ribbon marks");
    const line = make("div", "line");
    row.setAttribute("aria-hidden", "true");
    for (const { opened_at, last_seen_at, is_technical } of incidents) {
      const mark = this.piece(opened_at, last_seen_at);
      mark.dataset.state = is_technical ? "technical" : "observed";
      line.append(mark);
    }
    row.append(make("span", "", incidents.length ? WORDS.observed : ""), make("b"), line);
    row.hidden = !incidents.length || !this.record.end;
    return row;
  }

  piece(start, end) {
    const [from, to] = [this.record.started_at, this.record.end].map(Date.parse);
    const piece = make("i");
    piece.style.left = `${(100 * (Date.parse(start) - from)) / (to - from)}%`;
    piece.style.width = `${(100 * (Date.parse(end) - Date.parse(start))) / (to - from)}%`;
    return piece;
  }

  // A full line, with what was not measured cut out of it, and the same in words.
  ribbon({ title, share, pieces }) {
    const row = make("div", "ribbon");
    const line = make("div", "line");
    line.setAttribute("aria-hidden", "true");
    for (const piece of pieces) {
      const cut = this.piece(piece.from, piece.to);
      cut.dataset.state = piece.state;
      line.append(cut);
    }
    row.append(make("span", "", title), make("b", "", percentOf(share)), line);
    if (pieces.length) {
      const why = make("details");
      const gaps = list(pieces, (piece) => [piece.from, this.gap(piece)]);
      why.append(make("summary", "", WORDS.gaps(title, pieces.length)), gaps);
      row.append(why);
    }
    return row;
  }

  gap({ to, state, reason }) {
    return reason ? WORDS.gapBecause(timeOf(to), WORDS.state[state], reason) : WORDS.gap(timeOf(to), WORDS.state[state]);
  }

  incident(incident) {
    const card = make("article", "incident");
    const verdict = [WORDS.verdict[incident.verdict.is], WORDS.because[incident.verdict.because]].filter(Boolean).join(" ");
    card.append(
      make("h4", "", incident.title),
      make("p", "when", `${timeOf(incident.opened_at)} – ${timeOf(incident.last_seen_at)}`),
      make("p", "", incident.why),
      make("p", "small", `${incident.shown_at ? WORDS.told(timeOf(incident.shown_at)) : WORDS.notTold} ${incident.tested}`),
    );
    if (!incident.is_technical) card.append(make("p", "verdict", verdict));
    card.append(...incident.evidence.map((one) => this.evidence(incident, one)));
    for (const { at, text } of incident.explanations) card.append(quote(`${WORDS.yourNote}, ${dayOf(at)}`, text));
    if (this.record.may_speak) {
      card.append(this.form(WORDS.explain, WORDS.about(WORDS.explainLabel, incident.title), 500, { kind: "explanation", incident: incident.id }));
    }
    return card;
  }

  evidence(incident, { id, media_type, captured_at }) {
    const isPicture = media_type.startsWith("image/");
    const button = make("button", "quiet", `${isPicture ? WORDS.picture : WORDS.sound} (${timeOf(captured_at)})`);
    button.type = "button";
    button.onclick = async () => {
      button.disabled = true;
      const answer = await this.ask(`/evidence/${encodeURIComponent(id)}`).catch(() => null);
      if (!answer?.ok) return button.replaceWith(make("p", "small", WORDS.erased));
      const blob = await answer.blob();
      const address = URL.createObjectURL(blob);
      this.addresses.push(address);
      const words = (isPicture ? WORDS.pictureOf : WORDS.soundOf)(incident.title, timeOf(captured_at));
      if (isPicture) return button.replaceWith(await this.marked(Object.assign(make("img"), { alt: words, src: address }), blob));
      const clip = new SoundClip(words, WORDS.clip);
      button.replaceWith(clip.root);
      await clip.fill({ url: address, blob });
      clip.button.focus();
      clip.toggle();
    };
    return button;
  }

  // As it was taken, with what was marked in it.
  async marked(image, blob) {
    const marks = await marksOf(blob);
    const place = make("span", "marked");
    place.append(image, ...(marks ? [marksSvg(marks)] : []));
    return place;
  }

  appeal() {
    const { appeals, appeal_until, may_speak } = this.record;
    const said = appeals.map(({ at, text }) => quote(WORDS.appealed(dayOf(at)), text));
    const until = make("p", "", (may_speak ? WORDS.appealUntil : WORDS.appealOver)(dayOf(appeal_until)));
    if (!may_speak) return [until, ...said];
    return [until, ...said, make("p", "", WORDS.appealLead), this.form("", WORDS.appealLabel, 4000, { kind: "appeal" })];
  }

  // `opens`: the words of a button that opens it; without them it is open.
  form(opens, label, most, about) {
    const form = make("form");
    const name = make("label", "", label);
    const text = make("textarea");
    const send = make("button", "", WORDS.send);
    const told = make("p", "small");
    told.setAttribute("role", "status");
    const key = JSON.stringify(about);
    const value = this.drafts.get(key) ?? "";
    Object.assign(text, { rows: about.kind === "appeal" ? 6 : 3, maxLength: most, required: true, value });
    text.oninput = () => this.drafts.set(key, text.value);
    name.append(text);
    form.append(name, send, told);
    const id = newId();
    form.onsubmit = async (event) => {
      event.preventDefault();
      Object.assign(send, { disabled: true, textContent: WORDS.sending });
      told.textContent = "";
      const body = JSON.stringify({ ...about, id, text: text.value });
      const answer = await this.ask("", { method: "POST", body }).catch(() => null);
      const record = await answer?.json().catch(() => null);
      Object.assign(send, { disabled: false, textContent: WORDS.send });
      if (!answer?.ok) return void (told.textContent = record?.problem ?? WORDS.failed);
      this.drafts.delete(key);
      this.draw(record);
      this.announce(WORDS.kept);
    };
    if (!opens) return form;
    const details = make("details");
    details.open = Boolean(value);
    details.append(make("summary", "", opens), form);
    return details;
  }

  announce(words) {
    const said = make("p", "kept", words);
    said.setAttribute("role", "status");
    said.tabIndex = -1;
    this.find(".record").prepend(said);
    said.focus();
  }

  kept() {
    const { kept, consent } = this.record;
    const button = make("button", "", WORDS.download);
    button.type = "button";
    button.onclick = async () => {
      Object.assign(button, { disabled: true, textContent: WORDS.downloading });
      const answer = await this.ask("/export").catch(() => null);
      Object.assign(button, { disabled: false, textContent: WORDS.download });
      if (!answer?.ok) return this.say(WORDS.unreadable);
      const link = Object.assign(make("a"), { href: URL.createObjectURL(await answer.blob()), download: "my-exam.zip" });
      link.click();
      this.addresses.push(link.href);
    };
    return [
      ...(consent.at ? [make("p", "", WORDS.consent(dayOf(consent.at), consent.version))] : []),
      make("p", "", WORDS.evidenceUntil(dayOf(kept.evidence_until))),
      make("p", "", WORDS.recordsUntil(dayOf(kept.records_until))),
      ...(kept.is_held ? [make("p", "", WORDS.held)] : []),
      button,
      make("p", "small", WORDS.downloadLead),
    ];
  }

  release() {
    this.addresses.forEach((address) => URL.revokeObjectURL(address));
    this.addresses = [];
  }
}

export default function (component) {
  const root = component.parentElement;
  root.own ??= new OwnRecord(root);
  root.own.update(component);
  return () => root.own.release();
}

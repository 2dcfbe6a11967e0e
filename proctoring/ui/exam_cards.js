// The cards under the strip: what to mend, what was said, and what only this side can know.
// All text from the server goes in as text, never as markup.

const RESOLVED_FOR_MS = 6000;
const ARRIVES_WITHIN_MS = 15000; // connecting takes up to about eight seconds over a relay

class Cards {
  constructor(exam) {
    Object.assign(this, { exam, find: exam.find });
    this.cards = new Map(); // id -> element
    this.changedAt = performance.now();
  }

  tick() {
    if (this.isLate() !== this.cards.has("own:late")) this.draw();
  }

  draw() {
    const wanted = new Map((this.exam.status?.warnings ?? []).map((warning) => [warning.id, warning]));
    for (const [id, notice] of this.ownNotices()) wanted.set(id, notice);
    for (const [id, card] of this.exam.messages.cards) wanted.set(id, card);
    for (const [id, card] of this.cards) if (!wanted.has(id)) this.resolve(id, card);
    for (const [id, warning] of wanted) {
      if (!this.cards.has(id)) this.show(id, warning);
    }
  }

  // What only this side can know. It is about equipment, and goes on no record.
  ownNotices() {
    const notices = [];
    const { failure } = this.exam.stream;
    if (failure) notices.push(["own:media", { ...failure, category: "technical", retry: canCapture() }]);
    const { share } = this.exam;
    const action = { label: SHARE_WORDS.share, run: () => share.ask() };
    if (share.notice) notices.push([`own:${share.word}${share.wasDenied ? ":denied" : ""}`, { ...share.notice, category: "technical", action }]);
    if (!this.exam.line.isOpen && this.exam.status) {
      const advice = t("We are reconnecting by ourselves. Check your network if this lasts. A dropped line is not held against you.");
      notices.push(["own:line", { title: t("Connection lost – your exam goes on"), advice, category: "technical" }]);
    } else if (this.isLate()) {
      const advice = t("We keep trying, and your exam goes on. If you use a VPN, try without it.");
      notices.push(["own:late", { title: t("Your picture or sound does not reach us yet"), advice, category: "technical" }]);
    }
    return notices;
  }

  isLate() {
    const { status, stream, data } = this.exam;
    const isGood = !status || status.paused || !stream.media || data.media.every((medium) => status.media[medium]);
    if (isGood) this.changedAt = performance.now();
    return !isGood && !status.warnings.length && performance.now() - this.changedAt > ARRIVES_WITHIN_MS;
  }

  show(id, { title, summary, advice, category, opened_at, retry, action, said, canReply }) {
    const card = document.createElement("article");
    card.className = "card";
    card.dataset.category = category;
    card.append(document.createElement("i"), textIn("strong", title), textIn("p", advice));
    card.firstElementChild.setAttribute("aria-hidden", "true");
    if (opened_at) {
      const since = new Date(opened_at).toLocaleTimeString(LOCALE, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
      card.append(textIn("small", [t("Since {since}", { since }), summary].filter(Boolean).join(" · ")));
    }
    if (retry) {
      const button = textIn("button", t("Try again"));
      button.type = "button";
      button.onclick = () => this.exam.stream.retry();
      card.append(button);
    }
    if (action) card.append(buttonOf(action.label, action.run));
    if (said) card.append(this.saidButtons(said, canReply));
    if (opened_at) card.append(this.exam.messages.explanations.under(id, title));
    this.find(".cards").prepend(card);
    this.cards.set(id, card);
    if (opened_at) this.confirm(id, card);
  }

  saidButtons(said, canReply) {
    const row = document.createElement("div");
    row.className = "row";
    row.append(buttonOf(MESSAGE_WORDS.gotIt, () => this.exam.messages.read(said)));
    if (canReply) row.append(Object.assign(buttonOf(MESSAGE_WORDS.reply, () => this.exam.messages.open()), { className: "quiet" }));
    return row;
  }

  // Said to the server only once it is really on a screen: a hidden page paints nothing.
  confirm(id, card) {
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        if (!card.isConnected || card.classList.contains("resolved")) return;
        const isSeen = !document.hidden && card.getClientRects().length > 0;
        if (isSeen && this.exam.line.send({ type: "shown", occurrence: id })) return;
        setTimeout(() => this.confirm(id, card), 1000);
      }),
    );
  }

  resolve(id, card) {
    this.cards.delete(id);
    if (id.startsWith("said:")) return card.remove();
    const [sign, explain] = [card.querySelector("i"), card.querySelector(".explain")];
    card.replaceChildren(sign, textIn("strong", t("Resolved, thank you")), textIn("p", card.querySelector("strong").textContent));
    card.classList.add("resolved");
    if (explain) card.append(explain);
    const leave = () => (this.exam.messages.explanations.texts.has(id) ? setTimeout(leave, RESOLVED_FOR_MS) : card.remove());
    setTimeout(leave, RESOLVED_FOR_MS);
  }

  // What scrolls must be in reach of the keyboard, and nothing else need be.
  letScroll() {
    const cards = this.find(".cards");
    if (cards.scrollHeight > cards.clientHeight) cards.tabIndex = 0;
    else cards.removeAttribute("tabindex");
  }
}

// The summary before the end: what is not answered or marked, with a way to each, and finishing.


function review(paper, title) {
  title.textContent = WORDS.review;
  const { questions, marked } = paper;
  const left = questions.filter((question) => !paper.isAnswered(question));
  const later = questions.filter(({ id }) => marked.includes(id));
  const facts = [left.length ? WORDS.unanswered(left.length, questions.length) : WORDS.allAnswered(questions.length)];
  if (later.length) facts.push(WORDS.markedCount(later.length));
  const parts = [element("p", { className: "summary", text: facts.join(", ") })];
  const shown = questions.filter((question) => left.includes(question) || later.includes(question));
  if (shown.length) parts.push(links(paper, shown, left));
  if (left.some((question) => question.is_required)) parts.push(element("p", { className: "hint", text: WORDS.requiredOpen }));
  const now = element("button", { type: "button", className: "main", text: WORDS.finishNow, onclick: () => paper.finish() });
  const stay = element("button", { type: "button", text: WORDS.stay, onclick: () => paper.go(0) });
  parts.push(element("p", { text: WORDS.finishing }), element("p", { className: "finishing", role: "status" }));
  return [...parts, element("div", { className: "buttons" }, now, stay)];
}

function links(paper, shown, left) {
  const items = shown.map((question) => {
    const place = paper.questions.indexOf(question);
    const isMarked = paper.marked.includes(question.id);
    const words = [left.includes(question) ? WORDS.states[stateOf(paper, question)] : null, isMarked ? WORDS.states.marked : null];
    const star = question.is_required && left.includes(question) ? " *" : "";
    const link = element("button", { type: "button", className: "quiet", onclick: () => paper.go(place), text: WORDS.numbered(place + 1) + star });
    return element("li", {}, link, ` ${words.filter(Boolean).join(", ")}`);
  });
  return element("ul", { className: "links" }, ...items);
}

function drawFinishing(paper) {
  const waiting = paper.numbers(paper.answers.waiting);
  const isOpen = paper.line?.isOpen;
  const text = isOpen ? (waiting ? WORDS.finishWaits(waiting) : "") : WORDS.finishOffline(waiting);
  const told = paper.find(".finishing");
  if (told && told.textContent !== text) told.textContent = text;
}

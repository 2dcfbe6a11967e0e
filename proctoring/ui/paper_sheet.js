// Draws the paper: the list of questions, the one in sight, and what changes by itself.

function drawFrame(paper) {
  const { state, data } = paper;
  const isShown = Boolean(paper.questions && paper.isRead && state && !data.after && state.is !== "finished" && state.is !== "waiting");
  paper.find(".paper").hidden = !isShown;
  drawNotice(paper, isShown);
  if (!isShown) return;
  paper.find("h2").textContent = paper.paper.title || WORDS.untitled;
  paper.find(".preview").hidden = !data.preview;
  paper.find(".preview").textContent = WORDS.preview;
  const isHidden = state.is === "paused";
  for (const part of ["nav", ".buttons"]) paper.find(part).hidden = isHidden;
  drawList(paper);
  const isReview = paper.at === "review";
  const last = paper.questions.length - 1;
  for (const name of ["previous", "next", "mark"]) paper.find(`.${name}`).hidden = isReview;
  paper.find(".previous").disabled = paper.at === 0;
  paper.find(".next").hidden ||= paper.at === last;
  paper.find(".finish").hidden = isReview || Boolean(data.preview);
  paper.find(".finish").classList.toggle("main", paper.at === last);
  const isMarked = !isReview && paper.marked.includes(paper.question.id);
  paper.find(".mark").setAttribute("aria-pressed", isMarked);
}

// Where there is no paper to show: before, after, and while it is loaded.
function drawNotice(paper, isShown) {
  const notice = paper.find(".notice");
  const { state, data, answers } = paper;
  const isAfter = data.after && state;
  const isOver = state?.is === "finished";
  notice.hidden = isShown || (isOver && !isAfter);
  if (notice.hidden) return;
  let text = state?.is === "waiting" ? WORDS.waiting : WORDS.noPaper;
  if (isAfter) {
    const lost = answers.notTaken;
    text = answers.waiting.length ? WORDS.savingLast : WORDS.allSaved;
    if (lost.length) text = WORDS.refused[answers.entry(lost[0]).refused.why](sayTime(answers.entry(lost[0]).refused.late_s));
  }
  if (notice.textContent !== text) notice.textContent = text;
  if (isAfter) notice.dataset.after = text === WORDS.allSaved ? "saved" : "";
  if (isAfter) paper.say(text);
}

function drawList(paper) {
  const list = paper.find(".list");
  const key = paper.questions.map(({ id }) => id).join();
  if (list.dataset.key !== key) {
    list.dataset.key = key;
    list.replaceChildren(...groups(paper));
  }
  for (const [place, button] of [...list.querySelectorAll("button")].entries()) {
    const question = paper.questions[place];
    const isMarked = paper.marked.includes(question.id);
    const state = stateOf(paper, question);
    button.dataset.state = state;
    button.toggleAttribute("data-marked", isMarked);
    const words = [WORDS.numbered(place + 1), WORDS.states[state], isMarked ? WORDS.states.marked : null];
    button.setAttribute("aria-label", words.filter(Boolean).join(", "));
    if (paper.at === place) button.setAttribute("aria-current", "step");
    else button.removeAttribute("aria-current");
  }
}

function groups(paper) {
  let number = 0;
  return paper.paper.sections.map((section) => {
    const items = section.questions.map(() => {
      const place = number++;
      const button = element("button", { type: "button", onclick: () => paper.go(place) }, element("span", { text: String(place + 1) }));
      return element("li", {}, button);
    });
    const list = element("ol", {}, ...items);
    if (section.title) list.setAttribute("aria-label", section.title);
    return element("div", {}, section.title ? element("h3", { text: section.title }) : null, list);
  });
}

function stateOf(paper, question) {
  if (paper.isAnswered(question)) return "answered";
  if (!question.is_open) return "sealed";
  return paper.isOver(question) ? "over" : "open";
}

// --- the sheet: one question, or the summary ---

function drawSheet(paper, { isNew = false } = {}) {
  const sheet = paper.find(".sheet");
  if (!paper.questions || !paper.isRead || !paper.state) return;
  const title = element("h2", { id: "question-title", tabIndex: -1 });
  if (paper.state.is === "paused") {
    title.textContent = WORDS.paused;
    sheet.replaceChildren(title, element("p", { text: WORDS.pausedWhy(paper.state.reason) }));
    return;
  }
  const field = paper.root.activeElement;
  const wasWriting = !isNew && field?.id === "answer" && sheet.contains(field);
  const place = wasWriting ? [field.selectionStart, field.selectionEnd] : null;
  sheet.replaceChildren(title, ...(paper.at === "review" ? review(paper, title) : body(paper, title)));
  drawNotes(paper);
  drawClocks(paper);
  if (isNew) arrive(title);
  else if (wasWriting) {
    const again = paper.find("#answer");
    again?.focus();
    again?.setSelectionRange(...place);
  }
}

// To the top of what is new, below the strip that stays in sight.
function arrive(title) {
  const strip = document.querySelector(".st-key-strip")?.offsetHeight ?? 0;
  title.style.scrollMarginTop = `${strip + 24}px`;
  title.focus({ preventScroll: true });
  title.scrollIntoView({ block: "nearest" });
}

function body(paper, title) {
  const question = paper.question;
  const of = paper.questions.length;
  title.textContent = WORDS.question(paper.at + 1, of);
  const facts = [WORDS.points(question.points)];
  if (question.penalty) facts.push(WORDS.penalty(question.penalty));
  if (question.counts_each) facts.push(WORDS.each);
  if (question.is_required) facts.push(WORDS.required);
  const parts = [element("p", { className: "facts", text: facts.join(" · ") })];
  const isFirst = paper.questions.findIndex(({ section }) => section === question.section) === paper.at;
  if (question.section.title || question.section.text.length) parts.unshift(heading(question.section, isFirst));
  if (!question.is_open) return [...parts, sealed(paper, question)];
  const text = element("div", { className: "text", id: "question-text" }, ...nodes(question.text));
  const pictures = question.pictures.map(({ source, alt }) => element("figure", {}, element("img", { src: source, alt })));
  const tell = (value, isWriting) => paper.answers.change(question.id, value, { isWriting });
  const field = makeField(question, paper.answers.value(question.id), "question-text", tell);
  const own = element("p", { className: "own-time", role: "timer", hidden: true });
  const notes = element("div", { className: "notes", "aria-live": "polite" });
  return [...parts, own, text, ...pictures, field, notes];
}

// What introduces the section is open at its first question, and within reach at the others.
function heading({ title, text }, isFirst) {
  if (!text.length) return element("p", { className: "section", text: title });
  const told = element("summary", { text: title || WORDS.introduction });
  return element("details", { className: "section", open: isFirst }, told, ...nodes(text));
}

function sealed(paper, question) {
  const open = element("button", { type: "button", className: "main", text: WORDS.open });
  open.onclick = () => paper.line?.send({ type: "open", question: question.id });
  return element("div", { className: "sealed" }, element("p", { text: WORDS.timed(sayTime(question.time_s)) }), open);
}

// What there is to say of this answer: advice, a refusal, an answer from elsewhere.
function drawNotes(paper) {
  const notes = paper.find(".notes");
  if (!notes || !paper.question) return;
  const { id } = paper.question;
  const entry = paper.answers.entry(id);
  const said = [];
  if (entry.refused) {
    const { why, text, late_s } = entry.refused;
    said.push(element("p", { className: "bad", text: text || WORDS.refused[why]?.(sayTime(late_s)) }));
  } else if (entry.advice && !entry.isChanged) said.push(element("p", { className: "hint", text: entry.advice }));
  if (entry.lost !== undefined) {
    const back = element("button", { type: "button", className: "quiet", text: WORDS.older });
    back.onclick = () => {
      paper.answers.change(id, entry.lost);
      entry.lost = undefined;
      drawSheet(paper);
    };
    said.push(element("p", { className: "bad", text: WORDS.newer }), back);
  }
  const key = said.map((one) => one.textContent).join("|");
  if (notes.dataset.key === key) return;
  notes.dataset.key = key;
  notes.replaceChildren(...said);
}

// --- what changes by itself ---

function drawState(paper) {
  const { answers, line, data } = paper;
  const box = paper.find(".state");
  const isWaiting = answers.waiting.length > 0;
  const isOpen = Boolean(line?.isOpen);
  let [state, text] = ["ready", WORDS.ready];
  if (data.preview) text = "";
  else if (isWaiting && isOpen) [state, text] = ["saving", WORDS.saving];
  else if (isWaiting) [state, text] = ["unsaved", answers.canKeep ? WORDS.unsaved : WORDS.unsavedHere];
  else if (answers.savedAt) [state, text] = ["saved", WORDS.saved(sayClock(answers.savedAt))];
  box.dataset.state = state;
  const shown = box.querySelector("span");
  if (shown.textContent !== text) shown.textContent = text;
  if (state === "saved") paper.say(text);
  if (state === "unsaved") paper.say(text, true);
  if (paper.isFinishing) drawFinishing(paper);
}

function drawClocks(paper) {
  const { state, question } = paper;
  const clock = paper.find(".clock");
  const left = state.left_s == null ? null : paper.since(state.left_s);
  clock.hidden = left == null || state.is === "paused" || !state.is_shorter;
  if (!clock.hidden) clock.textContent = left ? WORDS.timeForPaper(sayTime(left)) : WORDS.over;
  const own = paper.find(".own-time");
  const isOver = Boolean(question) && paper.isOver(question);
  if (own && question.time_s != null && !paper.data.preview) {
    own.hidden = false;
    own.textContent = isOver ? WORDS.questionOver : WORDS.timeForQuestion(sayTime(paper.secondsLeft(question) ?? question.time_s));
  }
  const isLocked = paper.isLocked || isOver;
  const open = paper.find(".sealed button");
  if (open) open.disabled = paper.isLocked || !paper.line?.isOpen;
  for (const field of paper.find(".sheet").querySelectorAll(".field")) {
    if (field.matches("fieldset")) field.disabled = isLocked;
    for (const one of field.querySelectorAll("input[type=text], textarea")) one.readOnly = isLocked;
  }
}

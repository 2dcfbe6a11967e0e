// All that the paper says. Server and page share no sentence: the server names the case. Units of
// time are those of the SI, which are the same in all languages.

const WORDS = {
  untitled: t("Your questions"),
  noPaper: t("Your questions are being loaded…"),
  waiting: t("Your questions appear when your exam begins."),
  list: t("Questions"),
  question: (number, of) => t("Question {number} of {of}", { number, of }),
  numbered: (number) => t("Question {number}", { number }),
  inSentence: (number) => t("question {number}", { number }),
  introduction: t("About these questions"),
  points: (points) => nt("{points} point", "{points} points", points, { points: sayAnyNumber(points) }),
  penalty: (points) => t("a wrong answer costs {points}", { points: sayAnyNumber(points) }),
  each: t("every choice counts by itself"),
  required: t("should be answered"),
  states: { answered: t("answered"), open: t("not answered yet"), marked: t("marked for later"), sealed: t("not opened yet"), over: t("its time is over") },
  chooseOne: t("Choose one"),
  chooseAny: t("Choose all that apply"),
  clear: t("Clear my choice"),
  answer: t("Your answer"),
  number: (unit) => (unit ? t("Your answer, in {unit}", { unit }) : t("Your answer, a number")),
  code: (language) => (language ? t("Your program, in {language}", { language }) : t("Your program")),
  codeKeys: t("Tab indents, Shift + Tab takes back. To leave the field by keyboard, press Escape, then Tab."),
  charactersLeft: (left) => nt("{n} character left", "{n} characters left", left),
  previous: t("Previous"),
  next: t("Next"),
  mark: t("Mark for later"),
  marked: t("Marked for later"),
  finish: t("Finish exam"),
  timed: (time) => t("You have {time} for this question. It is shown, and its time begins, when you open it. It cannot be stopped or opened again from the start.", { time }),
  open: t("Open the question"),
  timeForQuestion: (time) => t("{time} left for this question", { time }),
  questionOver: t("The time for this question is over. What you answered is kept."),
  timeForPaper: (time) => t("{time} left for these questions", { time }),
  over: t("The time for these questions is over. What you answered is kept."),
  paused: t("Your exam is paused"),
  pausedWhy: (reason) => `${asSentence(reason)} ${t("The clock has stopped. Your questions come back when it goes on, and everything that you wrote is kept.")}`.trim(),
  saved: (time) => t("Saved {time}", { time }),
  saving: t("Saving…"),
  ready: t("Each answer is saved as you give it."),
  unsaved: t("Not saved yet – kept in this browser, we keep trying"),
  unsavedHere: t("Not saved yet – keep this page open, we keep trying"),
  allSaved: t("All your answers are saved."),
  savingLast: t("Your last answers are being saved. Leave this page open for a moment."),
  notTaken: (questions) => t("Not taken: {questions}.", { questions }),
  newer: t("This question was answered on another page of yours. That answer is shown, and counts."),
  older: t("Bring back what was written here"),
  refused: {
    "not begun": () => t("Your exam has not begun yet, so this is not saved."),
    finished: () => t("You have finished this exam, so nothing more is taken."),
    late: (late) => t("This came {late} after the end of your exam, and is not taken. What was answered before the end counts, if it reaches us within a minute.", { late }),
    paused: () => t("Your exam is paused, so this is not taken."),
    "question over": (late) => t("This came {late} after the time for this question, and is not taken.", { late }),
    "not opened": () => t("Open the question first."),
    unknown: () => t("This question is no longer part of the exam."),
    form: () => t("This could not be saved as it is."),
    erased: () => t("The records of this exam were erased, so nothing is saved."),
  },
  review: t("Finish your exam?"),
  allAnswered: (of) => nt("The question is answered", "All {n} questions are answered", of),
  unanswered: (count, of) => t("{count} of {of} unanswered", { count, of }),
  markedCount: (count) => t("{count} marked for later", { count }),
  requiredOpen: t("Those with a star should be answered."),
  finishing: t("Camera and microphone stop, and you cannot come back to this exam."),
  stay: t("Go on working"),
  finishNow: t("Finish now"),
  finishWaits: (questions) => t("Your exam finishes as soon as everything is saved. Still on its way: {questions}.", { questions }),
  finishOffline: (questions) =>
    questions
      ? t("There is no connection. Your exam finishes as soon as it is back. Not saved yet: {questions}.", { questions })
      : t("There is no connection. Your exam finishes as soon as it is back."),
  programText: t("Program text"),
  table: t("Table"),
  preview: t("This is a preview: nothing is saved."),
};

function sayAnyNumber(number) {
  return number.toLocaleString(LOCALE);
}

// "45 s", "4:05 min", "1 h 5 min": short, for a clock; seconds only.
function sayTime(seconds) {
  if (seconds < 60) return `${seconds} s`;
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (hours) return minutes ? `${hours} h ${minutes} min` : `${hours} h`;
  return rest ? `${minutes}:${String(rest).padStart(2, "0")} min` : `${minutes} min`;
}

function sayClock(date) {
  return date.toLocaleTimeString(LOCALE, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

// A proctor's reason, as it was written. A break of one's own goes without saying.
function asSentence(reason) {
  if (!reason || reason === "A break") return "";
  return /[.!?…]$/.test(reason) ? reason : `${reason}.`;
}

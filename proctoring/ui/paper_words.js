// All that the paper says. Server and page share no sentence: the server names the case.

const WORDS = {
  untitled: "Your questions",
  noPaper: "Your questions are being loaded…",
  waiting: "Your questions appear when your exam begins.",
  list: "Questions",
  question: (number, of) => `Question ${number} of ${of}`,
  numbered: (number) => `Question ${number}`,
  introduction: "About these questions",
  points: (points) => (points === 1 ? "1 point" : `${points} points`),
  penalty: (points) => `a wrong answer costs ${points}`,
  each: "every choice counts by itself",
  required: "should be answered",
  states: { answered: "answered", open: "not answered yet", marked: "marked for later", sealed: "not opened yet", over: "its time is over" },
  chooseOne: "Choose one",
  chooseAny: "Choose all that apply",
  clear: "Clear my choice",
  answer: "Your answer",
  number: (unit) => (unit ? `Your answer, in ${unit}` : "Your answer, a number"),
  code: (language) => (language ? `Your program, in ${language}` : "Your program"),
  codeKeys: "Tab indents, Shift + Tab takes back. To leave the field by keyboard, press Escape, then Tab.",
  charactersLeft: (left) => (left === 1 ? "1 character left" : `${left} characters left`),
  previous: "Previous",
  next: "Next",
  mark: "Mark for later",
  marked: "Marked for later",
  finish: "Finish exam",
  timed: (time) => `You have ${time} for this question. It is shown, and its time begins, when you open it. It cannot be stopped or opened again from the start.`,
  open: "Open the question",
  timeForQuestion: (time) => `${time} left for this question`,
  questionOver: "The time for this question is over. What you answered is kept.",
  timeForPaper: (time) => `${time} left for these questions`,
  over: "The time for these questions is over. What you answered is kept.",
  paused: "Your exam is paused",
  pausedWhy: (reason) => `${reason ? `${reason} ` : ""}The clock has stopped. Your questions come back when it goes on, and everything that you wrote is kept.`,
  saved: (time) => `Saved ${time}`,
  saving: "Saving…",
  ready: "Each answer is saved as you give it.",
  unsaved: "Not saved yet – kept in this browser, we keep trying",
  unsavedHere: "Not saved yet – keep this page open, we keep trying",
  allSaved: "All your answers are saved.",
  savingLast: "Your last answers are being saved. Leave this page open for a moment.",
  notTaken: (questions) => `Not taken: ${questions}.`,
  newer: "This question was answered on another page of yours. That answer is shown, and counts.",
  older: "Bring back what was written here",
  refused: {
    "not begun": () => "Your exam has not begun yet, so this is not saved.",
    finished: () => "You have finished this exam, so nothing more is taken.",
    late: (late) => `This came ${late} after the end of your exam, and is not taken. What was answered before the end counts, if it reaches us within a minute.`,
    paused: () => "Your exam is paused, so this is not taken.",
    "question over": (late) => `This came ${late} after the time for this question, and is not taken.`,
    "not opened": () => "Open the question first.",
    unknown: () => "This question is no longer part of the exam.",
    form: () => "This could not be saved as it is.",
    erased: () => "The records of this exam were erased, so nothing is saved.",
  },
  review: "Finish your exam?",
  allAnswered: (of) => (of === 1 ? "The question is answered" : `All ${of} questions are answered`),
  unanswered: (count, of) => `${count} of ${of} unanswered`,
  markedCount: (count) => `${count} marked for later`,
  requiredOpen: "Those with a star should be answered.",
  finishing: "Camera and microphone stop, and you cannot come back to this exam.",
  stay: "Go on working",
  finishNow: "Finish now",
  finishWaits: (questions) => `Your exam finishes as soon as everything is saved. Still on its way: ${questions}.`,
  finishOffline: (questions) => `There is no connection. Your exam finishes as soon as it is back. ${questions ? `Not saved yet: ${questions}.` : ""}`,
  preview: "This is a preview: nothing is saved.",
};

// "45 s", "4:05 min", "1 h 5 min": short, for a clock; seconds only.
function sayTime(seconds) {
  if (seconds < 60) return `${seconds} s`;
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (hours) return minutes ? `${hours} h ${minutes} min` : `${hours} h`;
  return rest ? `${minutes}:${String(rest).padStart(2, "0")} min` : `${minutes} min`;
}

function sayClock(date) {
  return date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

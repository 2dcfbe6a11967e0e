// What the exam page says of messages, explanations and pauses: all of it in one place.

const MESSAGE_WORDS = {
  you: t("You"),
  proctor: t("Proctor"),
  server: t("Exam server"),
  open: t("Messages"),
  openNew: (n) => t("Messages, {n} new", { n }),
  raise: t("Raise hand"),
  lower: t("Lower hand"),
  raised: t("Your hand is raised. A proctor sees it."),
  lowered: t("Your hand is down."),
  rest: t("Take a break"),
  watched: t("A proctor's desk is open now."),
  unwatched: t("No proctor's desk is open now."),
  sending: t("Sending …"),
  kept: t("Waiting for the connection. It is kept here and sent by itself."),
  sent: t("Sent"),
  read: t("Read by a proctor"),
  nothing: t("Nothing has been written yet. Write here if something is wrong; a proctor reads it."),
  explain: t("Explain"),
  explainLabel: (title) => t("What happened? A proctor sees it beside “{title}”.", { title }),
  explainSend: t("Send explanation"),
  explainAgain: t("Add to it"),
  explaining: t("Your explanation is on its way."),
  explained: t("Your explanation was received."),
  cancel: t("Cancel"),
  warned: t("Entries that you can explain"),
  message: t("Message from a proctor"),
  warning: t("A proctor asks you"),
  gotIt: t("I have read it"),
  reply: t("Reply"),
  more: (minutes) => t("You have {minutes} more.", { minutes }),
  moreOutage: (minutes) => t("The exam server was away. You have {minutes} more for it.", { minutes }),
  paused: t("Your exam is paused"),
  onBreak: t("You are on a break"),
  pausedBy: t("A proctor stopped your exam. You need not do anything."),
  stands: t("The clock stands still. Nothing is measured until your exam goes on; a proctor may still see your picture."),
  left: t("Time left"),
  breakLeft: t("Break left"),
  breakReason: "A break", // it is stored, and so in English
  endBreak: t("Go on with the exam"),
  goesOn: t("Your exam goes on."),
};

function minutesOf(left) {
  const [hours, minutes, seconds] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
  const two = (n) => String(n).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

function textIn(tag, text) {
  const node = document.createElement(tag);
  node.textContent = text;
  return node;
}

function buttonOf(words, onclick) {
  const button = textIn("button", words);
  Object.assign(button, { type: "button", onclick });
  return button;
}

// Writing what is there already would make screen readers say it again.
function writeText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// crypto.randomUUID is there on secure pages alone.
function randomId() {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(16).padStart(8, "0")).join("-");
}

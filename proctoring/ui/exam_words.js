// What the exam page says of messages, explanations and pauses: all of it in one place.

const MESSAGE_WORDS = {
  you: "You",
  proctor: "Proctor",
  server: "Exam server",
  open: "Messages",
  openNew: (n) => `Messages, ${n} new`,
  raise: "Raise hand",
  lower: "Lower hand",
  raised: "Your hand is raised. A proctor sees it.",
  lowered: "Your hand is down.",
  rest: "Take a break",
  watched: "A proctor's desk is open now.",
  unwatched: "No proctor's desk is open now.",
  sending: "Sending …",
  kept: "Waiting for the connection. It is kept here and sent by itself.",
  sent: "Sent",
  read: "Read by a proctor",
  nothing: "Nothing has been written yet. Write here if something is wrong; a proctor reads it.",
  explain: "Explain",
  explainLabel: (title) => `What happened? A proctor sees it beside “${title}”.`,
  explainSend: "Send explanation",
  explainAgain: "Add to it",
  explaining: "Your explanation is on its way.",
  explained: "Your explanation was received.",
  cancel: "Cancel",
  warned: "Entries that you can explain",
  message: "Message from a proctor",
  warning: "A proctor asks you",
  gotIt: "I have read it",
  reply: "Reply",
  more: (minutes) => `You have ${minutes} more.`,
  moreOutage: (minutes) => `The exam server was away. You have ${minutes} more for it.`,
  paused: "Your exam is paused",
  onBreak: "You are on a break",
  pausedBy: "A proctor stopped your exam. You need not do anything.",
  stands: "The clock stands still. Nothing is measured until your exam goes on; a proctor may still see your picture.",
  left: "Time left",
  breakLeft: "Break left",
  breakReason: "A break",
  endBreak: "Go on with the exam",
  goesOn: "Your exam goes on.",
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

// Marks, times and counts, in words. Whatever comes from the server becomes text, never markup.

const SHAPES = {
  look: '<path d="M8 1.8 15 14H1z"/><path class="hole" d="M8 6.2v3.6M8 11.9v.2"/>',
  technical: '<path d="m8 .9 7.1 7.1L8 15.1.9 8z"/><path class="hole" d="M8 4.8v3.8M8 11v.2"/>',
  disconnected: '<circle class="line" cx="8" cy="8" r="6"/><path class="line" d="m4 12 8-8"/>',
  in_exam: '<circle cx="8" cy="8" r="4.6"/>',
  elsewhere: '<path class="line" d="M2 5.5h10m-3-3 3 3-3 3M14 10.5H4m3-3-3 3 3 3"/>',
  waiting: '<circle class="line" cx="8" cy="8" r="6"/><path class="line" d="M8 4.6V8l2.2 1.6"/>',
  finished: '<rect x="1.6" y="1.6" width="12.8" height="12.8" rx="3.4"/><path class="hole" d="m4.8 8.2 2.3 2.4 4.2-5"/>',
  hand: '<path d="M5 8V3.4a1 1 0 0 1 2 0V7h.6V2a1 1 0 0 1 2 0v5h.6V3.2a1 1 0 0 1 2 0v6.3c0 3-1.7 5-4.4 5-2 0-3-.9-4-2.7L2.4 9a1 1 0 0 1 1.7-1z"/>',
  asks_in: '<path class="line" d="M6.5 2H13v12H6.5M2 8h7.4M6.8 5.2 9.6 8l-2.8 2.8"/>',
  paused: '<rect x="3.4" y="2.4" width="3.4" height="11.2" rx="1"/><rect x="9.2" y="2.4" width="3.4" height="11.2" rx="1"/>',
  unread: '<path d="M2 3h12v8H7.6L4.4 14v-3H2z"/>',
  adjusted: '<path class="line" d="M2 5h6m4 0h2M2 11h2m4 0h6"/><circle cx="10" cy="5" r="2"/><circle cx="6" cy="11" r="2"/>',
  unmeasured: '<circle class="line dashed" cx="8" cy="8" r="6"/>',
  claimed: '<circle cx="8" cy="5" r="3"/><path d="M2.4 14c.4-3.4 2.6-5 5.6-5s5.2 1.6 5.6 5z"/>',
  eye: '<path class="line" d="M1.5 8S4 3.6 8 3.6 14.5 8 14.5 8 12 12.4 8 12.4 1.5 8 1.5 8z"/><circle cx="8" cy="8" r="2"/>',
  camera: '<rect x="1" y="4" width="9.4" height="8" rx="1.6"/><path d="m11.2 7.4 3.8-2.4v6l-3.8-2.4z"/>',
  microphone: '<rect x="5.6" y="1" width="4.8" height="8.6" rx="2.4"/><path class="line" d="M3 8a5 5 0 0 0 10 0M8 13v2"/>',
  page: '<path class="line" d="M2 6.4a8.6 8.6 0 0 1 12 0M4.4 9.2a5.2 5.2 0 0 1 7.2 0"/><circle cx="8" cy="12.4" r="1.5"/>',
  direct: '<path class="line" d="M2 8h11.4m-3.2-3.2L13.4 8l-3.2 3.2"/>',
  relay: '<path class="line" d="M1.6 10.6 6 5.4m4 0 4.4 5.2m0-3.6v3.6h-3.6"/><circle cx="8" cy="4" r="2.2"/>',
  snapshots: '<path class="line" d="M4.6 4.4V2.2h9.2v7.4h-2.4"/><rect x="1.8" y="5.8" width="8.2" height="8" rx="1.4"/>',
  close: '<path class="line" d="m3.5 3.5 9 9m0-9-9 9"/>',
  sound: '<path d="M2 6v4h2.6L8.4 13V3L4.6 6z"/><path class="line" d="M10.6 5.6a3.4 3.4 0 0 1 0 4.8M12.6 3.6a6.2 6.2 0 0 1 0 8.8"/>',
  muted: '<path d="M2 6v4h2.6L8.4 13V3L4.6 6z"/><path class="line" d="m10.8 6 4 4m0-4-4 4"/>',
};

const MARKS = {
  look: "Needs a look",
  technical: "Technical trouble",
  disconnected: "Disconnected",
  in_exam: "In exam",
  elsewhere: "On another server",
  asks_in: "Asks to be let in",
  hand: "Hand raised",
  unread: "New message",
  paused: "Paused",
  adjusted: "Adjusted",
  waiting: "Not begun",
  finished: "Finished",
};

// By which way picture and sound come: in a word or two, and what it means.
const WAYS = {
  direct: ["WebRTC, directly", "Picture and sound come straight from the candidate’s browser"],
  relay: ["WebRTC, by a relay", "Picture and sound come by your TURN server, because there is no direct way; nothing is measured less"],
  snapshots: ["Snapshots", "Pictures and sound come over the page’s own line, because WebRTC finds no way; the same is measured, and there is no live video"],
};

const STATES = { measured: "measured", degraded: "not certain", not_measured: "not measured" };

function element(tag, properties = {}, ...children) {
  const { dataset = {}, ...rest } = properties;
  const node = Object.assign(document.createElement(tag), rest);
  Object.assign(node.dataset, dataset);
  node.append(...children);
  return node;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.innerHTML = SHAPES[name]; // one of the constants above
  return svg;
}

// A click beside a dialog closes it. Returns nothing: a handler that gives `false` would keep a
// click inside from doing what it is for.
function closeBeside(dialog) {
  dialog.onclick = (event) => {
    if (event.target === dialog) dialog.close();
  };
}

// Writing what is there already would make screen readers say it again.
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function badge(mark) {
  return element("span", { className: "badge", dataset: { mark } }, icon(mark), MARKS[mark]);
}

// The badges of what is true; "In exam" goes without saying where there is more to say.
function marksToShow(marks) {
  const most = marks.filter((mark) => mark !== "in_exam");
  return most.some((mark) => mark !== "adjusted") ? most : marks;
}

function drawBadges(node, marks) {
  const wanted = marksToShow(marks);
  if (node.dataset.marks === wanted.join()) return;
  node.dataset.marks = wanted.join();
  node.replaceChildren(...wanted.map(badge));
}

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

function clock(iso) {
  return CLOCK.format(new Date(iso)); // in the proctor's own time zone
}

// "6.4 s", "2 min 05 s", "1 h 02 min", each in one piece
function lasting(seconds, isCounting = false) {
  const s = Math.max(0, seconds);
  if (s < 59.95) return `${isCounting || s >= 10 ? Math.floor(s) : s.toFixed(1)}\u00a0s`;
  const pad = (value) => String(Math.floor(value)).padStart(2, "0");
  if (s < 3600) return `${Math.floor(s / 60)}\u00a0min\u00a0${pad(s % 60)}\u00a0s`;
  return `${Math.floor(s / 3600)}\u00a0h\u00a0${pad((s % 3600) / 60)}\u00a0min`;
}

function ago(seconds) {
  return seconds < 60 ? `${Math.max(0, Math.round(seconds))} s ago` : `${lasting(seconds)} ago`;
}

function count(number, one, many = `${one}s`) {
  return `${number} ${number === 1 ? one : many}`;
}

function listed(words) {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

// Reasons of analysers that are still getting to know a candidate, as in every exam at first.
const LEARNING = [
  "still learning the face",
  "learning how the screen is looked at",
  "learning what is usual",
  "seen for too short a time",
  "the candidate's voice is not known yet",
];

// Does it abstain for a reason that somebody could mend?
function isUncertain({ state, reason }) {
  return state === "degraded" && !LEARNING.includes(reason);
}

const MOST_NAMED = 3;

// "Voices and Microphone not measured: nothing comes in"; one line for each reason.
function notMeasured(signals) {
  const lines = new Map();
  for (const { title, reason } of signals.filter(({ state }) => state === "not_measured")) {
    const what = `not measured${reason ? `: ${reason}` : ""}`;
    lines.set(what, [...(lines.get(what) ?? []), title]);
  }
  return [...lines].map(([what, titles]) => {
    if (titles.length === signals.length) return what.replace("not measured", "Nothing is measured");
    return `${titles.length > MOST_NAMED ? `${titles.length} of ${signals.length} signals` : listed(titles)} ${what}`;
  });
}

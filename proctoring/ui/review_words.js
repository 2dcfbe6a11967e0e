// Every word of the review desk, and the shapes of its marks.

Object.assign(SHAPES, {
  open: SHAPES.look,
  notable: '<circle cx="8" cy="8" r="6"/>',
  second: '<path class="line" d="M1.5 8S4 3.4 8 3.4 14.5 8 14.5 8 12 12.6 8 12.6 1.5 8 1.5 8z"/><circle cx="8" cy="8" r="2.2"/>',
  disagreed: '<path class="line" d="M2 5.2h9.5m-3-3 3 3-3 3M14 10.8H4.5m3-3-3 3 3 3"/>',
  confirmed: '<rect x="1.4" y="1.4" width="13.2" height="13.2" rx="3.4"/><path class="hole" d="m4.8 8.2 2.3 2.4 4.2-5"/>',
  dismissed: '<rect class="line" x="2" y="2" width="12" height="12" rx="3.2"/><path class="line" d="M5 8h6"/>',
  appealed: '<path class="line" d="M8 1.8v8.4M3 6.2 8 1.8l5 4.4M2.4 13.6h11.2"/>',
  decided: SHAPES.finished,
  calm: SHAPES.in_exam,
  not_begun: SHAPES.waiting,
  play: '<path d="M4 2.2v11.6L13.4 8z"/>',
  pause: '<path d="M3.4 2.4h3.2v11.2H3.4zM9.4 2.4h3.2v11.2H9.4z"/>',
  back: '<path class="line" d="M9.8 3.2 5 8l4.8 4.8"/>',
  on: '<path class="line" d="M6.2 3.2 11 8l-4.8 4.8"/>',
  print: '<path class="line" d="M4.6 5.6V2h6.8v3.6M4.6 12H2.4V5.8h11.2V12h-2.2M4.6 9.6h6.8V14H4.6z"/>',
  note: '<path class="line" d="M2.4 13.6h2.8L13 5.8 10.2 3 2.4 10.8z"/>',
  joined: '<circle class="line" cx="8" cy="8" r="5"/>',
  started: '<path d="M4 2.2v11.6L13.4 8z"/>',
  paused: '<path d="M3.4 2.4h3.2v11.2H3.4zM9.4 2.4h3.2v11.2H9.4z"/>',
  resumed: '<path d="M4 2.2v11.6L13.4 8z"/>',
  warned: '<path class="line" d="M2.4 3h11.2v7.6H7.4L4 13.4v-2.8H2.4z"/>',
});

const TABS = {
  decide: { name: "Needs decision", mark: "look", hint: "", none: ["Nothing to decide.", "No observation of this candidate asks for a decision."] },
  notable: { name: "Notable", mark: "notable", hint: "Told to you, and nothing to decide about by itself.", none: ["Nothing notable.", ""] },
  technical: { name: "Technical", mark: "technical", hint: "About the equipment. It counts against nobody.", none: ["No technical trouble.", ""] },
};

const FILTERS = {
  all: "All",
  open: "To decide",
  second: "Second look",
  disagreed: "Disagreed",
  appealed: "Appealed",
  decided: "Decided",
  calm: "Nothing to decide",
  not_begun: "Not begun",
};

const STATE_WORDS = {
  open: "To decide",
  second: "Waits for a second look",
  disagreed: "Reviewers disagree",
  confirmed: "Confirmed",
  dismissed: "Dismissed",
};

const DECISIONS = { confirmed: "Confirmed", dismissed: "Dismissed", second_look: "Second look asked for", withdrawn: "Taken back" };
const BECAUSE = { false_alarm: "False alarm", allowed: "Allowed", technical: "Technical", not_relevant: "Not relevant" };
const BECAUSE_MEANS = {
  false_alarm: "It was not there.",
  allowed: "It was there, and may be.",
  technical: "The equipment did it.",
  not_relevant: "It does not matter.",
};

const RIBBON_WORDS = { measured: "measured", degraded: "not certain", not_measured: "not measured", exempt: "exempt", paused: "paused" };
const MILESTONES = { joined: "Joined", started: "Started", paused: "Paused", resumed: "Resumed", warned: "Warned", finished: "Finished" };

const TEXT = {
  agreement: (kappa, pairs) => (kappa === null ? `Agreement: too little to tell (n ${pairs})` : `Agreement: κ ${kappa.toFixed(2)} (n ${pairs})`),
  agreementMeans: "Cohen's kappa of what two reviewers decided about the same observation, neither knowing of the other.",
  keysOn: "Keys are on",
  keysOff: "Keys are off",
  help: "Keyboard",
  back: "All candidates",
  print: "Print report",
  printing: "Getting the pictures",
  choose: ["Choose a candidate.", "Observations, pictures, sounds and verdicts come up here."],
  nobody: ["Nobody here.", "No candidate is in this state."],
  noCandidates: ["No candidates yet.", "Whoever joins the exam appears here."],
  loading: "Loading",
  time: "The session",
  appeals: "The candidate appeals",
  notes: "Notes about the candidate",
  noNotes: "None.",
  privacy: "There is no film: of each observation a few pictures and a short sound are kept, and of the time between them only what was shared, where an exam asks for it.",
  nothingKept: "No picture or sound of this was kept.",
  previous: "Previous observation",
  next: "Next observation",
  play: "Play",
  pause: "Pause",
  before: "5 s before it",
  after: "5 s after it",
  beforeSign: "−5 s",
  afterSign: "+5 s",
  speed: "Speed",
  skip: "Skip calm",
  still: (at) => `Picture kept at ${at}`,
  sound: (at) => `Sound from ${at}`,
  playhead: "Time in the session",
  explanation: "The candidate says",
  noExplanation: "The candidate gave no explanation.",
  warned: (at) => `Candidate told at ${at}`,
  notWarned: "The candidate was not told meanwhile.",
  parts: (count) => `${count} observations at the same time`,
  times: (count) => `${count} times`,
  verdicts: "Verdicts",
  you: "you",
  confirm: "Confirm",
  dismiss: "Dismiss",
  dismissWhy: "Dismiss, because",
  second: "Second look",
  notAsked: "Cancel",
  note: "Note",
  notePlaceholder: "With your verdict, or alone.",
  keepNote: "Keep note",
  undo: "Undo",
  kept: (what) => `${what}.`,
  noteKept: "Note kept",
  undone: "Taken back",
  notKept: "Not kept yet. Trying again.",
  refused: "Access to this exam has ended. Open your link again.",
  lost: "The server cannot be reached. Trying again; what you see may be old.",
  records: (problem) => `The server has a problem with its records. ${problem}`,
  plots: "Signals around it, as plots",
  noPlots: "Of this time no measurements are kept.",
  score: "To look at",
  outOf: (points) => `${Math.round(points)} of 100`,
  withheld: "Score withheld",
  scoreMeans: "How much there is to look at, without what was dismissed. It says nothing about how likely anything is.",
  measured: (share) => `${share} measured`,
  policy: (preset) => `Policy: ${preset}`,
  noReasons: "Nothing counts.",
  openCount: (open, items) => (open ? `${open} of ${count(items, "item")} to decide` : count(items, "item")),
  place: (number, total) => `${number} of ${total}`,
  goesOn: (title) => `Next: ${title}`,
  allDecided: "Nothing more to decide here.",
};

const KEYS = [
  ["j, ↓", "next observation"],
  ["k, ↑", "previous observation"],
  ["c", "confirm"],
  ["d, then 1 to 4", "dismiss: false alarm, allowed, technical, not relevant"],
  ["s", "ask for a second look"],
  ["Space", "play, or pause; goes on after a verdict"],
  ["[ and ]", "slower, faster"],
  ["m", "marks on the picture, on or off"],
  ["b", "see the picture unblurred, which asks why"],
  ["n", "write a note"],
  ["u", "undo, for 10 seconds"],
  ["?", "this list"],
];

// Nothing need be decided about what is only notable or technical; it may be.
function stateWords({ tab }, state) {
  return tab !== "decide" && state === "open" ? "" : STATE_WORDS[state];
}

function percent(share) {
  if (share === null) return "nothing";
  return share >= 1 ? "100 %" : `${(Math.floor(share * 1000) / 10).toFixed(share < 0.99 ? 0 : 1)} %`;
}

const DAY = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric" });
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

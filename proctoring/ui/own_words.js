// All that the page of a candidate's own record says, in one place.

const WORDS = {
  title: "Your record of this exam",
  lead:
    "This is what is kept of your exam, and what the people who look at it see. Software observed, " +
    "people judge. You can add a note to everything that was observed, and appeal.",
  measured: "What was measured",
  measuredLead: "A full line means that it was measured all the time. What was not is grey, and never held against you.",
  observed: "What was observed",
  none: "Nothing was observed. There is nothing for you to do.",
  technicalTitle: "Technical, never scored",
  technical: "technical",
  told: (at) => `You were told at ${at}.`,
  notTold: "You were not told at the time.",
  picture: "Show the picture",
  sound: "Play the sound",
  pictureOf: (title, at) => `Picture kept for “${title}”, ${at}`,
  soundOf: (title, at) => `Sound kept for “${title}”, ${at}`,
  erased: "It could not be opened. It may have been erased.",
  yourNote: "Your note",
  explain: "Add a note",
  explainLabel: "What happened, in your words",
  appealTitle: "Appeal",
  appealUntil: (at) => `You can add notes and appeal until ${at}.`,
  appealOver: (at) => `The time for notes and appeals ended on ${at}. Please write to your exam office.`,
  appealLead: "Say what you think is wrong, and what should be looked at again. A person reads it.",
  appealLabel: "Your appeal",
  appealed: (at) => `You appealed on ${at}`,
  send: "Send",
  sending: "Sending…",
  kept: "Kept. It stands beside the record now.",
  failed: "It could not be sent. Your text is still here: try again.",
  doneTitle: "What was done in your exam",
  seenTitle: "Who looked at it",
  seenNone: "Nobody has looked at it yet.",
  keptTitle: "What is kept, and until when",
  evidenceUntil: (at) => `Pictures and sounds are erased on ${at}.`,
  recordsUntil: (at) => `Your name, notes and all that is sealed with them are erased on ${at}.`,
  held: "It is on hold, because an appeal or a court needs it: nothing is erased until that is over.",
  consent: (at, version) => `You agreed on ${at} to text ${version}.`,
  download: "Download everything (ZIP)",
  downloading: "Preparing…",
  downloadLead: "Working notes of staff are not in it. Your exam office gives them to you if you ask.",
  unreadable: "Your record cannot be read at this moment. Nothing is lost: reload the page in a moment.",
  verdict: {
    open: "Nobody has decided about this.",
    confirmed: "A person decided: it is what it says.",
    dismissed: "A person decided: it does not count.",
  },
  because: {
    false_alarm: "It was a false alarm.",
    allowed: "It was allowed.",
    technical: "The equipment did it.",
    not_relevant: "It does not matter.",
  },
  state: {
    measured: "measured",
    degraded: "could not tell",
    not_measured: "not measured",
    paused: "paused",
    exempt: "off for you",
  },
  all: "All of the time",
};

const timeOf = (iso) => new Date(iso).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dayOf = (iso) => new Date(iso).toLocaleString("en-GB", { day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" });
const percentOf = (share) => (share === null ? "" : share >= 1 ? "100 %" : `${Math.floor(share * 1000) / 10} %`);

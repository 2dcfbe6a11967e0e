// What the check-in says in the browser, in one place. What the server says of pictures and sound
// is in proctoring/check_in/words.py, and what is wrong with a device in media.js.

const SAYS = {
  empty: "Your picture appears here. Only you see this preview.",
  titles: {
    devices: "Camera, microphone and connection",
    identity: "Your face",
    card: "Your card",
    voice: "Your voice",
  },
  about: {
    devices: "",
    identity:
      "Some pictures are taken by themselves while you look at the camera, then a little to each side. " +
      "They are turned into numbers at once and not kept.",
    card:
      "Hold an identity card with a photo up to the camera. The photo is compared with your face. Nothing " +
      "else on the card is read, and no picture of it is kept.",
    voice:
      "Read the text aloud, as you would to a friend, alone and in a quiet place. You can also say something " +
      "else: any words will do. With a screen reader, wear headphones for it. Your voice is turned into numbers at once, and the sound is not kept.",
  },
  begin: { identity: "Take my pictures", card: "Show my card", voice: "Start reading" },
  again: "Try again",
  onceMore: "Do it once more",
  asItIs: "I cannot turn: take it as it is",
  learnedBefore: "This is done already. You can go on.",
  starting: "Starting…",
  listening_now: "Listening. Read aloud now.",
  working: "Thank you. One moment…",
  waiting: ["Waiting for the browser…", "Answer its question with “Allow”."],
  ready: "Ready",
  heard: "✓ We hear you.",
  listening: "Say a few words: the bar should move.",
  noSound: "Nothing is heard. Check that the microphone is not muted, or choose another one.",
  works: (media) =>
    media.length
      ? `Good. Your ${media.join(" and ")} ${media.length > 1 ? "work" : "works"}.`
      : "This exam needs neither camera nor microphone.",
  counted: (done, of) => `${done} of ${of}`,
  seconds: (s, of) => `${Math.floor(s)} of ${of} seconds`,
  tries: (n) => `This was try ${n} of 3. You can try as often as you like.`,
  askBelow: "You can try again, or ask a proctor to let you in: the button is below.",
  busy: "Many people are checking in right now. This goes on by itself in a moment.",
  unreadable: "The picture could not be read. Choose another camera if there is one.",
  unsaved: "What was learned could not be saved just now.",
  offline: "There is no connection to the server. It is tried again by itself.",
  broken: "Your browser could not do this. Close other programs that use camera or microphone, or use another browser.",
  notCounted: "This is no try of yours, and counts as none. Please try again in a moment.",
  begun: "Your exam has begun. Reload this page.",
  elsewhere: "The check-in was opened in another tab or window, and goes on there.",
  tooLong: {
    identity: "The pictures could not be taken in time.",
    card: "No card was found in time.",
    voice: "The reading took too long.",
  },
  isOff: (medium) => `This step needs your ${medium}, and it is not on.`,
  readAloud: "Read instructions aloud",
  dot: {
    title: "Now look at the dot",
    text: "It is in the middle of your screen. Keep looking at it for about five seconds, and hold your head as you do when you read.",
    skip: "Skip this",
    done: "Thank you",
  },
  checks: {
    title: "Connection and light",
    wait: "being checked…",
    good: "all is well",
    bad: "please have a look",
    browser: {
      name: "Browser",
      good: "It can do all that is needed.",
      bad: (missing) =>
        `It lacks ${missing}. Use a current Firefox, Chrome, Edge or Safari if you can.`,
    },
    line: {
      name: "Connection",
      wait: "Being measured…",
      good: (up, ms) => `${up} Mbit/s up, answers in ${ms} ms. That is enough.`,
      slow: (up, ms) =>
        `${up} Mbit/s up, answers in ${ms} ms. That is slow: close other programs and tabs that use ` +
        "the network, and sit nearer to the router. A gap in the line is never held against you.",
      bad: "The server cannot be reached. Check your network. This is tried again by itself.",
    },
    path: {
      name: "Picture and sound",
      wait: "Looking for a way to the server…",
      direct: "They reach the server directly.",
      relay: "They reach the server over a relay. That is fine.",
      none:
        "No way to the server was found: this network seems to block it. Switch a VPN off, or use another " +
        "network, for instance a phone’s. You can begin anyway: what does not arrive is not measured, and " +
        "your proctor sees just that.",
      unknown: "This could not be tried just now. It will be seen when you begin.",
    },
    light: { name: "Light and place", wait: "Waiting for your picture…" },
  },
};

SAYS.notTheirs = [SAYS.offline, SAYS.unsaved, SAYS.begun]; // failures of the line or of the server

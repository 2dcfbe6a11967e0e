// What the check-in says in the browser, in one place. What the server says of pictures and sound
// is in proctoring/check_in/words.py, and what is wrong with a device in media.js.

const SAYS = {
  empty: t("Your picture appears here. Only you see this preview."),
  titles: {
    devices: t("Camera, microphone and connection"),
    identity: t("Your face"),
    card: t("Your card"),
    room: t("Your room"),
    voice: t("Your voice"),
    screen: t("Your screen"),
  },
  about: {
    devices: "",
    identity:
      t("Some pictures are taken by themselves while you look at the camera, then a little to each side. " +
      "They are turned into numbers at once and not kept."),
    card:
      t("Hold an identity card with a photo up to the camera. The photo is compared with your face. Nothing " +
      "else on the card is read, and no picture of it is kept."),
    room:
      t("Show your room with the camera, once all around: turn the laptop or hold the camera. It takes twenty seconds, " +
      "and what to do next is said to you. Up to twelve pictures are kept for the proctors; no program looks at them. " +
      "Who else is in the room should know before, or leave it."),
    screen:
      t("This exam asks you to share your whole screen. Your browser asks which one: choose “Entire screen”. Pictures " +
      "of it are kept when it changes, so close what is private before: mail, messages, other people’s data. Nothing is " +
      "kept before your exam begins, and the share ends with it."),
    voice:
      t("Read the text aloud, as you would to a friend, alone and in a quiet place. You can also say something " +
      "else: any words will do. With a screen reader, wear headphones for it. Your voice is turned into numbers at once, and the sound is not kept."),
  },
  begin: { identity: t("Take my pictures"), card: t("Show my card"), room: t("Show my room"), voice: t("Start reading"), screen: t("Share my screen") },
  again: t("Try again"),
  onceMore: t("Do it once more"),
  asItIs: t("I cannot turn: take it as it is"),
  learnedBefore: t("This is done already. You can go on."),
  starting: t("Starting…"),
  listening_now: t("Listening. Read aloud now."),
  working: t("Thank you. One moment…"),
  waiting: [t("Waiting for the browser…"), t("Answer its question with “Allow”.")],
  ready: t("Ready"),
  heard: t("✓ We hear you."),
  listening: t("Say a few words: the bar should move."),
  noSound: t("Nothing is heard. Check that the microphone is not muted, or choose another one."),
  allow: (media) => saidOf(media, t("Allow camera and microphone"), t("Allow camera"), t("Allow microphone")),
  works: (media) =>
    media.length
      ? saidOf(media, t("Good. Your camera and microphone work."), t("Good. Your camera works."), t("Good. Your microphone works."))
      : t("This exam needs neither camera nor microphone."),
  counted: (done, of) => t("{done} of {of}", { done, of }),
  seconds: (s, of) => t("{n} of {of} seconds", { n: Math.floor(s), of: sayNumber(of) }),
  tries: (n) => t("This was try {n} of 3. You can try as often as you like.", { n }),
  askBelow: t("You can try again, or ask a proctor to let you in: the button is below."),
  busy: t("Many people are checking in right now. This goes on by itself in a moment."),
  unreadable: t("The picture could not be read. Choose another camera if there is one."),
  unsaved: t("What was learned could not be saved just now."),
  offline: t("There is no connection to the server. It is tried again by itself."),
  broken: t("Your browser could not do this. Close other programs that use camera or microphone, or use another browser."),
  notCounted: t("This is no try of yours, and counts as none. Please try again in a moment."),
  begun: t("Your exam has begun. Reload this page."),
  elsewhere: t("The check-in was opened in another tab or window, and goes on there."),
  tooLong: {
    identity: t("The pictures could not be taken in time."),
    card: t("No card was found in time."),
    voice: t("The reading took too long."),
    room: "",
    screen: "",
  },
  isOff: (medium) =>
    medium === "camera" ? t("This step needs your camera, and it is not on.") : t("This step needs your microphone, and it is not on."),
  readAloud: t("Read instructions aloud"),
  dot: {
    title: t("Now look at the dot"),
    text: t("It is in the middle of your screen. Keep looking at it for about five seconds, and hold your head as you do when you read."),
    skip: t("Skip this"),
    done: t("Thank you"),
  },
  checks: {
    title: t("Connection and light"),
    wait: t("being checked…"),
    good: t("all is well"),
    bad: t("please have a look"),
    browser: {
      name: t("Browser"),
      good: t("It can do all that is needed."),
      bad: (missing) => t("It lacks {missing}. Use a current Firefox, Chrome, Edge or Safari if you can.", { missing }),
    },
    line: {
      name: t("Connection"),
      wait: t("Being measured…"),
      good: (up, ms) => t("{up} Mbit/s up, answers in {ms} ms. That is enough.", { up, ms }),
      slow: (up, ms) =>
        t(
          "{up} Mbit/s up, answers in {ms} ms. That is slow: close other programs and tabs that use " +
            "the network, and sit nearer to the router. A gap in the line is never held against you.",
          { up, ms },
        ),
      bad: t("The server cannot be reached. Check your network. This is tried again by itself."),
    },
    path: {
      name: t("Picture and sound"),
      wait: t("Looking for a way to the server…"),
      direct: t("They reach the server directly."),
      relay: t("They reach the server over a relay. That is fine."),
      none:
        t("This network lets them through by the page’s own line alone. That is fine: some pictures a second are " +
        "sent, and all of the sound."),
      unknown: t("This could not be tried just now. It will be seen when you begin."),
    },
    light: { name: t("Light and place"), wait: t("Waiting for your picture…") },
  },
};

SAYS.notTheirs = [SAYS.offline, SAYS.unsaved, SAYS.begun]; // failures of the line or of the server

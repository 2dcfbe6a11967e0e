// The steps in which something is learned: pictures or sound go to the server, and its answers
// say what to do next. Each gives {isDone, text}; the text of a failure is its cause and cure.

const PICTURE_EVERY_MS = 350;
const IDENTITY_WITHIN_MS = 45000;
const CARD_WITHIN_MS = 40000;
const VOICE_WITHIN_MS = 60000;
const DOT_WITHIN_MS = 15000;
const DOT_EVERY_MS = 50; // the server takes five a second
const DOT_AFTER_MS = 1200; // eyes need a moment to get there
const CAMERA_WITHIN_MS = 5000;
const PICTURE_WIDTH = 640; // px
const JPEG_QUALITY = 0.85;
const PIECE_S = 1 / 3; // of sound

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// A step from its beginning; false if the line broke.
async function begins(line, message) {
  for (;;) {
    const answer = await line.ask({ type: "begin", ...message });
    if (answer?.type !== "busy") return answer?.type === "begun";
    await pause(answer.wait_ms);
  }
}

// The camera's picture as a JPEG; null while there is none.
async function takePicture(video) {
  const canvas = video.classList.contains("on") ? drawPicture(video, { width: PICTURE_WIDTH }) : null;
  const blob = canvas && (await jpegOf(canvas, JPEG_QUALITY));
  return blob?.arrayBuffer() ?? null;
}

// The same from a camera that has just been switched on, which needs a moment.
async function waitForPicture(video) {
  const until = performance.now() + CAMERA_WITHIN_MS;
  let bytes = await takePicture(video);
  while (!bytes && performance.now() < until) {
    await pause(100);
    bytes = await takePicture(video);
  }
  return bytes;
}

// Picture after picture until `take` of an answer gives a result, or the time is over.
async function pictures({ line, video, letter, withinMs, everyMs = PICTURE_EVERY_MS, isWanted, take }) {
  const until = performance.now() + withinMs;
  let last = "";
  while (performance.now() < until && isWanted()) {
    const bytes = await waitForPicture(video);
    if (!bytes) return { isDone: false, text: SAYS.isOff("camera") };
    const answer = await line.send(letter(), bytes);
    if (!answer) return { isDone: false, text: SAYS.offline };
    if (answer.type === "begun_already") return { isDone: false, text: SAYS.begun };
    if (answer.type === "unsaved") return { isDone: false, text: SAYS.unsaved };
    if (answer.type === "busy") await pause(answer.wait_ms);
    const result = SAYS[answer.type] ? null : take(answer);
    last = result?.hint ?? (SAYS[answer.type] || last);
    if (result?.end) return result.end;
    await pause(everyMs);
  }
  return { isDone: false, text: last };
}

async function learnFace({ line, video, isWanted, isAsItIs, show }) {
  if (!(await begins(line, { step: "identity" }))) return { isDone: false, text: SAYS.offline };
  return pictures({
    line,
    video,
    isWanted,
    withinMs: IDENTITY_WITHIN_MS,
    letter: () => (isAsItIs() ? "T" : "S"),
    take: (answer) => {
      show(answer.text, SAYS.counted(answer.done, answer.of), answer.done / answer.of, answer.pose);
      if (answer.has_failed) return { end: { isDone: false, text: answer.text } };
      return { hint: answer.text, end: answer.is_over ? { isDone: true, text: answer.text } : null };
    },
  });
}

async function showCard({ line, video, isWanted, show }) {
  if (!(await begins(line, { step: "card" }))) return { isDone: false, text: SAYS.offline };
  return pictures({
    line,
    video,
    isWanted,
    withinMs: CARD_WITHIN_MS,
    letter: () => "C",
    take: (answer) => {
      show(answer.text, "", 0);
      return { hint: answer.text, end: answer.is_over ? { isDone: true, text: answer.text } : null };
    },
  });
}

// A sheet with a dot in the middle of the screen. Whoever skips it loses nothing: the exam's
// first minute teaches the same.
async function lookAtDot({ line, video, dialog, isWanted }) {
  const find = (selector) => dialog.querySelector(selector);
  let isSkipped = false;
  find("h2").textContent = SAYS.dot.title;
  find(".why").textContent = SAYS.dot.text;
  find(".skip").textContent = SAYS.dot.skip;
  find(".skip").onclick = () => dialog.close();
  dialog.onclose = () => (isSkipped = true);
  if (!(await begins(line, { step: "gaze" }))) return;
  dialog.showModal();
  find("h2").focus();
  await pause(DOT_AFTER_MS);
  await pictures({
    line,
    video,
    isWanted: () => !isSkipped && isWanted(),
    withinMs: DOT_WITHIN_MS,
    everyMs: DOT_EVERY_MS,
    letter: () => "G",
    take: (answer) => {
      dialog.style.setProperty("--done", answer.done / answer.of);
      return answer.is_over ? { end: { isDone: true, text: "" } } : {};
    },
  });
  dialog.onclose = null;
  dialog.close();
}

async function learnVoice({ line, stream, isWanted, show }) {
  if (!stream?.getAudioTracks().length) return { isDone: false, text: SAYS.isOff("microphone") };
  const sound = openSound(stream);
  const { audio } = sound;
  try {
    await audio.resume();
    if (!(await begins(line, { step: "voice", rate: audio.sampleRate }))) return { isDone: false, text: SAYS.offline };
    const pieces = [];
    await collectSound(sound, PIECE_S, ({ samples }) => pieces.push(samples));
    const until = performance.now() + VOICE_WITHIN_MS;
    while (performance.now() < until && isWanted()) {
      const piece = pieces.shift();
      if (!piece) {
        await pause(50);
        continue;
      }
      const answer = await line.send("A", piece.buffer);
      if (!answer) return { isDone: false, text: SAYS.offline };
      if (answer.type === "busy") await pause(answer.wait_ms);
      if (answer.type === "unsaved") return { isDone: false, text: SAYS.unsaved };
      if (answer.type === "begun_already") return { isDone: false, text: SAYS.begun };
      if (answer.type !== "speech") continue;
      show("", SAYS.seconds(answer.speech_s, answer.of_s), answer.speech_s / answer.of_s);
      if (answer.is_over) return { isDone: !answer.trouble, text: answer.trouble || answer.text };
    }
    return { isDone: false, text: SAYS.tooLong.voice };
  } finally {
    audio.close();
  }
}

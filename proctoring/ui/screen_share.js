// The candidate's screen, shared by their own word. The stream belongs to the window, so that it
// outlives the check-in and a change of the language; a reload ends it, as browsers want it.

const SHARED_STREAM = "openproctorShare";
const SHARED_BY = "openproctorSharedBy"; // the exam that keeps it
const LEFT_FOR_MS = 5000; // nobody has kept it for so long: it ends
const LOOK_AT_SCREEN_MS = 1000;
const STILL_AT_LEAST_MS = 60000;
const SHARE_ASKS = {
  video: { displaySurface: "monitor", frameRate: { ideal: 2, max: 5 } },
  audio: false,
  monitorTypeSurfaces: "include",
  selfBrowserSurface: "exclude",
  surfaceSwitching: "exclude",
};
const SHARE_WORDS = {
  share: t("Share my screen"),
  states: {
    share_whole: ["on", t("shared")],
    share_part: ["wait", t("a part of it")],
    share_none: ["wait", t("not shared")],
    share_cannot: ["off", t("cannot be shared")],
  },
  none: {
    title: t("Your screen is not shared"),
    advice: t(
      "This exam asks for your whole screen. Press the button and choose the entire screen. Loading a page anew " +
        "ends a share: take your time to begin it again.",
    ),
  },
  part: {
    title: t("A part of your screen is shared"),
    advice: t("This exam asks for your whole screen. Press the button, and choose “Entire screen” instead of a window or a tab."),
  },
  denied: {
    title: t("Your screen could not be shared"),
    advice: t(
      "Press the button again, choose the entire screen, then “Share”. On a Mac, first allow your browser in System " +
        "Settings, under Privacy & Security, Screen Recording.",
    ),
  },
};

// Phones and tablets have no way to share a screen with a page.
function canShareScreen() {
  return window.isSecureContext && Boolean(navigator.mediaDevices?.getDisplayMedia) && !navigator.userAgentData?.mobile;
}

function sharedScreen() {
  const stream = window[SHARED_STREAM];
  return stream?.getVideoTracks().some((track) => track.readyState === "live") ? stream : null;
}

// Firefox does not say what is shared: then it counts as the whole.
function isWholeScreen(stream) {
  const surface = stream.getVideoTracks()[0].getSettings().displaySurface;
  return surface === undefined || surface === "monitor";
}

// Only upon a press of a button. False if the candidate or the system said no.
async function shareScreen() {
  let stream;
  try {
    stream = await navigator.mediaDevices.getDisplayMedia(SHARE_ASKS);
  } catch {
    return false;
  }
  unshareScreen();
  window[SHARED_STREAM] = stream;
  return true;
}

function unshareScreen() {
  for (const track of window[SHARED_STREAM]?.getTracks() ?? []) track.stop();
  window[SHARED_STREAM] = null;
}

class ScreenShare {
  constructor(onChange) {
    Object.assign(this, { onChange, isWanted: false, isPaused: false, everyMs: 2000, takenAt: -Infinity });
    this.video = Object.assign(document.createElement("video"), { muted: true, playsInline: true });
    this.change = new Change();
    this.sender = new StillSender("screen", { onTaken: ({ every_s }) => (this.everyMs = 1000 * every_s) });
    this.clock = setInterval(() => this.look(), LOOK_AT_SCREEN_MS);
    window[SHARED_BY] = this;
  }

  update({ isWanted, isPaused, pass }) {
    Object.assign(this, { isWanted, isPaused });
    this.sender.update(pass);
    if (!isWanted && sharedScreen()) unshareScreen();
    this.follow(isWanted ? sharedScreen() : null);
  }

  // How it stands, in the word that the server is told; "" where nobody asks.
  get word() {
    if (!this.isWanted) return "";
    const stream = sharedScreen();
    if (stream) return isWholeScreen(stream) ? "share_whole" : "share_part";
    return canShareScreen() ? "share_none" : "share_cannot";
  }

  get notice() {
    const words = this.wasDenied ? SHARE_WORDS.denied : SHARE_WORDS.none;
    return { share_none: words, share_part: SHARE_WORDS.part }[this.word];
  }

  async ask() {
    this.wasDenied = !(await shareScreen()) && !sharedScreen();
    this.follow(sharedScreen());
    this.onChange();
  }

  follow(stream) {
    if (this.video.srcObject === stream) return;
    this.video.srcObject = stream;
    this.takenAt = -Infinity;
    if (!stream) return;
    this.wasDenied = false;
    for (const track of stream.getVideoTracks()) track.onended = () => this.end(stream);
    this.video.play().catch(() => {});
  }

  end(stream) {
    if (window[SHARED_STREAM] === stream) unshareScreen();
    this.follow(sharedScreen());
    this.onChange();
  }

  async look() {
    const since = performance.now() - this.takenAt;
    const isIdle = !this.video.srcObject || this.isPaused || !this.video.videoWidth;
    if (isIdle || this.isDrawing || since < this.everyMs) return;
    const cells = this.change.look(this.video);
    if (since < STILL_AT_LEAST_MS && !this.change.isNew(cells)) return;
    this.isDrawing = true;
    const blob = await drawStill(this.video).finally(() => (this.isDrawing = false));
    if (!blob) return;
    this.change.take(cells);
    this.takenAt = performance.now();
    this.sender.put(blob);
  }

  close() {
    clearInterval(this.clock);
    this.sender.close();
    this.video.srcObject = null;
    if (window[SHARED_BY] === this) window[SHARED_BY] = null;
    setTimeout(() => window[SHARED_BY] || unshareScreen(), LEFT_FOR_MS);
  }
}

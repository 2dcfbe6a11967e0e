// Two steps that show something: the room around the candidate, once all around, and the screen.
// Each gives {isDone, text, cure}, as those in which something is learned.

const ROOM_LASTS_MS = 20000;
const ROOM_EVERY_MS = 1400; // twelve in twenty seconds
const ROOM_STILLS = { most: 12, fewest: 4 };
const ROOM_SENT_WITHIN_MS = 30000;
const SHARE_SAYS = {
  cannot: t("This browser cannot share a screen. Phones and tablets never can; on a computer use a current Chrome, Edge, Firefox or Safari."),
  anyway: t("You can go on without it: the screen is not measured then, and your proctor sees just that. A proctor can also switch it off for you."),
  whole: t("Your whole screen is shared. Close what is private: pictures of it are kept during the exam."),
  part: t("You shared one window or tab."),
  partCure: t("Try again, and choose “Entire screen”."),
  no: t("The screen was not shared."),
};
const ROOM_SAYS = {
  ways: [
    t("Begin with what is in front of you: the desk, the screen and what is beside it."),
    t("Turn slowly to your left, as if you looked around the room."),
    t("Go on, to what is behind you."),
    t("Now the other side, and back to the front. Show the floor and under the desk, too."),
  ],
  seconds: (n) => t("{n} seconds left", { n }),
  done: (n) => t("Thank you. {n} pictures of your room are kept for the proctors.", { n }),
  still: t("The picture hardly changed."),
  stillCure: t("Turn the camera or the computer slowly, once all around you."),
  enough: t("There are enough pictures of your room."),
  cannot: t("I cannot do this"),
  whyCannot: t("The camera cannot be turned around the room"),
};

async function showRoom({ video, pass, isWanted, show }) {
  const change = new Change();
  let kept = 0;
  let refused = "";
  const sender = new StillSender("room", { onTaken: () => (kept += 1), onRefused: (text) => (refused = text) });
  sender.update(pass());
  const begun = performance.now();
  let taken = 0;
  try {
    while (isWanted() && !refused) {
      const past = performance.now() - begun;
      if (past >= ROOM_LASTS_MS || taken >= ROOM_STILLS.most) break;
      const way = Math.min(ROOM_SAYS.ways.length - 1, Math.floor((past / ROOM_LASTS_MS) * ROOM_SAYS.ways.length));
      show(ROOM_SAYS.ways[way], ROOM_SAYS.seconds(Math.ceil((ROOM_LASTS_MS - past) / 1000)), past / ROOM_LASTS_MS);
      if (past >= taken * ROOM_EVERY_MS && video.videoWidth) {
        const cells = change.look(video);
        const blob = change.isNew(cells) ? await drawStill(video) : null;
        if (blob) {
          change.take(cells);
          sender.put(blob);
          taken += 1;
        }
      }
      await pause(200);
    }
    const until = performance.now() + ROOM_SENT_WITHIN_MS;
    while (sender.waiting.length && isWanted() && performance.now() < until) {
      sender.update(pass());
      await pause(200);
    }
    if (refused) return { isDone: false, text: SAYS.unsaved, cure: refused };
    if (sender.waiting.length) return { isDone: false, text: SAYS.offline };
    if (kept < ROOM_STILLS.fewest) return { isDone: false, text: ROOM_SAYS.still, cure: ROOM_SAYS.stillCure };
    return { isDone: true, text: ROOM_SAYS.done(kept) };
  } finally {
    sender.close();
  }
}

// The screen, of which nobody but this browser knows how it stands.
class ScreenStep {
  constructor(checkIn, node) {
    Object.assign(this, { checkIn, node, share: "" });
  }

  // What was shared in this tab before, and has not ended, counts; what cannot be is said at once.
  enter() {
    const stream = sharedScreen();
    this.report(stream ? "whole" : canShareScreen() ? "" : "cannot");
    if (this.share === "cannot") this.checkIn.say("bad", "! ", SHARE_SAYS.cannot, SHARE_SAYS.anyway);
    if (stream) this.checkIn.say("good", "✓ ", SHARE_SAYS.whole, "");
  }

  async show() {
    const result = await this.ask();
    this.report(result.isDone ? "whole" : result.isImpossible ? "cannot" : "");
    return result;
  }

  async ask() {
    if (!canShareScreen()) return { isDone: false, isImpossible: true, text: SHARE_SAYS.cannot, cure: SHARE_SAYS.anyway };
    if (!(await shareScreen())) return { isDone: false, text: SHARE_SAYS.no, cure: SHARE_WORDS.denied.advice };
    if (isWholeScreen(sharedScreen())) return { isDone: true, text: SHARE_SAYS.whole };
    unshareScreen();
    return { isDone: false, text: SHARE_SAYS.part, cure: SHARE_SAYS.partCure };
  }

  // Small, for the candidate alone; and the page around is told.
  report(share) {
    const stream = sharedScreen();
    const video = this.node.querySelector("video");
    if (video.srcObject !== stream) video.srcObject = stream;
    if (stream) video.play().catch(() => {});
    for (const track of stream?.getVideoTracks() ?? []) track.onended = () => this.end();
    this.node.classList.toggle("on", share === "whole");
    if (this.share === share) return;
    this.share = share;
    this.checkIn.reportShare(share);
  }

  end() {
    if (this.checkIn.step === "screen" && !this.checkIn.isClosed) this.checkIn.enter("screen", true);
  }
}

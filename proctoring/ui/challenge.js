// What a candidate is asked to do when their picture may not be live: a calm sheet over the page,
// which can always be skipped. The server made the steps; their clock runs from when it has
// heard that we begin, so that both sides count from the same moment.

const ARRIVES_WITHIN_S = 4; // the server's word that it has heard; later, its times are not ours
const THANKED_FOR_S = 2;

const WORDS = {
  turn: {
    title: t("Please turn your head, twice"),
    why:
      t("From your camera’s picture alone it cannot be told that it is live. That can happen when " +
      "somebody sits quietly, or in unusual light. To settle it, turn your head where the arrow " +
      "points, and back. It takes about fifteen seconds."),
  },
  colours: {
    title: t("Please sit in some soft light"),
    why:
      t("From your camera’s picture alone it cannot be told that it is of now. To settle it, this " +
      "page takes on a few soft colours, which your camera can see on your face. Just keep looking " +
      "at the screen. It takes about ten seconds."),
  },
};

class ChallengeView {
  constructor(dialog, report) {
    Object.assign(this, { dialog, report });
    this.find = (selector) => dialog.querySelector(selector);
    this.asked = null; // what is on the screen
    this.ended = new Set(); // ids; the server may still tell of them for a moment
    this.timers = [];
    this.find(".begin").onclick = () => this.begin();
    this.find(".skip").onclick = () => this.end("challenge_skipped");
    dialog.oncancel = (event) => {
      event.preventDefault(); // Escape
      this.end("challenge_skipped");
    };
    dialog.onclose = () => this.end("challenge_skipped"); // a browser that closes it all the same
    this.onVisibility = () => document.hidden && this.isBegun && this.end("challenge_left");
    document.addEventListener("visibilitychange", this.onVisibility);
  }

  // The server's word on what is asked now; null if nothing is, or if there is no line to it.
  update(asked) {
    if (this.asked && this.asked.id !== asked?.id) this.end(this.isBegun ? "challenge_left" : "");
    if (!asked || this.asked || this.ended.has(asked.id)) return;
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (asked.kind === "colours" && isCalm) {
      if (this.refused !== asked.id) this.report("challenge_no_colours", asked.id);
      this.refused = asked.id; // turns come in their place
      return;
    }
    this.offer(asked);
  }

  offer(asked) {
    Object.assign(this, { asked, isBegun: false });
    const { title, why } = WORDS[asked.kind];
    this.dialog.dataset.stage = "offer";
    this.find(".about").textContent = t("Your picture");
    this.say(title, why);
    this.dialog.showModal();
    this.find("h2").focus(); // on no button: whoever is typing must not press it
    this.whenSeen(() => this.report("challenge_seen", asked.id));
  }

  begin() {
    const { id, steps } = this.asked;
    this.isBegun = true;
    this.dialog.dataset.stage = "run";
    this.say(t("Look at the screen"), "");
    if (this.asked.kind === "turn") this.sign("ahead");
    this.find("h2").focus();
    this.after(ARRIVES_WITHIN_S, () => this.end("challenge_left"));
    this.whenSeen(() => this.report("challenge_shown", id, () => this.asked?.id === id && this.run(steps)));
  }

  run(steps) {
    this.stop();
    const { kind, id } = this.asked;
    for (const [number, { start_s, end_s, ask }] of steps.entries()) {
      if (kind === "colours") {
        this.after(start_s, () => this.light(ask));
      } else {
        this.after(start_s, () => this.turn(ask, number + 1, steps.length));
        if (number < steps.length - 1) this.after(end_s, () => this.rest());
      }
    }
    this.after(steps.at(-1).end_s, () => {
      this.report("challenge_done", id);
      this.thank();
    });
  }

  turn(side, number, of) {
    this.sign(side);
    this.find(".about").textContent = t("Your picture, turn {number} of {of}", { number, of });
    const asked = side === "left" ? t("Turn your head to the left") : t("Turn your head to the right");
    this.say(asked, "", `${asked}.`);
  }

  rest() {
    this.sign("ahead");
    const asked = t("And back to the screen");
    this.say(asked, "", `${asked}.`);
  }

  light(colour) {
    this.dialog.style.setProperty("--light", colour);
    this.dialog.dataset.stage = "light";
    this.say(t("Keep looking at the screen"), "", "");
  }

  thank() {
    this.ended.add(this.asked.id);
    this.dialog.dataset.stage = "thanks";
    this.find(".about").textContent = t("Your picture");
    this.sign("done");
    const [thanks, on] = [t("Thank you"), t("Go on with your exam.")];
    this.say(thanks, on, `${thanks}. ${on}`);
    this.after(THANKED_FOR_S, () => this.end(""));
  }

  // `event` is what the server is told of it, if anything.
  end(event) {
    if (!this.asked) return;
    const { id } = this.asked;
    this.stop();
    if (event && !this.ended.has(id)) this.report(event, id);
    this.ended.add(id);
    Object.assign(this, { asked: null, isBegun: false });
    this.dialog.close(); // the focus goes back to where it was
    this.dialog.style.removeProperty("--light");
    this.sign("");
  }

  say(title, why, spoken = "") {
    this.find("h2").textContent = title;
    this.find(".why").textContent = why;
    this.find(".spoken").textContent = spoken;
  }

  sign(name) {
    this.find(".sign").hidden = !name;
    this.find(".sign").dataset.sign = name;
  }

  // Once it is really on a screen: a hidden page paints nothing.
  whenSeen(act) {
    const { id } = this.asked;
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        if (this.asked?.id !== id) return;
        if (!document.hidden && this.dialog.getClientRects().length) act();
        else this.after(0.5, () => this.whenSeen(act));
      }),
    );
  }

  after(seconds, act) {
    this.timers.push(setTimeout(act, seconds * 1000));
  }

  stop() {
    this.timers.forEach(clearTimeout);
    this.timers = [];
  }

  close() {
    document.removeEventListener("visibilitychange", this.onVisibility);
    this.end(this.isBegun ? "challenge_left" : "");
  }
}

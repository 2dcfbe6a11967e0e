// A notification and a tone when something new needs a proctor: both off until somebody asks for
// them, in this browser alone. They say how many, and no name: others may see the screen.

const NOTIFIES = "openproctor.desk.notifies";
const SOUNDS = "openproctor.desk.sounds";
const AGAIN_AFTER_MS = 10000;
const TONES_HZ = [660, 880];
const TONE_S = 0.14;

class Alerts {
  constructor(desk, find) {
    Object.assign(this, { desk, find, known: null, at: -AGAIN_AFTER_MS });
    this.notifies = find(".options [name=notifies]");
    this.sounds = find(".options [name=sounds]");
    this.words = find(".options .hint");
    this.name = find(".options [name=called]");
    this.notifies.checked = stored(NOTIFIES) === "yes" && this.isAllowed;
    this.sounds.checked = stored(SOUNDS) === "yes";
    this.notifies.onchange = () => this.ask();
    this.sounds.onchange = () => {
      store(SOUNDS, this.sounds.checked ? "yes" : "");
      if (this.sounds.checked) this.sound();
    };
    const menu = find(".options");
    menu.onkeydown = ({ key }) => {
      if (key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.firstElementChild.focus();
    };
    find(".desk").addEventListener("pointerdown", ({ target }) => menu.contains(target) || (menu.open = false));
    this.name.value = desk.duty.name;
    this.name.onchange = () => desk.duty.call(this.name.value);
  }

  get isAllowed() {
    return "Notification" in window && Notification.permission === "granted";
  }

  async ask() {
    if (this.notifies.checked && "Notification" in window) await Notification.requestPermission();
    const isOn = this.notifies.checked && this.isAllowed;
    if (this.notifies.checked && !isOn) write(this.words, "This browser does not allow notifications for this page.");
    this.notifies.checked = isOn;
    store(NOTIFIES, isOn ? "yes" : "");
  }

  // Of what has come since; what was there when the desk opened is on the screen already.
  update() {
    const { duty, candidates } = this.desk;
    if (!duty.isKnown || !candidates) return;
    const asking = [...candidates.values()].filter((c) => c.marks.some((mark) => ASKS.includes(mark))).map((c) => `ask ${c.id}`);
    const now = [...duty.told.queue.map(({ id }) => id), ...asking];
    const isNew = this.known && now.some((one) => !this.known.has(one));
    this.known = new Set([...(this.known ?? []), ...now]);
    if (isNew) this.due = true;
    if (!this.due || !now.length || performance.now() - this.at < AGAIN_AFTER_MS) return;
    this.due = false;
    this.at = performance.now();
    if (this.sounds.checked) this.sound();
    if (this.notifies.checked && this.isAllowed) this.notify(now.length);
  }

  notify(number) {
    const note = new Notification(`${number} ${number === 1 ? "needs" : "need"} attention`, { body: document.title, tag: "openproctor-desk", silent: true });
    note.onclick = () => {
      window.focus();
      note.close();
    };
  }

  // Two short, soft tones.
  sound() {
    this.audio ??= new AudioContext();
    this.audio.resume();
    TONES_HZ.forEach((hz, i) => {
      const start = this.audio.currentTime + i * TONE_S;
      const [tone, volume] = [this.audio.createOscillator(), this.audio.createGain()];
      tone.frequency.value = hz;
      volume.gain.setValueAtTime(0, start);
      volume.gain.linearRampToValueAtTime(0.12, start + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.001, start + TONE_S);
      tone.connect(volume).connect(this.audio.destination);
      tone.start(start);
      tone.stop(start + TONE_S);
    });
  }

  close() {
    this.audio?.close();
  }
}

// What a screen reader is told, and what the browser reads aloud for whoever asks: never so
// often that nobody could follow.

const SAY_EVERY_MS = 3500;
const SAY_AGAIN_MS = 15000;
const ALOUD_KEY = "openproctor:read-aloud";

class Spoken {
  constructor(region, button) {
    Object.assign(this, { region, button, last: "", at: -Infinity, isMuted: false });
    button.hidden = !window.speechSynthesis;
    button.textContent = SAYS.readAloud;
    try {
      this.isAloud = localStorage.getItem(ALOUD_KEY) === "1";
    } catch {
      this.isAloud = false; // storage is off
    }
    button.onclick = () => this.toggle();
    button.setAttribute("aria-pressed", this.isAloud);
  }

  toggle() {
    this.isAloud = !this.isAloud;
    this.button.setAttribute("aria-pressed", this.isAloud);
    try {
      localStorage.setItem(ALOUD_KEY, this.isAloud ? "1" : "");
    } catch {
      // it holds for this page
    }
    window.speechSynthesis.cancel();
    if (this.isAloud && this.last) this.aloud(this.last);
  }

  // Guidance: what comes too soon is left out, because the next picture says it again.
  say(text) {
    const since = performance.now() - this.at;
    if (!text || since < SAY_EVERY_MS || (text === this.last && since < SAY_AGAIN_MS)) return;
    this.now(text);
  }

  // What must be heard: a result, a new task.
  now(text) {
    Object.assign(this, { last: text, at: performance.now() });
    this.region.textContent = text;
    if (this.isAloud && !this.isMuted) this.aloud(text);
  }

  aloud(text) {
    window.speechSynthesis.cancel();
    const speech = new SpeechSynthesisUtterance(text);
    speech.lang = LOCALE;
    const voices = window.speechSynthesis.getVoices().filter(({ lang }) => lang.startsWith(LANGUAGE));
    speech.voice = voices.find(({ lang }) => lang.replace("_", "-") === LOCALE) ?? voices[0] ?? null;
    window.speechSynthesis.speak(speech);
  }

  // While a voice is learned, no other shall be heard.
  mute(isMuted) {
    this.isMuted = isMuted;
    if (isMuted) window.speechSynthesis?.cancel();
  }

  close() {
    window.speechSynthesis?.cancel();
  }
}

// An exam elsewhere: a link to it, and the site itself on this page if it lets itself be shown.
//
// No page can see whether another site showed itself in a frame or refused, so the note says what
// a refusal looks like. Camera and microphone are kept from it, and it cannot lead this page away.

const COMES_WITHIN_MS = 15000;
const WORDS = {
  title: t("Your questions"),
  about: (host) => t("You work on your exam at {host}. Leave this page open all the while, and come back to it to finish.", { host }),
  open: t("Open the exam in a new tab"),
  show: t("Show it on this page"),
  hide: t("Hide it"),
  loading: (host) => t("Waiting for {host}…", { host }),
  shown: (host) => t("If you see no exam below, or read that {host} refused to connect or wants you to sign in over and over, it does not let itself be shown here. Open it in a new tab instead; nothing is lost.", { host }),
  late: (host) => t("{host} does not answer. Open it in a new tab instead, or try again.", { host }),
  refused: (host) => t("{host} cannot be shown on this page. Open it in a new tab instead.", { host }),
  frame: (host) => t("Your exam at {host}", { host }),
};

class Outside {
  constructor(root) {
    this.find = (selector) => root.querySelector(selector);
    this.find(".show").onclick = () => this.toggle();
    this.find("iframe").onload = () => this.isShown && !this.isRefused && this.say(WORDS.shown(this.host));
    // What our own headers keep out. The browser tells the page of this, and of nothing else.
    this.onRefusal = ({ effectiveDirective }) => {
      if (effectiveDirective !== "frame-src" || !this.isShown) return;
      this.isRefused = true;
      this.say(WORDS.refused(this.host));
    };
    document.addEventListener("securitypolicyviolation", this.onRefusal);
  }

  update({ data }) {
    if (this.url?.href === data.url) return;
    this.url = new URL(data.url);
    this.host = this.url.host;
    this.find("h2").textContent = WORDS.title;
    this.find(".about").textContent = WORDS.about(this.host);
    this.find(".open").textContent = WORDS.open;
    this.find(".open").href = this.url.href;
    this.find("iframe").title = WORDS.frame(this.host);
    // A frame of our own origin could take off its sandbox; one without https is not loaded.
    const isOwn = this.url.origin === location.origin;
    const isMixed = location.protocol === "https:" && this.url.protocol !== "https:";
    this.find(".show").hidden = isOwn || isMixed;
    this.hide();
  }

  toggle() {
    if (this.isShown) return this.hide();
    Object.assign(this, { isShown: true, isRefused: false });
    this.find(".shown").hidden = false;
    this.find("iframe").src = this.url.href;
    this.label(WORDS.hide);
    this.say(WORDS.loading(this.host));
    this.timer = setTimeout(() => this.say(WORDS.late(this.host)), COMES_WITHIN_MS);
  }

  hide() {
    clearTimeout(this.timer);
    this.isShown = false;
    this.find(".shown").hidden = true;
    this.label(WORDS.show);
  }

  label(text) {
    this.find(".show").textContent = text;
    this.find(".show").setAttribute("aria-expanded", this.isShown);
  }

  say(text) {
    clearTimeout(this.timer);
    this.find(".note").textContent = text;
  }

  close() {
    clearTimeout(this.timer);
    document.removeEventListener("securitypolicyviolation", this.onRefusal);
  }
}

export default function (component) {
  const root = component.parentElement;
  root.outside ??= new Outside(root);
  root.outside.update(component);
  return () => root.outside.close();
}

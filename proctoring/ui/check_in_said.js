// What the check-in says of how it stands: a message, a hint beside the picture, how far it is.

class Said {
  constructor(root, spoken) {
    Object.assign(this, { spoken, find: (selector) => root.querySelector(selector) });
  }

  // `look` is "good", "bad" or ""; what is said already is not said again.
  message(look, sign, title, text) {
    const message = this.find(".message");
    const key = [look, title, text].join("|");
    if (message.dataset.key === key) return;
    message.dataset.key = key;
    if (title) this.spoken.now(`${title}. ${text}`.replace(/([.…!?])\./, "$1"));
    const strong = document.createElement("strong");
    strong.textContent = title && sign + title;
    message.className = `message ${look}`;
    message.replaceChildren(strong, text);
  }

  hint(text, isGood) {
    const hint = this.find(".hint");
    hint.hidden = false;
    hint.textContent = text;
    hint.classList.toggle("good", isGood);
    this.spoken.say(text);
  }

  // `share` of one.
  progress(count, share) {
    this.find(".progress").hidden = !count;
    this.find(".count").textContent = count;
    const percent = Math.round(share * 100);
    const bar = this.find(".progress .bar");
    bar.firstElementChild.style.width = `${percent}%`;
    bar.setAttribute("aria-valuenow", percent);
  }
}

// Single keys, which can be switched off (WCAG 2.2, 2.1.4). Streamlit's own, r and c, do nothing here
// in either case: they would run the page again.

const SWITCH = "openproctor review keys"; // "off" in this browser
const STREAMLITS = ["r", "c", "R", "C"];
const TAKES_TEXT = "input:not([type=range], [type=checkbox]), textarea, select, [contenteditable]";
const TAKES_SPACE = "button, a, summary, input, select, [role=tab]";

class Keys {
  constructor(desk, find) {
    Object.assign(this, { desk, find, isOn: recall() !== "off" });
    this.button = find("button.keys");
    this.button.onclick = () => this.showHelp();
    this.dialog = find("dialog.help");
    this.listen = (event) => this.press(event);
    window.addEventListener("keydown", this.listen, { capture: true });
    this.actions = {
      j: () => desk.items.step(1),
      ArrowDown: () => desk.items.step(1),
      k: () => desk.items.step(-1),
      ArrowUp: () => desk.items.step(-1),
      c: () => desk.bar.decide("confirmed"),
      d: () => desk.bar.askWhy(true),
      s: () => desk.bar.decide("second_look"),
      " ": () => desk.player.toggles(),
      "[": () => desk.player.turnSpeed(-1),
      "]": () => desk.player.turnSpeed(1),
      m: () => desk.player.reveal.turnMarks(),
      b: () => desk.player.reveal.ask(true),
      n: () => desk.bar.note.focus(),
      u: () => desk.bar.undo(),
      "?": () => this.showHelp(),
    };
    this.makeHelp();
    this.draw();
  }

  makeHelp() {
    const rows = KEYS.map(([key, words]) => element("div", {}, element("dt", {}, element("kbd", {}, key)), element("dd", {}, words)));
    this.switch = element("input", { type: "checkbox", checked: this.isOn, onchange: () => this.turn(this.switch.checked) });
    const close = element("button", { type: "button", className: "close", onclick: () => this.dialog.close() }, icon("close"));
    close.setAttribute("aria-label", "Close");
    this.dialog.append(element("header", {}, element("h2", { id: "help-title" }, TEXT.help), close), element("dl", {}, ...rows), element("label", {}, this.switch, TEXT.keysOn));
    closeBeside(this.dialog);
  }

  showHelp() {
    if (this.dialog.open) this.dialog.close();
    else this.dialog.showModal();
  }

  turn(isOn) {
    this.isOn = isOn;
    remember(isOn ? "" : "off");
    this.draw();
  }

  draw() {
    write(this.button, this.isOn ? TEXT.keysOn : TEXT.keysOff);
    this.button.setAttribute("aria-keyshortcuts", "?");
    this.find(".review").classList.toggle("keyless", !this.isOn);
  }

  press(event) {
    const target = event.composedPath()[0];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isText = target.matches?.(TAKES_TEXT);
    if (isText) {
      if (event.key === "Escape" && target === this.desk.bar.note) return this.take(event, () => this.desk.items.focus());
      return;
    }
    if (STREAMLITS.includes(event.key)) event.stopImmediatePropagation();
    if (!this.isOn || !this.desk.candidateId || (this.dialog.open && event.key !== "?")) return;
    const action = this.action(event, target);
    if (action) this.take(event, action);
  }

  action({ key }, target) {
    if (this.desk.bar.isAsking) {
      const because = Object.keys(BECAUSE)[Number(key) - 1];
      if (because) return () => this.desk.bar.decide("dismissed", because);
      if (key === "Escape") return () => this.desk.bar.askWhy(false);
    }
    const isRow = target.closest?.("#review-items ol") !== null && target.matches?.("button");
    if (key === " " && target.matches?.(TAKES_SPACE) && !isRow) return null;
    if (key.startsWith("Arrow") && !(isRow || target === document.body || target.matches?.("h2, .case"))) return null;
    return this.actions[key.length === 1 ? key.toLowerCase() : key];
  }

  take(event, action) {
    event.preventDefault();
    event.stopImmediatePropagation();
    action();
  }

  close() {
    window.removeEventListener("keydown", this.listen, { capture: true });
  }
}

function recall() {
  try {
    return localStorage.getItem(SWITCH);
  } catch {
    return null; // it may be forbidden
  }
}

function remember(value) {
  try {
    localStorage.setItem(SWITCH, value);
  } catch {
    // then until the page is left
  }
}

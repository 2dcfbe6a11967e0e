// What is checked by itself in the first step, as a list in words.

class Checks {
  constructor(root) {
    this.root = root;
    this.list = root.querySelector("ul");
  }

  begin() {
    const missing = missingInBrowser();
    const { good, bad } = SAYS.checks.browser;
    this.show("browser", missing.length ? "bad" : "good", missing.length ? bad(missing.join(", ")) : good);
    this.show("line", "wait", SAYS.checks.line.wait);
  }

  // Once: what the line carries, then which way media would take, if there are any. The browser hides its addresses
  // until it may use the camera, so that is waited for.
  async inspect(line, isPathAsked) {
    if (this.isInspected) return;
    this.isInspected = true;
    const says = SAYS.checks;
    this.show("line", "wait", says.line.wait);
    if (isPathAsked) this.show("path", "wait", says.path.wait);
    const measured = await measureLine(line);
    if (measured) this.showLine(measured);
    if (isPathAsked) await this.tryPath(line);
    if (!measured) this.isInspected = false; // the line broke meanwhile
  }

  async tryPath(line) {
    this.path = await findPath(line);
    if (this.path === "none") rememberSnapshots();
    const looks = { direct: "good", relay: "good", none: "good", unknown: "slow" };
    this.show("path", looks[this.path], SAYS.checks.path[this.path]);
  }

  showLine({ up, ms }) {
    const isEnough = up >= ENOUGH_MBIT && ms <= SLOW_MS;
    const look = isEnough ? "good" : "slow";
    this.show("line", look, SAYS.checks.line[look](sayNumber(up, up < 10 ? 1 : 0), ms));
  }

  // In a line; the list opens by itself where something is to be read in it.
  sum() {
    const looks = [...this.list.children].map((item) => item.dataset.look);
    const { title, wait, good, bad } = SAYS.checks;
    const isBad = looks.includes("bad") || looks.includes("slow");
    const word = looks.includes("wait") ? wait : isBad ? bad : good;
    this.root.querySelector("summary").textContent = `${title}: ${word}`;
    this.root.dataset.look = isBad ? "bad" : "good";
    const asksFor = looks.join();
    if (isBad && !looks.includes("wait") && asksFor !== this.opened) this.root.open = true;
    this.opened = asksFor;
  }

  show(name, look, text) {
    let item = this.list.querySelector(`[data-check="${name}"]`);
    if (!item) {
      item = document.createElement("li");
      item.dataset.check = name;
      item.append(document.createElement("b"), document.createElement("span"));
      item.firstChild.textContent = SAYS.checks[name].name;
      this.list.append(item);
    }
    item.dataset.look = look;
    item.lastChild.textContent = text;
    this.sum();
  }
}

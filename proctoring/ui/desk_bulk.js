// One action for several candidates, or for all that are shown. Each of them is done for itself,
// once, however often it is sent; whoever it could not be done for is named.

const BULK_TOOLS = {
  message: "Message",
  warning: "Warn",
  pause: "Pause",
  resume: "Resume",
  more: "Add time",
  recheck: "Re-check identity",
  note: "Note",
  end: "End exams",
};
const MOST_FAILED = 8; // that are named one by one

class Bulk {
  constructor(desk, find) {
    Object.assign(this, { desk, find, chosen: new Set(), open: "" });
    this.bar = find(".bulk");
    this.form = find(".bulk .form");
    this.result = find(".bulk .result");
    this.start = find(".select");
    this.forms = new Forms({ act: (...what) => this.act(...what), close: () => this.close() });
    this.tools = {};
    for (const [name, label] of Object.entries(BULK_TOOLS)) {
      this.tools[name] = element("button", { type: "button", onclick: () => this.toggle(name) }, label);
    }
    find(".bulk .tools").append(...Object.values(this.tools));
    this.start.onclick = () => this.select(!this.isOn);
    find(".bulk .all").onclick = () => this.choose(desk.wall.shown.map(({ id }) => id));
    find(".bulk .none-of").onclick = () => this.choose([]);
    find(".bulk .end-selecting").onclick = () => this.select(false);
  }

  select(isOn) {
    this.isOn = isOn;
    this.find(".desk").classList.toggle("selecting", isOn);
    this.start.setAttribute("aria-pressed", String(isOn));
    this.bar.hidden = !isOn;
    write(this.result, "");
    if (!isOn) {
      this.choose([]);
      this.start.focus({ preventScroll: true });
    }
  }

  set(id, isChosen) {
    this.choose(isChosen ? [...this.chosen, id] : [...this.chosen].filter((one) => one !== id));
  }

  choose(ids) {
    this.chosen = new Set(ids);
    this.close();
    for (const [id, { box, root }] of this.desk.wall.tiles) {
      box.checked = this.chosen.has(id);
      root.classList.toggle("chosen", box.checked);
    }
    this.draw();
  }

  draw() {
    this.start.hidden = !this.desk.mayAct;
    if (!this.isOn) return;
    write(this.find(".bulk .number"), `${count(this.chosen.size, "candidate")} selected`);
    write(this.find(".bulk .all"), `Select all ${this.desk.wall.shown.length} shown`);
    for (const tool of Object.values(this.tools)) tool.disabled = !this.chosen.size || this.isBusy;
  }

  toggle(name) {
    if (name === "resume") return this.act("resume", {}, "Resumed.");
    if (this.open === name) return this.close();
    this.open = name;
    write(this.result, "");
    const number = this.chosen.size;
    this.form.replaceChildren(...(name === "end" ? this.forms.end(count(number, "candidate"), String(number)) : this.forms[name]()));
    this.form.hidden = false;
    for (const [of, tool] of Object.entries(this.tools)) tool.setAttribute("aria-expanded", String(of === name));
    this.form.querySelector("input, textarea, select, button")?.focus();
  }

  close() {
    this.open = "";
    this.form.hidden = true;
    this.form.replaceChildren();
    for (const tool of Object.values(this.tools)) tool.setAttribute("aria-expanded", "false");
  }

  async act(kind, content, words) {
    const ids = [...this.chosen];
    let done = 0;
    this.isBusy = true;
    this.close();
    this.draw();
    const say = () => write(this.result, `${done} of ${ids.length} …`);
    say();
    const failed = (await Promise.all(
      ids.map(async (id) => {
        const why = await this.desk.act(id, kind, content);
        done += 1;
        say();
        return why ? { name: this.desk.name(id), why } : null;
      }),
    )).filter(Boolean);
    this.isBusy = false;
    this.draw();
    write(this.result, `${words} ${count(ids.length - failed.length, "candidate")}.${this.said(failed)}`);
    this.find(".bulk").focus({ preventScroll: true });
  }

  // "Not done for 2: Ada (This exam is finished.), Bo (…)."
  said(failed) {
    if (!failed.length) return "";
    const named = failed.slice(0, MOST_FAILED).map(({ name, why }) => `${name} (${why.replace(/\.$/, "")})`);
    const more = failed.length > named.length ? ` and ${failed.length - named.length} more` : "";
    return ` Not done for ${failed.length}: ${named.join(", ")}${more}.`;
  }
}

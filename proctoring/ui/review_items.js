// The observations of one candidate: three tabs, and a list that the keyboard goes through.

class Items {
  constructor(desk, find) {
    Object.assign(this, { desk, find, rows: new Map(), items: [], chosenId: "" });
    this.tab = desk.place.get("tab") in TABS ? desk.place.get("tab") : "decide";
    this.tabs = Object.entries(TABS).map(([name, words]) => {
      const tab = element("button", { type: "button", id: `review-tab-${name}`, onclick: () => this.chooseTab(name) }, words.name, " ", element("b", {}, "0"));
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", "review-items");
      tab.onkeydown = ({ key }) => this.turnTab({ ArrowLeft: -1, ArrowRight: 1 }[key] ?? 0);
      return tab;
    });
    find(".tabs").append(...this.tabs);
  }

  get names() {
    return Object.keys(TABS);
  }

  of(tab) {
    return this.items.filter((item) => item.tab === tab);
  }

  get shown() {
    return this.of(this.tab);
  }

  get chosen() {
    return this.items.find(({ id }) => id === this.chosenId);
  }

  // Another candidate: at the first that is to decide.
  begin(candidate) {
    this.rows.clear();
    this.find("#review-items ol").replaceChildren();
    this.items = candidate.items;
    const wanted = this.desk.place.get("item");
    const asked = this.items.find(({ id }) => id === wanted);
    this.tab = asked?.tab ?? (this.of(this.tab).length ? this.tab : this.names.find((name) => this.of(name).length) ?? "decide");
    this.chosenId = asked?.id ?? this.firstOpen()?.id ?? "";
    this.draw();
    this.desk.showItem(undefined);
  }

  firstOpen() {
    return this.shown.find(isToDecide) ?? this.shown[0];
  }

  update(candidate) {
    this.items = candidate.items;
    if (!this.chosen) this.chosenId = this.firstOpen()?.id ?? "";
    this.draw();
    this.desk.showItem(null);
  }

  chooseTab(name, isFocused = false) {
    this.tab = name;
    this.chosenId = this.firstOpen()?.id ?? "";
    this.desk.place.set("tab", name === "decide" ? "" : name);
    this.draw();
    this.desk.showItem(undefined);
    if (isFocused) this.tabs[this.names.indexOf(name)].focus();
  }

  turnTab(by) {
    if (by) this.chooseTab(this.names[(this.names.indexOf(this.tab) + by + this.names.length) % this.names.length], true);
  }

  open(id, at) {
    const item = this.items.find((one) => one.id === id);
    if (!item) return;
    this.tab = item.tab;
    this.chosenId = id;
    this.draw();
    this.desk.showItem(at);
  }

  // The keyboard's way: what is chosen gets the focus, so that it is read out.
  step(by) {
    const place = this.shown.findIndex(({ id }) => id === this.chosenId);
    const next = this.shown[Math.min(this.shown.length - 1, Math.max(0, place + by))];
    if (!next) return;
    if (next.id !== this.chosenId) this.open(next.id);
    this.focus();
  }

  // After a decision: to the next that is still to decide, or nowhere.
  goOn() {
    const place = this.shown.findIndex(({ id }) => id === this.chosenId);
    const next = [...this.shown.slice(place + 1), ...this.shown.slice(0, place)].find(isToDecide);
    if (next) this.open(next.id);
    return next;
  }

  following(item) {
    const place = this.shown.findIndex(({ id }) => id === item.id);
    return place < 0 ? undefined : this.shown[place + 1];
  }

  focus() {
    const row = this.rows.get(this.chosenId);
    row?.button.focus({ preventScroll: true });
    row?.row.scrollIntoView({ block: "nearest" });
  }

  draw() {
    this.tabs.forEach((tab, i) => {
      const name = this.names[i];
      tab.setAttribute("aria-selected", String(name === this.tab));
      tab.tabIndex = name === this.tab ? 0 : -1;
      const items = this.of(name);
      const open = items.filter(isToDecide).length;
      write(tab.querySelector("b"), name === "decide" && items.length ? `${open}` : String(items.length));
    });
    this.find("#review-items").setAttribute("aria-labelledby", `review-tab-${this.tab}`);
    const { hint, none } = TABS[this.tab];
    const count = this.shown.length;
    write(this.find(".items .hint"), this.tab === "decide" && count ? TEXT.openCount(this.shown.filter(isToDecide).length, count) : count ? hint : "");
    const list = this.find("#review-items ol");
    this.shown.forEach((item, i) => {
      const row = this.row(item, i);
      if (list.children[i] !== row) list.insertBefore(row, list.children[i] ?? null);
    });
    while (list.children.length > count) list.lastElementChild.remove();
    const empty = this.find(".items .empty");
    empty.hidden = count > 0;
    fillEmpty(empty, none);
    this.desk.timeline.choose(this.chosenId);
  }

  row(item, place) {
    let parts = this.rows.get(item.id);
    if (!parts) {
      parts = { mark: element("span", { className: "mark" }), title: element("b"), when: element("span"), state: element("span", { className: "state" }) };
      parts.button = element("button", { type: "button", onclick: () => this.open(item.id) }, parts.mark, element("span", { className: "lines" }, parts.title, parts.when, parts.state));
      parts.row = element("li", {}, parts.button);
      this.rows.set(item.id, parts);
    }
    const state = this.desk.stateOf(item);
    parts.row.dataset.tab = item.tab;
    parts.row.dataset.state = state;
    if (parts.mark.dataset.tab !== item.tab) {
      parts.mark.dataset.tab = item.tab;
      parts.mark.replaceChildren(icon(TABS[item.tab].mark));
    }
    write(parts.title, titleOf(item));
    write(parts.when, `${clock(item.from)} · ${lasting((Date.parse(item.to) - Date.parse(item.from)) / 1000)}`);
    parts.state.hidden = !stateWords(item, state);
    if (parts.state.dataset.state !== state) {
      parts.state.dataset.state = state;
      parts.state.replaceChildren(icon(state), STATE_WORDS[state]);
    }
    parts.button.setAttribute("aria-current", String(item.id === this.chosenId));
    parts.button.setAttribute("aria-description", TEXT.place(place + 1, this.shown.length));
    return parts.row;
  }
}

function isToDecide(item) {
  return ["open", "disagreed"].includes(item.pending ?? item.state) || (item.state === "second" && !hasDecided(item) && !item.pending);
}

function hasDecided(item) {
  return item.verdicts.some(({ is_mine, decision }) => is_mine && decision !== "second_look") || asksForOther(item);
}

// Whoever asked for somebody else's look need not look again.
function asksForOther(item) {
  return item.verdicts.some(({ is_mine, decision }) => is_mine && decision === "second_look");
}

// "More than one face, more than one voice"
function titleOf({ incidents }) {
  const titles = [...new Set(incidents.toSorted((one, other) => other.weight - one.weight).map(({ title }) => title))];
  return titles.map((title, i) => (i ? title.slice(0, 1).toLowerCase() + title.slice(1) : title)).join(", ");
}

// What a candidate says of an entry about them: under the warning, or later in the drawer.

const MOST_EXPLAINED = 500; // characters

class Explanations {
  constructor(messages) {
    this.messages = messages;
    this.find = messages.find;
    this.warned = new Map(); // id -> title of the warnings of this page
    const drafts = Object.entries(messages.kept.drafts).filter(([where]) => where.startsWith("explain:"));
    this.texts = new Map(drafts.map(([where, text]) => [where.slice(8), text])); // what is being typed, by id
  }

  note(warnings) {
    for (const { id, title } of warnings) this.warned.set(id, title);
  }

  // Under a warning, or in the drawer's list of them: a button, then a field, then what became of it.
  under(id, title) {
    const box = document.createElement("div");
    box.className = "explain";
    Object.assign(box.dataset, { of: id, title });
    this.drawOne(box, id, title);
    return box;
  }

  drawOne(box, id, title) {
    const waiting = [...this.messages.kept.acts.values()].some(({ kind, content }) => kind === "explanation" && content.incident === id);
    const isTold = this.messages.told.some(({ kind, incident }) => kind === "explanation" && incident === id);
    const state = waiting ? MESSAGE_WORDS.explaining : isTold ? MESSAGE_WORDS.explained : "";
    const isTyping = this.texts.has(id);
    const key = `${state}${isTyping}`;
    if (box.dataset.drawn === key) return;
    box.dataset.drawn = key;
    const nodes = state ? [textIn("p", state)] : [];
    if (isTyping) nodes.push(...this.field(box, id, title));
    else {
      const open = buttonOf(isTold || waiting ? MESSAGE_WORDS.explainAgain : MESSAGE_WORDS.explain, () => {
        this.texts.set(id, "");
        this.drawOne(box, id, title);
        box.querySelector("textarea").focus();
      });
      open.className = "quiet";
      nodes.push(open);
    }
    box.replaceChildren(...nodes);
  }

  field(box, id, title) {
    const area = document.createElement("textarea");
    Object.assign(area, { rows: 2, maxLength: MOST_EXPLAINED, value: this.texts.get(id) });
    area.oninput = () => {
      this.texts.set(id, area.value);
      this.messages.kept.draft(`explain:${id}`, area.value);
    };
    const label = textIn("label", MESSAGE_WORDS.explainLabel(title));
    label.append(area);
    const close = () => {
      this.texts.delete(id);
      this.messages.kept.draft(`explain:${id}`, "");
      this.drawOne(box, id, title);
      box.querySelector("button")?.focus();
    };
    const send = buttonOf(MESSAGE_WORDS.explainSend, () => {
      const text = area.value.trim();
      if (!text) return area.focus();
      this.messages.kept.act("explanation", { incident: id, text }, (why) => why && this.messages.exam.say(why));
      close();
    });
    const cancel = buttonOf(MESSAGE_WORDS.cancel, close);
    cancel.className = "quiet";
    const row = document.createElement("div");
    row.className = "row";
    row.append(send, cancel);
    return [label, row];
  }

  draw() {
    const place = this.find(".warned");
    place.hidden = !this.warned.size;
    const list = place.querySelector("ul");
    for (const [id, title] of this.warned) {
      let item = [...list.children].find((one) => one.dataset.of === id);
      if (!item) {
        item = document.createElement("li");
        item.dataset.of = id;
        item.append(textIn("strong", title), this.under(id, title));
        list.prepend(item);
      }
      this.drawOne(item.lastElementChild, id, title);
    }
    for (const box of this.find(".cards").querySelectorAll(".explain")) {
      this.drawOne(box, box.dataset.of, box.dataset.title);
    }
  }
}

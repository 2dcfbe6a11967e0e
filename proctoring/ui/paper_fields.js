// What a question is made of: its text as elements, never as markup, and a field to answer in.

const INDENT = "    ";
const TAGS = new Set(["p", "h4", "ul", "ol", "li", "blockquote", "pre", "code", "strong", "em", "br", "hr", "table", "thead", "tbody", "tr", "th", "td"]);

function element(tag, { text, ...properties } = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "for") made.setAttribute(name, value);
    else made[name] = value;
  }
  if (text !== undefined) made.textContent = text;
  made.append(...children.filter((child) => child != null));
  return made;
}

// The server's tree of a text: see proctoring/paper/markdown.py.
function nodes(tree) {
  return tree.map((node) => {
    if (typeof node === "string") return node;
    const [tag, ...children] = node;
    if (!TAGS.has(tag)) return "";
    const made = element(tag, {}, ...nodes(children));
    if (tag === "pre" || tag === "table") return scrolled(made, tag === "pre" ? WORDS.programText : WORDS.table);
    return made;
  });
}

// What is wider than the page scrolls by itself, and the keyboard gets there.
function scrolled(inner, label) {
  return element("div", { className: "wide", tabIndex: 0, role: "group", "aria-label": label }, inner);
}

// A field of the question's kind. `tell(value, isWriting)` at each change.
function makeField(question, value, described, tell) {
  if (question.choices) return choices(question, value, described, tell);
  if (question.kind === "long" || question.kind === "code") return area(question, value, described, tell);
  return line(question, value, described, tell);
}

function choices({ id, kind, choices: listed }, value, described, tell) {
  const isOne = kind === "single";
  const chosen = () => [...box.querySelectorAll("input:checked")].map((input) => input.value);
  const clear = element("button", { type: "button", className: "quiet clear", text: WORDS.clear });
  const tellIt = () => {
    clear.hidden = !chosen().length;
    tell(isOne ? chosen()[0] ?? null : chosen());
  };
  const known = new Set(isOne ? [value] : value ?? []);
  const options = listed.map((choice) => {
    const input = element("input", { type: isOne ? "radio" : "checkbox", name: `choice-${id}`, value: choice.id, checked: known.has(choice.id), onchange: tellIt });
    return element("label", { className: "choice" }, input, element("span", { text: choice.text }));
  });
  const legend = element("legend", { text: isOne ? WORDS.chooseOne : WORDS.chooseAny });
  const box = element("fieldset", { className: "field", "aria-describedby": described }, legend, ...options);
  clear.hidden = !known.size || !isOne || value == null;
  clear.onclick = () => {
    for (const input of box.querySelectorAll("input")) input.checked = false;
    box.querySelector("input").focus();
    tellIt();
  };
  if (isOne) box.append(clear);
  return box;
}

function line({ kind, unit, longest }, value, described, tell) {
  const isNumber = kind === "number";
  const input = element("input", { type: "text", value: value ?? "", maxLength: longest, autocomplete: "off", id: "answer", "aria-describedby": described });
  input.spellcheck = false;
  if (isNumber) input.inputMode = "decimal";
  input.oninput = () => tell(plain(input.value), true);
  const label = element("label", { for: "answer", text: isNumber ? WORDS.number(unit) : WORDS.answer });
  const beside = unit ? element("span", { className: "unit", text: unit, "aria-hidden": "true" }) : null;
  return element("div", { className: `field ${kind}` }, label, element("div", { className: "with-unit" }, input, beside));
}

function area({ kind, language, start, longest }, value, described, tell) {
  const isCode = kind === "code";
  const text = element("textarea", { value: value ?? start ?? "", maxLength: longest, id: "answer", rows: isCode ? 12 : 9 });
  text.setAttribute("aria-describedby", isCode ? `${described} code-keys` : described);
  const left = element("span", { className: "left", role: "status" });
  text.oninput = () => {
    const rest = longest - text.value.length;
    left.textContent = rest < Math.max(50, longest / 20) ? WORDS.charactersLeft(rest) : "";
    tell(plain(text.value), true);
  };
  const label = element("label", { for: "answer", text: isCode ? WORDS.code(language) : WORDS.answer });
  const hint = isCode ? element("p", { className: "hint", id: "code-keys", text: WORDS.codeKeys }) : null;
  if (isCode) likeAnEditor(text);
  return element("div", { className: `field ${kind}` }, label, text, hint, left);
}

function likeAnEditor(text) {
  Object.assign(text, { spellcheck: false, wrap: "off" });
  for (const name of ["autocapitalize", "autocorrect"]) text.setAttribute(name, "off");
  let letsLeave = false; // after Escape, Tab goes on to the next field
  text.onblur = () => (letsLeave = false);
  text.onkeydown = (event) => {
    if (event.key === "Escape") letsLeave = true;
    else if (event.key !== "Tab" && event.key !== "Shift") letsLeave = false;
    if (event.key !== "Tab" || letsLeave || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    if (event.shiftKey) outdent(text);
    else insert(text, INDENT);
  };
}

// Through the browser, so that it can be undone.
function insert(text, inserted) {
  if (!document.execCommand("insertText", false, inserted)) {
    text.setRangeText(inserted, text.selectionStart, text.selectionEnd, "end");
    text.dispatchEvent(new Event("input"));
  }
}

function outdent(text) {
  const { selectionStart: at, value } = text;
  const begin = value.lastIndexOf("\n", at - 1) + 1;
  const spaces = value.slice(begin).match(/^ {0,4}/)[0].length;
  if (!spaces) return;
  text.setRangeText("", begin, begin + spaces, "preserve");
  text.dispatchEvent(new Event("input"));
}

// Without control characters and halves of characters, which nobody types.
function plain(text) {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "").replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "");
}

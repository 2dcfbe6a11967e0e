// What the page of a candidate's own record is made of. All text goes in as text.

function make(tag, name = "", text = "") {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text) element.textContent = text;
  return element;
}

function part(title, ...content) {
  const section = make("section");
  section.append(make("h3", "", title), ...content);
  return section;
}

function list(entries, told, said = timeOf) {
  const items = make("ul");
  for (const entry of entries) {
    const [at, words] = told(entry);
    const item = make("li");
    item.append(make("time", "", said(at)), ` ${words}`);
    items.append(item);
  }
  return items;
}

function quote(by, text) {
  const said = make("blockquote");
  said.append(make("p", "small", by), make("p", "said", text));
  return said;
}

// By which the server knows what it has already; `randomUUID` is not there without https.
function newId() {
  const digits = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

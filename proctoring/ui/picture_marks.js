// What was marked in a picture, read from the picture's own file and drawn over it. It is checked as
// it is read, and becomes numbers and text, never markup: see proctoring/pictures/marks.py.

const MARK_IDENTIFIER = "OpenProctor\0";
const MOST_MARK_BYTES = 16 * 1024;
const MOST_MARKS = 64;
const LONGEST_LABEL = 80;
const LONGEST_SIDE = 16384;
const MARKS_SWITCH = "openproctor marks"; // "off" in this browser
const LEAST_FOR_LABELS = 240; // px; in a smaller picture nobody could read them
const SVG = "http://www.w3.org/2000/svg";

// {size: [w, h], boxes: [{box, label}], others: [box], isBlurred}; null where there are none.
async function marksOf(blob) {
  if (blob.type !== "image/jpeg") return null;
  const bytes = new Uint8Array(await blob.slice(0, 3 * 65536).arrayBuffer());
  const text = markText(bytes);
  try {
    return text === null ? null : checkedMarks(JSON.parse(text));
  } catch {
    return null;
  }
}

// The first segment of ours before the picture itself begins.
function markText(bytes) {
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda) {
    const size = (bytes[at + 2] << 8) | bytes[at + 3];
    const name = String.fromCharCode(...bytes.slice(at + 4, at + 4 + MARK_IDENTIFIER.length));
    if (bytes[at + 1] === 0xe9 && name === MARK_IDENTIFIER) {
      const payload = bytes.slice(at + 4 + MARK_IDENTIFIER.length, at + 2 + size);
      return payload.length > MOST_MARK_BYTES ? null : new TextDecoder().decode(payload);
    }
    at += 2 + Math.max(2, size);
  }
  return null;
}

function checkedMarks({ v, size: [width, height], boxes, others, blurred, source }) {
  const isSide = (side) => Number.isInteger(side) && side >= 1 && side <= LONGEST_SIDE;
  const box = (sides) => {
    if (sides.length !== 4 || !sides.every((side) => Number.isFinite(side) && Math.abs(side) <= LONGEST_SIDE)) throw new Error("no box");
    return sides;
  };
  if (v !== 1 || !isSide(width) || !isSide(height) || boxes.length > MOST_MARKS || others.length > MOST_MARKS) throw new Error("no marks");
  return {
    size: [width, height],
    boxes: boxes.map((one) => ({ box: box(one.box), label: String(one.label).slice(0, LONGEST_LABEL) })),
    others: others.map(box),
    isBlurred: blurred === true,
    isCamera: source === "camera",
  };
}

function svgNode(name, attributes, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

// `fit`: "meet" where all of the picture is seen, "slice" where it fills its place.
function marksSvg({ size: [width, height], boxes, others }, fit = "meet") {
  const svg = svgNode("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: `xMidYMid ${fit}`, "aria-hidden": "true", class: "picture-marks" });
  const line = (box, stroke, wide, more = {}) => {
    const [x, y, right, bottom] = box;
    return svgNode("rect", { x, y, width: Math.max(0, right - x), height: Math.max(0, bottom - y), rx: width / 160, fill: "none", stroke, "stroke-width": wide, "vector-effect": "non-scaling-stroke", ...more });
  };
  const isMarked = (one) => boxes.some(({ box }) => box.every((side, i) => Math.abs(side - one[i]) < width / 20));
  for (const box of others.filter((one) => !isMarked(one))) {
    svg.append(line(box, "rgb(0 0 0 / 0.55)", 3, { "stroke-dasharray": "5 4" }), line(box, "#fff", 1.5, { "stroke-dasharray": "5 4" }));
  }
  for (const { box, label } of boxes) {
    svg.append(line(box, "#000", 4.5), line(box, "#ffc83c", 2.5));
    if (label) svg.append(markLabel(box, label, width, height));
  }
  return svg;
}

// Above the box, or in it where there is no room above.
function markLabel([left, top], label, width, height) {
  const size = width / 32;
  const y = top > 1.6 * size ? top - 0.45 * size : Math.min(height - size, top + 1.25 * size);
  const x = Math.min(Math.max(left, 0.3 * size), Math.max(0.3 * size, width - 0.5 * size * label.length));
  return svgNode("text", { x, y, "font-size": size, "font-weight": 650, "font-family": "system-ui, sans-serif", fill: "#ffc83c", stroke: "rgb(0 0 0 / 0.85)", "stroke-width": size / 5, "stroke-linejoin": "round", "paint-order": "stroke" }, label);
}

// The marks of pictures that are on a page: each over its <img>, as large as that, and all of them
// on or off.
class MarkLayers {
  constructor() {
    this.layers = new Map(); // <img> -> <svg>
    this.isOn = MarkLayers.recall();
    this.sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => this.place(target)));
  }

  static recall() {
    try {
      return localStorage.getItem(MARKS_SWITCH) !== "off";
    } catch {
      return true; // it may be forbidden
    }
  }

  turn(isOn) {
    this.isOn = isOn;
    try {
      localStorage.setItem(MARKS_SWITCH, isOn ? "" : "off");
    } catch {
      // then until the page is left
    }
    for (const image of this.layers.keys()) this.place(image);
  }

  lay(image, marks) {
    this.lift(image);
    if (!marks?.boxes.length && !marks?.others.length) return;
    const svg = marksSvg(marks, getComputedStyle(image).objectFit === "cover" ? "slice" : "meet");
    svg.style.cssText = "position: absolute; pointer-events: none; overflow: hidden";
    if (getComputedStyle(image.parentElement).position === "static") image.parentElement.style.position = "relative";
    image.after(svg);
    this.layers.set(image, svg);
    this.sizes.observe(image);
    this.place(image);
  }

  place(image) {
    const svg = this.layers.get(image);
    if (!image.isConnected) return this.lift(image);
    if (!svg) return;
    const { offsetLeft, offsetTop, offsetWidth, offsetHeight } = image;
    for (const label of svg.querySelectorAll("text")) label.style.display = offsetWidth < LEAST_FOR_LABELS ? "none" : "";
    svg.style.display = this.isOn && !image.hidden ? "block" : "none";
    Object.assign(svg.style, { left: `${offsetLeft}px`, top: `${offsetTop}px`, width: `${offsetWidth}px`, height: `${offsetHeight}px` });
  }

  lift(image) {
    this.layers.get(image)?.remove();
    this.layers.delete(image);
    this.sizes.unobserve(image);
  }

  close() {
    this.sizes.disconnect();
  }
}

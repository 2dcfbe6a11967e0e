// What the exam page tells of itself: where it stands, and what happens to it. Lengths and times
// alone; nothing that somebody typed, copied or pasted leaves this file.

const LOOK_EVERY_MS = 1000; // for what no event tells
const BEAT_EVERY_MS = 5000;
const BLINK_MS = 300; // a focus that comes back sooner was never away: frames, menus, dialogs
const JUMP_MS = 2000; // between the clock and the time that passed
const TOOLS_PX = 180; // the least that docked developer tools take of the page
const TOOLS_WITHIN_MS = 10000; // after a key or the context menu that can open them
const MOST_COPIES = 50;
const WATCHED = { visible: "page", focused: "page", screen: "page", tools: "page", displays: "displays", share: "screen" };

class Watch {
  // `report(name, detail)` is kept until it has arrived; `beat(words)` is for now alone.
  constructor(report, beat, onChange) {
    Object.assign(this, { report, beat, onChange });
    this.watches = new Set();
    this.stop = new AbortController();
    this.copies = []; // texts that were copied on this page; they stay here
    this.state = {};
  }

  // `watches`: the names of the signals that are on. Begins once; later calls only set options.
  update({ watches = [], full_screen = false, exam_url = "" }) {
    Object.assign(this, { wantsFullScreen: full_screen, examUrl: exam_url });
    const isFirst = !this.watches.size && watches.length;
    this.watches = new Set(watches);
    if (isFirst) this.begin();
  }

  begin() {
    this.size = this.measure();
    this.clockOffset = Date.now() - performance.now();
    this.report("watch_started");
    this.state = this.see();
    this.beat(this.words());
    this.listen();
    const every = (ms, does) => {
      const timer = setInterval(does, ms);
      this.stop.signal.addEventListener("abort", () => clearInterval(timer));
    };
    every(LOOK_EVERY_MS, () => {
      this.look();
      this.lookAtClock();
    });
    every(BEAT_EVERY_MS, () => this.isLeft || this.beat(this.words()));
  }

  listen() {
    const on = (target, names, does) => {
      for (const name of names) target?.addEventListener(name, does, { signal: this.stop.signal, capture: true });
    };
    const look = () => this.look();
    on(document, ["visibilitychange", "fullscreenchange"], look);
    on(window, ["focus", "resize"], look);
    on(window, ["blur"], () => setTimeout(look, BLINK_MS));
    on(window.screen, ["change"], look);
    on(window, ["pagehide"], () => this.leave());
    on(window, ["pageshow"], () => (this.isLeft = false)); // "back" may bring the same page again
    on(window, ["offline"], () => this.report("network_lost"));
    on(window, ["online"], () => this.report("network_back"));
    on(document, ["keydown"], (event) => isToolsKey(event) && this.expectTools("a key"));
    on(document, ["contextmenu"], () => this.expectTools("the context menu"));
    on(document, ["click", "auxclick", "contextmenu"], (event) => this.followLink(event));
    if (this.watches.has("clipboard")) {
      on(document, ["copy", "cut"], (event) => this.copy(event));
      on(document, ["paste"], (event) => this.paste(event, event.clipboardData));
      on(document, ["dragstart"], () => this.keep(selected(document.activeElement)));
      on(document, ["drop"], (event) => this.paste(event, event.dataTransfer));
      on(window, ["beforeprint"], () => this.report("printed"));
    }
    this.devices = countDevices();
    on(navigator.mediaDevices, ["devicechange"], () => this.lookAtDevices());
  }

  // --- how it stands ---------------------------------------------------------------------------

  see() {
    const isHidden = document.hidden;
    return {
      visible: isHidden ? "hidden" : "visible",
      focused: document.hasFocus() || isHidden ? "focused" : "unfocused", // in a frame of ours, too
      screen: screenState(),
      tools: this.hasTools() ? "tools" : "",
      share: this.share?.word ?? "",
      displays: { true: "more_screens", false: "one_screen" }[window.screen.isExtended] ?? "",
    };
  }

  words() {
    const told = Object.entries(this.state).filter(([of]) => this.watches.has(WATCHED[of]));
    return told.map(([, word]) => word).filter(Boolean).join(" ");
  }

  // The last word: becoming hidden is part of it, and not a second event.
  leave() {
    this.report("page_left");
    this.isLeft = true;
  }

  look() {
    if (this.isLeft) return;
    const was = this.state;
    const now = (this.state = this.see());
    if (Object.keys(now).every((of) => was[of] === now[of])) return;
    if (this.watches.has("page")) {
      if (was.visible !== now.visible) this.report(`page_${now.visible}`);
      if (was.focused !== now.focused) this.report(`window_${now.focused}`);
      if (was.screen !== now.screen) this.report(now.screen === "full" ? "fullscreen_entered" : "fullscreen_left");
      if (was.tools !== now.tools) this.report(now.tools ? "tools_opened" : "tools_closed", this.toolsBy ?? "");
    }
    if (now.share && was.share !== now.share && this.watches.has("screen")) this.report(now.share);
    this.beat(this.words());
    this.onChange();
  }

  get canEnterFullScreen() {
    return this.wantsFullScreen && screenState() === "windowed";
  }

  enterFullScreen() {
    document.documentElement.requestFullscreen({ navigationUI: "hide" }).catch(() => {});
  }

  // --- developer tools: docked ones alone, and only after what opens them ------------------------
  // Those in a window of their own, and those opened from the browser's menu, are not seen. A side
  // panel that is opened right after such a key is taken for them. So it is told, and never scored.

  measure() {
    return { inner: [innerWidth, innerHeight], outer: [outerWidth, outerHeight], ratio: devicePixelRatio };
  }

  expectTools(by) {
    if (this.isOpen) return;
    Object.assign(this, { toolsBy: by, expectedAt: performance.now(), size: this.measure() });
  }

  hasTools() {
    const { inner, outer, ratio } = this.measure();
    const isSameWindow = ratio === this.size.ratio && outer.every((px, i) => Math.abs(px - this.size.outer[i]) < 20);
    const taken = isSameWindow ? Math.max(...this.size.inner.map((px, i) => px - inner[i])) : 0;
    const isExpected = this.isOpen || performance.now() - (this.expectedAt ?? -Infinity) < TOOLS_WITHIN_MS;
    return (this.isOpen = isExpected && taken >= TOOLS_PX);
  }

  // --- what goes in and out ----------------------------------------------------------------------

  copy(event) {
    const [target] = event.composedPath();
    const text = selected(target);
    this.keep(text);
    if (text) this.report(event.type === "cut" ? "cut" : "copied", `${text.length} ${isField(target) ? "field" : "page"}`);
  }

  paste(event, data) {
    const text = data?.getData("text/plain") ?? "";
    if (!text || !event.composedPath().some(isField)) return;
    const isOwn = this.copies.some((copy) => copy.includes(plainly(text)));
    this.report("pasted", `${text.length} ${isOwn ? "own" : "other"}`);
  }

  keep(text) {
    if (text) this.copies = [...this.copies, plainly(text)].slice(-MOST_COPIES);
  }

  // The exam itself in a tab of its own: then being there is being at the exam.
  followLink(event) {
    const link = event.composedPath().find((element) => element instanceof HTMLAnchorElement);
    if (this.examUrl && link?.target === "_blank" && link.href === new URL(this.examUrl).href) this.report("exam_opened");
  }

  // --- the computer ------------------------------------------------------------------------------

  lookAtClock() {
    const offset = Date.now() - performance.now();
    const jump = offset - this.clockOffset;
    this.clockOffset = offset;
    if (Math.abs(jump) > JUMP_MS) this.report("clock_jumped", String(Math.round(jump / 1000)));
  }

  async lookAtDevices() {
    const [was, now] = [await this.devices, await (this.devices = countDevices())];
    for (const [kind, name] of [["videoinput", "camera"], ["audioinput", "microphone"]]) {
      if (now[kind] !== was[kind]) this.report("devices_changed", `${name} ${now[kind] < was[kind] ? "out" : "in"}`);
    }
  }

  close() {
    this.stop.abort();
  }
}

function screenState() {
  if (document.fullscreenElement) return "full";
  return document.fullscreenEnabled ? "windowed" : "no_full_screen";
}

function isToolsKey({ key, ctrlKey, metaKey, shiftKey, altKey }) {
  return key === "F12" || ((ctrlKey ? shiftKey : metaKey && altKey) && /^[ijc]$/i.test(key));
}

function isField(element) {
  return element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement || element.isContentEditable === true;
}

function selected(target) {
  if (isField(target ?? document.body) && typeof target.value === "string") {
    return target.value.slice(target.selectionStart ?? 0, target.selectionEnd ?? 0);
  }
  const root = target?.getRootNode?.();
  return String(root?.getSelection?.() ?? document.getSelection() ?? "");
}

function plainly(text) {
  return text.replace(/\s+/g, " ").trim();
}

async function countDevices() {
  const counts = { videoinput: 0, audioinput: 0 };
  const devices = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
  for (const { kind } of devices) if (kind in counts) counts[kind] += 1;
  return counts;
}

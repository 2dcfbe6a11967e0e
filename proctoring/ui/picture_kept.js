// Pictures and sounds that were kept, fetched with the page's pass. They have no address that opens
// without it: one would end up in histories and logs. Pictures come blurred around the candidate; one
// that was revealed comes as it was taken, until its time is over.

class Kept {
  constructor(fetchPass) {
    Object.assign(this, { fetchPass, found: new Map(), revealed: new Map(), nodes: new Map() });
    this.layers = new MarkLayers();
    this.changes = new EventTarget(); // "change": something was revealed, or is no longer
  }

  // Promise of {url, blob, marks}.
  get(id) {
    if (!this.found.has(id)) {
      const fetched = this.fetch(id);
      fetched.catch(() => this.found.get(id) === fetched && this.found.delete(id)); // the next one who asks tries again
      this.found.set(id, fetched);
    }
    return this.found.get(id);
  }

  async fetch(id) {
    const path = `evidence/${encodeURIComponent(id)}${this.isRevealed(id) ? "/original" : ""}`;
    const response = await this.ask(path);
    if (!response.ok) throw Object.assign(new Error(`not to be had now: ${response.status}`), { status: response.status });
    const blob = await response.blob();
    return { blob, url: URL.createObjectURL(blob), marks: await marksOf(blob) };
  }

  ask(path, options = {}) {
    return fetch(address(path), { ...options, headers: { Authorization: `Bearer ${this.fetchPass()}` } });
  }

  // An <img> gets its source as soon as it is there, if it is still wanted then.
  async show(node, id) {
    if (node.dataset.evidence === id) return;
    this.want(node, id);
    await this.fill(node).catch(() => {
      if (node.dataset.evidence === id) delete node.dataset.evidence;
    });
  }

  want(node, id) {
    node.dataset.evidence = id;
    node.removeAttribute("src");
    this.layers.lift(node);
    for (const one of this.nodes.keys()) if (!one.isConnected) this.nodes.delete(one);
  }

  async fill(node) {
    const id = node.dataset.evidence;
    const { url, marks } = await this.get(id);
    if (node.dataset.evidence !== id) return;
    node.src = url;
    this.nodes.set(node, id);
    if (node.tagName === "IMG" && !("unmarked" in node.dataset)) this.layers.lay(node, marks);
  }

  isRevealed(id) {
    return (this.revealed.get(id)?.until ?? 0) > Date.now();
  }

  // Gives the problem, or "".
  async reveal(id, reason, saidId) {
    let response;
    try {
      response = await this.ask(`evidence/${encodeURIComponent(id)}/reveal`, { method: "POST", body: JSON.stringify({ id: saidId, reason }) });
    } catch {
      return REVEAL_TEXT.lost;
    }
    const said = await response.json().catch(() => ({}));
    if (!response.ok) return said.problem ?? REVEAL_TEXT.lost;
    const until = Date.parse(said.until);
    this.revealed.set(id, { until, timer: setTimeout(() => this.hide(id), Math.max(0, until - Date.now())) });
    this.renew(id);
    return "";
  }

  hide(id) {
    clearTimeout(this.revealed.get(id)?.timer);
    this.revealed.delete(id);
    this.renew(id);
  }

  hideAll() {
    for (const id of [...this.revealed.keys()]) this.hide(id);
  }

  renew(id) {
    const old = this.found.get(id);
    this.found.delete(id);
    for (const [node, of] of this.nodes) if (of === id && node.dataset.evidence === id) this.fill(node).catch(() => node.removeAttribute("src"));
    old?.then(({ url }) => setTimeout(() => URL.revokeObjectURL(url), 5000), () => {});
    this.changes.dispatchEvent(new Event("change"));
  }

  close() {
    this.layers.close();
    for (const { timer } of this.revealed.values()) clearTimeout(timer);
    for (const one of this.found.values()) one.then(({ url }) => URL.revokeObjectURL(url), () => {});
  }
}

// `crypto.randomUUID` is there on secure pages alone.
function freshId() {
  const digits = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

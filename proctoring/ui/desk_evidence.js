// Pictures and sounds of incidents, fetched with the desk's pass once they come into view. They
// have no address that opens without it: one would end up in histories and logs.

const NEAR = "300px"; // of the view
const RETRY_EVIDENCE_MS = 5000;

class Evidence {
  constructor() {
    this.blobs = new Map(); // id -> promise of an object URL
    this.refused = new Set(); // elements, until there is another pass
    this.views = new IntersectionObserver(
      (entries) => entries.filter((entry) => entry.isIntersecting).forEach(({ target }) => this.fill(target)),
      { rootMargin: NEAR },
    );
  }

  update(pass) {
    if (this.pass === pass) return;
    this.pass = pass;
    for (const node of this.refused) this.views.observe(node);
    this.refused.clear();
  }

  // An <img> or <audio> gets its source when it is needed.
  show(node, id) {
    if (node.dataset.evidence === id) return;
    node.dataset.evidence = id;
    node.removeAttribute("src");
    this.views.unobserve(node);
    this.views.observe(node);
  }

  async fill(node) {
    const id = node.dataset.evidence;
    this.views.unobserve(node);
    if (!this.blobs.has(id)) this.blobs.set(id, this.fetch(id));
    try {
      const url = await this.blobs.get(id);
      if (node.dataset.evidence === id) node.src = url;
    } catch (error) {
      this.blobs.delete(id);
      if (error instanceof Refusal) this.refused.add(node);
      else setTimeout(() => node.isConnected && this.views.observe(node), RETRY_EVIDENCE_MS);
    }
  }

  async fetch(id) {
    const headers = { Authorization: `Bearer ${this.pass}` };
    const response = await fetch(address(`evidence/${encodeURIComponent(id)}`), { headers });
    if (response.ok) return URL.createObjectURL(await response.blob());
    throw response.status < 500 ? new Refusal() : new Error("the server cannot give it now");
  }

  close() {
    this.views.disconnect();
    for (const blob of this.blobs.values()) blob.then(URL.revokeObjectURL, () => {});
  }
}

class Refusal extends Error {}

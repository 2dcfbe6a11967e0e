// Pictures and sounds of incidents, fetched with the desk's pass once they come into view.

const NEAR = "300px"; // of the view
const RETRY_EVIDENCE_MS = 5000;

class Evidence {
  constructor() {
    this.kept = new Kept(() => this.pass);
    this.clips = new WeakMap(); // element -> fills it
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

  // An <img> gets its source when it is needed.
  show(node, id) {
    if (node.dataset.evidence === id) return;
    this.kept.want(node, id);
    this.views.unobserve(node);
    this.views.observe(node);
  }

  // And a SoundClip what it plays.
  hear(clip, id) {
    this.clips.set(clip.root, async () => clip.fill(await this.kept.get(id)));
    this.views.observe(clip.root);
  }

  async fill(node) {
    this.views.unobserve(node);
    try {
      await (this.clips.get(node)?.() ?? this.kept.fill(node));
    } catch ({ status }) {
      if (status < 500) this.refused.add(node);
      else setTimeout(() => node.isConnected && this.views.observe(node), RETRY_EVIDENCE_MS);
    }
  }

  close() {
    this.views.disconnect();
    this.kept.close();
  }
}

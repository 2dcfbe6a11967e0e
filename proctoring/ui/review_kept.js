// Pictures and sounds that were kept, fetched with the page's pass. They have no address that opens
// without it: one would end up in histories and logs.

class Kept {
  constructor(fetchPass) {
    Object.assign(this, { fetchPass, found: new Map() }); // id -> promise of {url, blob}
  }

  get(id) {
    if (!this.found.has(id)) {
      const fetched = this.fetch(id);
      fetched.catch(() => this.found.delete(id)); // the next one who asks tries again
      this.found.set(id, fetched);
    }
    return this.found.get(id);
  }

  async fetch(id) {
    const headers = { Authorization: `Bearer ${this.fetchPass()}` };
    const response = await fetch(address(`evidence/${encodeURIComponent(id)}`), { headers });
    if (!response.ok) throw new Error(`not to be had now: ${response.status}`);
    const blob = await response.blob();
    return { blob, url: URL.createObjectURL(blob) };
  }

  // An <img> gets its source as soon as it is there, if it is still wanted then.
  async show(image, id) {
    if (image.dataset.evidence === id) return;
    image.dataset.evidence = id;
    image.removeAttribute("src");
    try {
      const { url } = await this.get(id);
      if (image.dataset.evidence === id) image.src = url;
    } catch {
      if (image.dataset.evidence === id) delete image.dataset.evidence;
    }
  }

  close() {
    for (const one of this.found.values()) one.then(({ url }) => URL.revokeObjectURL(url), () => {});
  }
}

// The loudest of each of so many parts, 0..1, of a WAV file of 16 bits and one channel.
async function peaksOf(blob, parts) {
  const view = new DataView(await blob.arrayBuffer());
  let at = 12;
  let rate = 16000;
  while (at + 8 <= view.byteLength) {
    const name = String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
    const size = view.getUint32(at + 4, true);
    if (name === "fmt ") rate = view.getUint32(at + 12, true);
    if (name === "data") return { peaks: loudest(view, at + 8, Math.floor(Math.min(size, view.byteLength - at - 8) / 2), parts), seconds: size / 2 / rate };
    at += 8 + size + (size % 2);
  }
  return { peaks: new Float32Array(parts), seconds: 0 };
}

function loudest(view, start, samples, parts) {
  const peaks = new Float32Array(parts);
  for (let i = 0; i < samples; i += 1) {
    const part = Math.min(parts - 1, Math.floor((i * parts) / samples));
    const level = Math.abs(view.getInt16(start + 2 * i, true)) / 32768;
    if (level > peaks[part]) peaks[part] = level;
  }
  return peaks;
}

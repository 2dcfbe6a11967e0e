// How loud each part of a sound is that was kept.

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

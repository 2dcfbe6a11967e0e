// Sound as Opus packets (WebCodecs), a fifth of the bits of its samples.

const OPUS = {
  codec: "opus",
  numberOfChannels: 1,
  bitrate: 48000, // bit/s
  opus: { application: "audio", complexity: 10, frameDuration: 20000 }, // µs
};
const PACKET_S = 0.02;
const PACKETS_A_PIECE = 25;
// What libopus holds back, at every rate. Encoders tell it in samples, and not all of them in those of
// 48 kHz as RFC 7845 has it.
const LOOK_AHEAD_S = 0.0065;
const HOLE_S = 0.01;
const COMES_WITHIN_S = 30; // what went in; a page that stood still gives much at once

async function canEncodeOpus(sampleRate) {
  try {
    return (await AudioEncoder.isConfigSupported({ ...OPUS, sampleRate })).supported;
  } catch {
    return false; // this browser knows no encoder
  }
}

class OpusPieces {
  // `onPiece({bytes, endedS})` with packets for half a second, each behind its length;
  // `onFailure()` where an encoder does not do what it said that it can.
  constructor(sampleRate, onPiece, onFailure) {
    Object.assign(this, { sampleRate, onPiece, onFailure });
    Object.assign(this, { fedS: 0, endedS: -1, count: 0, packets: [], holes: [], since: null });
    this.encoder = new AudioEncoder({ output: (chunk) => this.put(chunk), error: () => this.fail() });
    this.encoder.configure({ ...OPUS, sampleRate });
  }

  // Samples, and when the last of them was heard.
  take({ samples, endedS }) {
    if (this.fedS - this.count * PACKET_S > COMES_WITHIN_S) return this.fail();
    const lasts = samples.length / this.sampleRate;
    const isNext = Math.abs(endedS - lasts - this.endedS) <= HOLE_S;
    if (!isNext) this.holes.push({ afterS: this.fedS, begunS: endedS - lasts });
    this.endedS = endedS;
    const given = { format: "s16", sampleRate: this.sampleRate, numberOfChannels: 1, numberOfFrames: samples.length };
    const data = new AudioData({ ...given, timestamp: Math.round(this.fedS * 1e6), data: samples });
    this.fedS += lasts;
    try {
      this.encoder.encode(data);
    } catch {
      this.fail();
    }
    data.close();
  }

  // The encoder knows nothing of holes: its packets follow each other, and their times are told here.
  put(chunk) {
    if (this.isClosed) return;
    if (Math.abs(chunk.duration - 1e6 * PACKET_S) > 1) return this.fail();
    const begunS = this.count++ * PACKET_S;
    if (this.holes.length && begunS > this.holes[0].afterS - PACKET_S / 2) {
      this.give(begunS);
      this.since = this.holes.shift();
    }
    const packet = new Uint8Array(chunk.byteLength);
    chunk.copyTo(packet);
    if (this.packets.push(packet) === PACKETS_A_PIECE) this.give(begunS + PACKET_S);
  }

  // What has come out, up to this second of what went in.
  give(untilS) {
    if (!this.packets.length) return;
    const { afterS, begunS } = this.since;
    this.onPiece({ bytes: framed(this.packets), endedS: begunS + untilS - afterS - LOOK_AHEAD_S });
    this.packets = [];
  }

  fail() {
    if (this.isClosed) return;
    this.close();
    this.onFailure();
  }

  close() {
    this.isClosed = true;
    if (this.encoder.state !== "closed") this.encoder.close();
  }
}

function framed(packets) {
  const bytes = new Uint8Array(packets.reduce((sum, packet) => sum + 2 + packet.length, 0));
  let at = 0;
  for (const packet of packets) {
    new DataView(bytes.buffer).setUint16(at, packet.length, true);
    bytes.set(packet, at + 2);
    at += 2 + packet.length;
  }
  return bytes;
}

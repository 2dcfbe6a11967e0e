// A microphone's sound as samples, piece by piece.

// At the rate that the server wants, or at the microphone's own where the browser must have that.
function openSound(stream) {
  const tracks = new MediaStream(stream.getAudioTracks());
  const audio = new AudioContext({ sampleRate: 16000 });
  try {
    return { audio, source: audio.createMediaStreamSource(tracks) };
  } catch {
    audio.close();
    const own = new AudioContext();
    return { audio: own, source: own.createMediaStreamSource(tracks) };
  }
}

// 16-bit samples, and when the last of them was heard, by the sound graph's own clock.
const COLLECTOR = `registerProcessor("collector", class extends AudioWorkletProcessor {
  constructor({ processorOptions: { seconds } }) {
    super();
    this.samples = new Int16Array(Math.round(sampleRate * seconds));
    this.count = 0;
  }
  process([[channel]]) {
    for (let i = 0; i < (channel?.length ?? 0); i++) {
      this.samples[this.count++] = Math.max(-1, Math.min(1, channel[i])) * 32767;
      if (this.count < this.samples.length) continue;
      this.port.postMessage({ samples: this.samples.slice(), endedS: currentTime + (i + 1) / sampleRate });
      this.count = 0;
    }
    return true;
  }
});`;

// `onPiece({samples, endedS})` each time that there are `seconds` of it.
async function collectSound({ audio, source }, seconds, onPiece) {
  const code = URL.createObjectURL(new Blob([COLLECTOR], { type: "text/javascript" }));
  await audio.audioWorklet.addModule(code).finally(() => URL.revokeObjectURL(code));
  if (audio.state === "closed") return;
  const collector = new AudioWorkletNode(audio, "collector", { processorOptions: { seconds } });
  collector.port.onmessage = ({ data }) => onPiece(data);
  source.connect(collector);
}

// The waveform of a sound that was kept, drawn as bars.

function paintWave(canvas, peaks, played) {
  const pen = canvas.getContext("2d");
  const { width, height } = canvas;
  const style = getComputedStyle(canvas);
  const top = Math.max(0.05, ...peaks);
  pen.clearRect(0, 0, width, height);
  peaks.forEach((peak, i) => {
    const x = (i * width) / peaks.length;
    const half = Math.max(1, ((peak / top) * height) / 2 - 2);
    pen.fillStyle = i / peaks.length <= played ? style.getPropertyValue("--heard") : style.color;
    pen.fillRect(x, height / 2 - half, Math.max(1, width / peaks.length - 1), 2 * half);
  });
}

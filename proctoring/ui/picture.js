// A video's picture as a JPEG.

// Drawn as large as it may be, its shape kept; null while there is none.
function drawPicture(video, { width, height = Infinity }, canvas = document.createElement("canvas")) {
  if (!video.videoWidth) return null;
  const scale = Math.min(1, width / video.videoWidth, height / video.videoHeight);
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  return canvas;
}

const jpegOf = (canvas, quality) => new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));

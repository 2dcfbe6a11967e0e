// The camera's and the microphone's tracks, of what a page sends.

function tracksOf(stream, medium) {
  return (medium === "camera" ? stream?.getVideoTracks() : stream?.getAudioTracks()) ?? [];
}

// Does this browser capture it now?
function isCaptured(stream, medium) {
  return tracksOf(stream, medium).some((track) => track.readyState === "live" && !track.muted);
}

function followTracks(stream, onChange, onCamera) {
  for (const track of stream?.getTracks() ?? []) {
    for (const name of ["ended", "mute", "unmute"]) track.addEventListener(name, onChange);
  }
  for (const track of tracksOf(stream, "camera")) onCamera(track.label);
}

function stopTracks(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

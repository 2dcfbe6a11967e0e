// What the line can carry, and which way picture and sound find to the server.

const PINGS = 5;
const UP_MS = 3000; // a slow line is measured by what passed until then
const MOST_FILLS_UP = 8;
const FILL_BYTES = 64 * 1024;
const ENOUGH_MBIT = 0.5; // up: picture and sound of one candidate
const SLOW_MS = 400; // there and back
const PATH_WITHIN_MS = 12000;
const GATHER_WITHIN_MS = 3000;

function missingInBrowser() {
  const needed = {
    [t("camera access")]: canCapture(),
    WebRTC: window.RTCPeerConnection,
    WebSocket: window.WebSocket,
    [t("sound analysis")]: window.AudioWorkletNode,
  };
  return Object.keys(needed).filter((name) => !needed[name]);
}

// {up, ms}: Mbit/s and the middle round trip; null if the line broke.
async function measureLine(line) {
  const times = [];
  for (let n = 0; n < PINGS; n++) {
    const from = performance.now();
    if (!(await line.ask({ type: "ping", n }))) return null;
    times.push(performance.now() - from);
  }
  const ms = times.sort((a, b) => a - b)[Math.floor(PINGS / 2)];
  if ((await line.ask({ type: "measure" }))?.type !== "measure") return null;
  const bytes = new Uint8Array(FILL_BYTES);
  for (let at = 0; at < bytes.length; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
  const from = performance.now();
  let sent = 0;
  while (sent < MOST_FILLS_UP && performance.now() - from < UP_MS) {
    if ((await line.send("F", bytes))?.type !== "filled") return null;
    sent += 1;
  }
  const passed = Math.max(1, performance.now() - from - sent * ms); // ms that the bytes took
  return { up: Math.min(100, (sent * FILL_BYTES * 8) / 1000 / passed), ms: Math.round(ms) };
}

// "direct", "relay", "none", or "unknown" if nobody could say.
async function findPath(line) {
  if (!window.RTCPeerConnection) return "none";
  let connection;
  try {
    connection = new RTCPeerConnection({ iceServers: await askForIceServers(line.pass) });
    const channel = connection.createDataChannel("path");
    const echoed = new Promise((resolve) => {
      channel.onopen = () => channel.send("there and back");
      channel.onmessage = () => resolve(true);
      setTimeout(() => resolve(false), PATH_WITHIN_MS);
    });
    await connection.setLocalDescription(await connection.createOffer());
    await gathered(connection);
    const answer = await line.ask({ type: "path", sdp: connection.localDescription.sdp });
    if (answer?.type !== "path") return "unknown";
    await connection.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    return (await echoed) ? await kindOfPath(connection) : "none";
  } catch {
    return "unknown";
  } finally {
    connection?.close();
    line.ask({ type: "path_done" });
  }
}

function gathered(connection) {
  return new Promise((resolve) => {
    const look = () => connection.iceGatheringState === "complete" && resolve();
    connection.addEventListener("icegatheringstatechange", look);
    setTimeout(resolve, GATHER_WITHIN_MS);
    look();
  });
}

async function kindOfPath(connection) {
  const all = [...(await connection.getStats()).values()];
  const find = (id) => all.find((one) => one.id === id);
  const transport = all.find((one) => one.type === "transport");
  const pair =
    find(transport?.selectedCandidatePairId) ??
    all.find((one) => one.type === "candidate-pair" && one.nominated && one.state === "succeeded");
  const kinds = [find(pair?.localCandidateId), find(pair?.remoteCandidateId)].map((one) => one?.candidateType);
  return kinds.includes("relay") ? "relay" : "direct";
}

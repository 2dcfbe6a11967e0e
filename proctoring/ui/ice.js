// STUN and TURN servers for one connection, with credentials of its own.

async function askForIceServers(pass) {
  const response = await fetch(address("ice"), { headers: { Authorization: `Bearer ${pass}` } });
  if (!response.ok) throw new Error("access was refused");
  return (await response.json()).iceServers;
}

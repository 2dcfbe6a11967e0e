// Which seat this browser has in which exam, so that the plain link leads back to it.

export default function ({ data, setStateValue }) {
  const key = `openproctor:seat:${data.meeting}`;
  try {
    if (data.token) localStorage.setItem(key, data.token);
    else if (data.left.includes(localStorage.getItem(key))) localStorage.removeItem(key);
    const token = localStorage.getItem(key) ?? "";
    if (!data.token && token) setStateValue("token", token);
  } catch {
    // Storage is off: the address still has the seat.
  }
}

"""What a candidate's picture and sound cost by WebRTC and by snapshots: bits, and server CPU.

    .venv/bin/python -m benchmarks.transport [--seconds 60] [--recording FILE]

One candidate at a time in a real Chromium, after half a minute in which networks warm up. Bits are
what the page sends, as the browser counts them; CPU is the server process's own, all threads.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from live import (  # noqa: E402
    Server,
    fake_media,
    launch,
    open_page,
    person,
    running_server,
)

SECOND_PERSON = ROOT / "tests" / "data" / "scenarios" / "second_person.mp4"
WARM_S = 30.0
JOINS_MS = 90_000
# What the sockets and the peer connections of a page and its frames send.
COUNT = """
(() => {
  const sent = (window.top.sent ??= { bytes: 0, connections: [] });
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    send(data) {
      if (this.url.includes("api/media")) sent.bytes += data.size ?? data.byteLength ?? data.length;
      super.send(data);
    }
  };
  const Connection = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Connection {
    constructor(...given) { super(...given); sent.connections.push(this); }
  };
})();
"""
WAYS = (  # what it is called, the server's setting, what else the page runs first
    ("WebRTC", "auto", ""),
    ("snapshots, sound as Opus", "snapshots", ""),
    ("snapshots, sound as samples", "snapshots", "delete window.AudioEncoder;"),
)
SENT = """async () => {
  let bytes = window.sent.bytes;
  for (const connection of window.sent.connections)
    for (const one of (await connection.getStats()).values())
      if (one.type === "transport") bytes += one.bytesSent;
  return bytes;
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--recording", type=Path, default=SECOND_PERSON)
    options = parser.parse_args()
    print("| way | kbit/s up | CPU of the server, ms a second |\n|---|---|---|")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        for number, (way, transport, script) in enumerate(WAYS):
            place = Path(folder) / str(number)
            place.mkdir()
            with running_server(place / "data", OPENPROCTOR_TRANSPORT=transport) as server:
                browser = launch(playwright, fake_media(options.recording, place / "media"))
                context = person(browser)
                context.add_init_script(COUNT + script)
                kbit, cpu_ms = measure(context, server, options.seconds)
                browser.close()
            print(f"| {way} | {kbit:.0f} | {cpu_ms:.0f} |", flush=True)


def measure(context: BrowserContext, server: Server, seconds: float) -> tuple[float, float]:
    """kbit/s that the page sends, and ms of CPU a second that the server takes."""
    page = join(context, server.make_meeting().candidate)
    time.sleep(WARM_S)
    begun, bytes_before, cpu_before = time.monotonic(), page.evaluate(SENT), cpu_s(server)
    time.sleep(seconds)
    took = time.monotonic() - begun
    sent = page.evaluate(SENT) - bytes_before
    used_s = cpu_s(server) - cpu_before
    return sent * 8 / 1000 / took, used_s * 1000 / took


def join(context: BrowserContext, link: str) -> Page:
    page = open_page(context, link)
    page.get_by_label("Your name").fill("Ann")
    page.get_by_text("I have read this").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Begin exam").click(timeout=JOINS_MS)
    for medium in ("camera", "microphone"):
        expect(page.locator(f"[data-of={medium}][data-state=on]")).to_be_visible(timeout=JOINS_MS)
    return page


def cpu_s(server: Server) -> float:
    """User and system time of the process so far, in s: Linux's proc(5)."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


if __name__ == "__main__":
    main()

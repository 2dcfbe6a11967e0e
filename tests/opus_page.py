"""The page's own Opus encoder in a real Chromium, fed with any sound."""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from live import CHROMIUM, FLAGS, sync_playwright

from proctoring.types import Sound

UI = Path(__file__).parent.parent / "proctoring" / "ui"
HERE = "https://page.test/"  # an encoder is for secure pages alone; nothing leaves the browser
ENCODE = """async ({ rate, pieces }) => {
  const QUEUED = 8; // pieces, as many as a page that keeps up never has
  const given = [];
  let failures = 0;
  const keep = ({ bytes, endedS }) => given.push([endedS, btoa(String.fromCharCode(...bytes))]);
  const opus = new OpusPieces(rate, keep, () => (failures += 1));
  for (const [endedS, samples] of pieces) {
    while (opus.encoder.encodeQueueSize > QUEUED) await new Promise((done) => setTimeout(done, 1));
    const bytes = Uint8Array.from(atob(samples), (c) => c.charCodeAt(0));
    opus.take({ samples: new Int16Array(bytes.buffer), endedS });
  }
  await opus.encoder.flush();
  opus.give(opus.count * PACKET_S);
  return { can: await canEncodeOpus(rate), failures, given };
}"""


@contextmanager
def opus_page() -> Iterator[Any]:
    """An empty page that knows opus.js."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.route(HERE, lambda route: route.fulfill(body="<!doctype html>"))
        page.goto(HERE)
        page.add_script_tag(content=(UI / "opus.js").read_text())
        yield page
        browser.close()


def encode(
    page: Any, sound: Sound, rate: int, *, begun_s: float = 3.0, without: Collection[int] = ()
) -> list[tuple[float, bytes]]:
    """What the page sends of `sound`, half a second at a time: [(ended_s, packets), …]."""
    size = rate // 2
    samples = (sound * 32767).astype("<i2")
    pieces = [
        (
            begun_s + (start + size) / rate,
            base64.b64encode(samples[start : start + size].tobytes()).decode(),
        )
        for number, start in enumerate(range(0, len(samples) - size + 1, size))
        if number not in without
    ]
    found = page.evaluate(ENCODE, {"rate": rate, "pieces": pieces})
    assert found["can"]
    assert not found["failures"]
    return [(ended_s, base64.b64decode(data)) for ended_s, data in found["given"]]

"""Opus packets from a real Chromium, decoded by the server's own reader."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path

import numpy as np
import pytest
from live import CHROMIUM, FLAGS, sync_playwright

from proctoring.media.opus import PACKET_S, OpusStream, split
from proctoring.types import SAMPLE_RATE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which(CHROMIUM), reason="Chromium is not installed"),
]
UI = Path(__file__).parent.parent / "proctoring" / "ui"
HERE = "https://page.test/"  # an encoder is for secure pages alone; nothing leaves the browser
ENCODE = """async ({ rate, pieces }) => {
  const given = [];
  let failures = 0;
  const keep = ({ bytes, endedS }) => given.push([endedS, btoa(String.fromCharCode(...bytes))]);
  const opus = new OpusPieces(rate, keep, () => (failures += 1));
  for (const [endedS, samples] of pieces) {
    const bytes = Uint8Array.from(atob(samples), (c) => c.charCodeAt(0));
    opus.take({ samples: new Int16Array(bytes.buffer), endedS });
  }
  await opus.encoder.flush();
  opus.give(opus.count * PACKET_S);
  return { can: await canEncodeOpus(rate), failures, given };
}"""


@pytest.fixture(scope="module")
def page():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.route(HERE, lambda route: route.fulfill(body="<!doctype html>"))
        page.goto(HERE)
        page.add_script_tag(content=(UI / "opus.js").read_text())
        yield page
        browser.close()


def encode(page, sound, rate, *, begun_s=3.0, without=()):
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


def clicks(rate, times, lasts_s):
    """Short tones that begin at these times, in s."""
    sound, tone = np.zeros(round(lasts_s * rate), np.float32), np.arange(round(0.03 * rate)) / rate
    for t in times:
        start = round(t * rate)
        sound[start : start + len(tone)] = 0.5 * np.sin(2 * np.pi * 800 * tone)
    return sound


def onsets(given):
    """When tones begin, in s of the page's clock."""
    stream, found, last = OpusStream(), [], -1.0
    for ended_s, data in given:
        for before_s, sound in stream.take(data).stretches:
            begun_s = ended_s - before_s - len(sound) / SAMPLE_RATE
            for at in np.flatnonzero(np.abs(sound) > 0.15):
                t = begun_s + at / SAMPLE_RATE
                if t - last > 0.1:
                    found.append(t)
                last = t
    return found


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_a_tone_is_heard_when_it_sounded(page, rate):
    times = [0.3, 0.9, 1.55, 2.62, 3.4]
    given = encode(page, clicks(rate, times, 4.0), rate)
    assert onsets(given) == pytest.approx([3 + t for t in times], abs=0.001)


def test_a_hole_in_the_sound_is_one_in_the_packets(page):
    times = [0.3, 0.9, 2.1, 3.4]
    given = encode(page, clicks(SAMPLE_RATE, times, 4.0), SAMPLE_RATE, without={2, 3})
    assert onsets(given) == pytest.approx([3 + t for t in times], abs=0.001)
    heard_s = sum(len(split(data)) for _, data in given) * PACKET_S
    assert heard_s == pytest.approx(3.0, abs=0.03)


def test_it_takes_a_fifth_of_the_bits(page):
    rng = np.random.default_rng(3)
    given = encode(page, (rng.normal(size=10 * SAMPLE_RATE) * 0.1).astype(np.float32), SAMPLE_RATE)
    kbit = sum(len(data) for _, data in given) * 8 / 10 / 1000
    assert kbit < SAMPLE_RATE * 16 / 1000 / 5
    assert all(len(split(data)) <= 25 for _, data in given)

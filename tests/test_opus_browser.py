"""Opus packets from a real Chromium, decoded by the server's own reader."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from live import CHROMIUM
from opus_page import encode, opus_page

from proctoring.media.opus import PACKET_S, OpusStream, split
from proctoring.types import SAMPLE_RATE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which(CHROMIUM), reason="Chromium is not installed"),
]


@pytest.fixture(scope="module")
def page():
    with opus_page() as page:
        yield page


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

"""The same sound as samples and as Opus packets, from the page's pieces to incidents."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from opus_sound import incidents, packets, samples

from proctoring.media import read_sound
from proctoring.types import SAMPLE_RATE

DATA = Path(__file__).parent / "data" / "audio"


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("one_voice.flac", set()),
        ("two_voices.flac", {"multiple_speakers"}),
    ],
    ids=["one voice", "two voices"],
)
def test_packets_give_the_incidents_that_samples_give(name, kinds):
    sound = np.concatenate([read_sound(DATA / name), np.zeros(4 * SAMPLE_RATE, np.float32)])
    by_samples, by_packets = incidents(samples(sound)), incidents(packets(sound))
    assert kinds <= by_samples.keys()
    assert by_packets.keys() == by_samples.keys()
    for kind, opened_s in by_samples.items():
        assert by_packets[kind] == pytest.approx(opened_s, abs=3.0)  # two looks at the sound

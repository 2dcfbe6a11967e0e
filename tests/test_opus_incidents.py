"""The same sound as samples and as Opus packets, from the page's pieces to incidents."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from making import at, make_pipeline
from opus_packets import PACKETS_A_PIECE, pieces

from proctoring.analysers import choices, create_analysers
from proctoring.live.snapshots import Snapshots
from proctoring.media import read_sound
from proctoring.media.opus import PACKET_S, OpusStream
from proctoring.types import SAMPLE_RATE, Occurrence, Sound

DATA = Path(__file__).parent / "data" / "audio"
PIECE_S = PACKETS_A_PIECE * PACKET_S


def samples(sound: Sound):
    size = round(PIECE_S * SAMPLE_RATE)
    for start in range(0, len(sound), size):
        yield (start + size) / SAMPLE_RATE, [(0.0, sound[start : start + size])]


def packets(sound: Sound):
    stream = OpusStream()
    for ended_s, data in pieces(sound):
        yield ended_s, stream.take(data).stretches


def incidents(given) -> dict[str, float]:
    """When each kind opened first, in s. A piece is at the server as soon as it is over."""
    names = [kind.name for kind in choices() if kind.medium == "microphone"]
    pipeline = make_pipeline(*create_analysers(names, {"microphone"}))
    clock, offered = [0.0], []
    snapshots = Snapshots(offered.append, lambda: clock[0], frames_per_s=4)
    found: dict[str, float] = {}
    for number, (ended_s, stretches) in enumerate(given, 1):
        clock[0] = ended_s
        snapshots.hear(number, ended_s, stretches)
        while offered:
            for record in pipeline.process(offered.pop(0)):
                if isinstance(record, Occurrence):
                    opened_s = (record.opened_at - at(0)).total_seconds()
                    found.setdefault(record.kind, opened_s)
    return found


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

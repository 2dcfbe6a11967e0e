"""Sound in the page's pieces, as samples and as Opus packets, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterable

from making import at, make_pipeline
from opus_packets import PACKETS_A_PIECE, pieces

from proctoring.analysers import choices, create_analysers
from proctoring.live.snapshots import Snapshots
from proctoring.media.opus import PACKET_S, OpusStream
from proctoring.types import SAMPLE_RATE, Occurrence, Sample, Sound

Pieces = Iterable[tuple[float, Iterable[tuple[float, Sound]]]]  # see Snapshots.hear
PIECE_S = PACKETS_A_PIECE * PACKET_S


def samples(sound: Sound) -> Pieces:
    size = round(PIECE_S * SAMPLE_RATE)
    for start in range(0, len(sound), size):
        yield (start + size) / SAMPLE_RATE, [(0.0, sound[start : start + size])]


def packets(sound: Sound) -> Pieces:
    stream = OpusStream()
    for ended_s, data in pieces(sound):
        yield ended_s, stream.take(data).stretches


def incidents(given: Pieces) -> dict[str, float]:
    """When each kind opened first, in s. A piece is at the server as soon as it is over."""
    names = [kind.name for kind in choices() if kind.medium == "microphone"]
    pipeline = make_pipeline(*create_analysers(names, {"microphone"}))
    clock: list[float] = [0.0]
    offered: list[Sample] = []
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

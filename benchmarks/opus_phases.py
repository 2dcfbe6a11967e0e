"""Does Opus cost incidents? A voice at the limit of what is found, as samples and as packets.

    .venv/bin/python -m benchmarks.opus_phases [--phases 32] [--recording FILE]

The recording is looped as a fake microphone loops it, and begins somewhere else in each phase:
where a second voice falls among what was heard before decides whether it is found. Packets are
libopus' and those of a real Chromium's encoder, by the page's own script; the server's own reader
decodes them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from proctoring.media import read_sound
from proctoring.media.opus import OpusStream
from proctoring.types import SAMPLE_RATE, Sound

TESTS = Path(__file__).parent.parent / "tests"
sys.path.insert(0, str(TESTS))
from opus_page import encode, opus_page  # noqa: E402
from opus_sound import Pieces, incidents, packets, samples  # noqa: E402

RECORDING = TESTS / "data" / "scenarios" / "second_person.mp4"
ROUNDS = 3


def phases(sound: Sound, count: int) -> Iterator[Sound]:
    """`ROUNDS` rounds of it each, in whole halves of a second."""
    rounds = np.concatenate([sound] * ROUNDS)
    rounds = rounds[: len(rounds) // (SAMPLE_RATE // 2) * (SAMPLE_RATE // 2)]
    for phase in range(count):
        yield np.roll(rounds, -phase * len(sound) // count)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--phases", type=int, default=32)
    parser.add_argument("--recording", type=Path, default=RECORDING)
    options = parser.parse_args()
    found: dict[str, list[str]] = {"samples": [], "libopus": [], "Chromium": []}
    with opus_page() as page:
        for sound in phases(read_sound(options.recording), options.phases):
            stream = OpusStream()
            encoded = encode(page, sound, SAMPLE_RATE, begun_s=0.0)
            by_page: Pieces = ((end_s, stream.take(data).stretches) for end_s, data in encoded)
            ways = zip(found, (samples(sound), packets(sound), by_page), strict=True)
            for way, given in ways:
                found[way].append(" ".join(sorted(incidents(given))) or "nothing")
            print(*(f"{way}: {said[-1]};" for way, said in found.items()), flush=True)
    print(f"\n| way | of {options.phases} phases with incidents | as by samples |\n|---|---|---|")
    for way, said in found.items():
        same = sum(a == b for a, b in zip(said, found["samples"], strict=True))
        print(f"| {way} | {sum(one != 'nothing' for one in said)} | {same} |")


if __name__ == "__main__":
    main()

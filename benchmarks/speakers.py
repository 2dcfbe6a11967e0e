"""Whose voices are in a recording, and what opens when: as measured, per type of recording.

    .venv/bin/python benchmarks/speakers.py [--data DIR] [--without-peers]

Each recording goes through the live pipeline as in `python -m proctoring speakers`, with the
candidate's enrolment where there is one; the number of voices, and who spoke when, is told with
the whole recording in sight. Diarization is judged by pyannote.metrics, 0.25 s around each true
change left out, with and without the stretches where two speak at once. The real-time factor is CPU
time on one thread for a second of sound; on a machine that does other work it is too high. The
judge, Resemblyzer on torch and spectral clustering are in the reference environment
(`make reference`).

Thresholds were chosen on the tuning half of `benchmarks/mixtures.py`, in which six of this set's
voices are, and looked at with this set in sight: its figures flatter.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy and torch come in

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import speaker_peers as peers  # noqa: E402
from benchmarks.speaker_tables import (  # noqa: E402
    Measured,
    Mixture,
    print_aims,
    print_counts,
    print_delays,
    print_errors,
    print_incidents,
)
from proctoring.analysers.speakers import SpeakerCounter  # noqa: E402
from proctoring.enrolment.voice import enrol_voice  # noqa: E402
from proctoring.media import read_sound  # noqa: E402
from proctoring.perception.listening import STEP  # noqa: E402
from proctoring.replay import media_s  # noqa: E402
from proctoring.speakers.report import voice_report  # noqa: E402
from proctoring.types import SAMPLE_RATE, AudioChunk, Sound  # noqa: E402

REFERENCE = ROOT / ".venv-reference" / "bin" / "python"

Count = Callable[[Sound], int]
PEERS: dict[str, Count] = {
    "Silero + GE2E 3 s + agglomerative": peers.baseline,
    "WebRTC + level": peers.energy,
}


@dataclass(slots=True)
class Way:
    """One way to count voices."""

    counts: list[int]
    cpu_s: float


def read_mixtures(folder: Path) -> Iterator[Mixture]:
    for entry in json.loads((folder / "mixtures.json").read_text()):
        rows = [line.split() for line in (folder / entry["rttm"]).read_text().splitlines()]
        turns = tuple((float(r[3]), float(r[3]) + float(r[4]), r[7]) for r in rows)
        yield Mixture(
            name=entry["id"],
            kind=entry["type"],
            path=folder / entry["file"],
            voices=entry["n_speakers"],
            turns=turns,
            candidate=entry["candidate"] or "",
            enrolment=folder / entry["enroll"] if entry["enroll"] else None,
        )


def live(sound: Sound) -> int:
    """The largest count that a live exam would have shown, from chunks of half a second."""
    counter, size = SpeakerCounter(), SAMPLE_RATE // 2
    sound = np.concatenate([sound, np.zeros(2 * STEP, np.float32)])  # the last look, too
    values = [
        observation.value or 0
        for start in range(0, len(sound), size)
        for observation in counter.analyse(
            AudioChunk(start / SAMPLE_RATE, sound[start : start + size])
        )
    ]
    return int(max(values, default=0))


def measure(mixture: Mixture) -> Measured:
    sound = read_sound(mixture.path)
    profile = enrol_voice(read_sound(mixture.enrolment)) if mixture.enrolment else None
    start = time.process_time()
    report = voice_report(sound, profile)
    return Measured(
        mixture=mixture,
        count=report.speaker_count,
        opened={i.kind: media_s(i.opened_at) for i in reversed(report.incidents)},
        turns=tuple((turn.start_s, turn.end_s, str(turn.speaker)) for turn in report.turns),
        sound_s=len(sound) / SAMPLE_RATE,
        cpu_s=time.process_time() - start,
    )


def judge(found: Sequence[Measured]) -> dict[str, dict[str, tuple[float, float]]]:
    """By mixture and by what is done with overlap: seconds wrong, seconds spoken."""
    asked = [
        {"name": m.mixture.name, "truth": m.mixture.turns, "told": m.turns, "length_s": m.sound_s}
        for m in found
    ]
    lines = "".join(json.dumps(one) + "\n" for one in asked)
    command = [REFERENCE, Path(__file__).with_name("speaker_judge.py")]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return {answer["name"]: answer for answer in answers}


def ask_resemblyzer(found: Sequence[Measured]) -> dict[str, Way]:
    command = [REFERENCE, Path(__file__).with_name("speaker_peers.py")]
    process = subprocess.Popen(
        [*command, *(m.mixture.path for m in found)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout
    answers = [json.loads(x) for x in tqdm(process.stdout, "Resemblyzer", len(found))]
    if process.wait() or len(answers) < len(found):
        raise RuntimeError("Resemblyzer stopped early: run benchmarks/speaker_peers.py by hand")
    cpu_s = sum(cpu_s for _, cpu_s in answers)
    return {
        f"Resemblyzer on torch, 60 s at a time, {name}": Way(
            [told[name] for told, _ in answers], cpu_s
        )
        for name in answers[0][0]
    }


def ask(count: Count, found: Sequence[Measured], name: str) -> Way:
    way = Way([], 0.0)
    for one in tqdm(found, name, file=sys.stderr):
        sound = read_sound(one.mixture.path)
        start = time.process_time()
        way.counts.append(count(sound))
        way.cpu_s += time.process_time() - start
    return way


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--without-peers", action="store_true")
    options = parser.parse_args()
    mixtures = list(read_mixtures(options.data / "audio"))
    found = [measure(mixture) for mixture in tqdm(mixtures, desc="ours", file=sys.stderr)]
    errors = judge(found) if REFERENCE.exists() else {}
    sound_s = sum(one.sound_s for one in found)
    cost = sum(one.cpu_s for one in found) / sound_s
    print_counts(f"OpenProctor, real-time factor {cost:.4f}", found, [one.count for one in found])
    print_incidents(found)
    print_delays(found)
    print_errors(found, errors)
    print_aims(found, errors, cost)
    if options.without_peers:
        return
    ways: dict[str, Any] = {name: ask(count, found, name) for name, count in PEERS.items()}
    if REFERENCE.exists():
        ways |= ask_resemblyzer(found)
    else:
        print("\nNo judge and no Resemblyzer here: make reference")
    for name, way in ways.items():
        print_counts(f"{name}, real-time factor {way.cpu_s / sound_s:.4f}", found, way.counts)


if __name__ == "__main__":
    main()

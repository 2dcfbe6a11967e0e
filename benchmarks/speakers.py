"""How well voices are counted, live and in a whole recording, and by others beside us.

    .venv/bin/python benchmarks/speakers.py [--data DIR] [--without-peers]

A mixture is right if the largest count is the number of voices in it. The diarization error
rate (missed, false and confused speech by speech) leaves 0.25 s around each change out. The
real-time factor is CPU time on one thread for a second of sound. Resemblyzer runs on torch in
the reference environment (`make reference`).

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
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import speaker_peers as peers  # noqa: E402
from proctoring.analysers.speakers import SpeakerCounter  # noqa: E402
from proctoring.diarization import speakers  # noqa: E402
from proctoring.media import read_sound  # noqa: E402
from proctoring.types import SAMPLE_RATE, AudioChunk, Sound  # noqa: E402

REFERENCE = ROOT / ".venv-reference" / "bin" / "python"
COLLAR_S = 0.25
TICK_S = 0.01  # of the error rate's time axis
ENOUGH_S = 3.0  # of a second voice, for the recall that the product aims at
TOO_QUIET = ("quiet20", "whisper12")  # further down than what it aims at

Turn = tuple[float, float, str]  # start s, end s, speaker
Count = Callable[[Sound], int]


@dataclass(frozen=True, slots=True)
class Mixture:
    name: str
    kind: str
    path: Path
    voices: int
    turns: tuple[Turn, ...]

    @property
    def second_voice_s(self) -> float:
        spoken: dict[str, float] = {}
        for start, end, name in self.turns:
            spoken[name] = spoken.get(name, 0.0) + end - start
        return sorted(spoken.values())[-2] if len(spoken) > 1 else 0.0

    @property
    def is_aimed_at(self) -> bool:
        return self.second_voice_s >= ENOUGH_S and self.kind not in TOO_QUIET


@dataclass(slots=True)
class Tally:
    counts: list[tuple[Mixture, int]] = field(default_factory=list)
    cpu_s: float = 0.0
    sound_s: float = 0.0


def read_mixtures(folder: Path) -> Iterator[Mixture]:
    for entry in json.loads((folder / "mixtures.json").read_text()):
        rows = [line.split() for line in (folder / entry["rttm"]).read_text().splitlines()]
        turns = tuple((float(r[3]), float(r[3]) + float(r[4]), r[7]) for r in rows)
        path = folder / entry["file"]
        yield Mixture(entry["id"], entry["type"], path, entry["n_speakers"], turns)


def live(sound: Sound) -> int:
    """The largest count that a live exam would have shown, from chunks of half a second."""
    counter, size = SpeakerCounter(), SAMPLE_RATE // 2
    values = [
        observation.value or 0
        for start in range(0, len(sound), size)
        for observation in counter.analyse(
            AudioChunk(start / SAMPLE_RATE, sound[start : start + size])
        )
    ]
    return int(max(values, default=0))


WAYS: dict[str, Count] = {
    "ours, live": live,
    "ours, whole recording": lambda sound: speakers(sound).speaker_count,
    "Silero + GE2E 3 s + agglomerative": peers.baseline,
    "WebRTC + level": peers.energy,
}


def measure(mixtures: list[Mixture]) -> tuple[dict[str, Tally], dict[str, tuple[float, float]]]:
    """Counts by each way, and by mixture (wrong, spoken) seconds of our diarization."""
    tallies = {name: Tally() for name in WAYS}
    errors: dict[str, tuple[float, float]] = {}
    for mixture in tqdm(mixtures, desc="mixtures", file=sys.stderr):
        sound = read_sound(mixture.path)
        for name, count in WAYS.items():
            start = time.process_time()
            tallies[name].counts.append((mixture, count(sound)))
            tallies[name].cpu_s += time.process_time() - start
            tallies[name].sound_s += len(sound) / SAMPLE_RATE
        told = [(start, end, str(who)) for start, end, who in speakers(sound).segments]
        errors[mixture.name] = error_s(mixture.turns, told, len(sound) / SAMPLE_RATE)
    return tallies, errors


def ask_resemblyzer(mixtures: list[Mixture], sound_s: float) -> Tally:
    tally = Tally(sound_s=sound_s)
    command = [REFERENCE, Path(__file__).with_name("speaker_peers.py")]
    process = subprocess.Popen(
        [*command, *(mixture.path for mixture in mixtures)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout
    answers = tqdm(process.stdout, "Resemblyzer", len(mixtures), file=sys.stderr)
    for mixture, line in zip(mixtures, answers, strict=False):
        count, cpu_s = json.loads(line)
        tally.counts.append((mixture, count))
        tally.cpu_s += cpu_s
    if process.wait() or len(tally.counts) < len(mixtures):
        raise RuntimeError("Resemblyzer stopped early: run benchmarks/speaker_peers.py by hand")
    return tally


def error_s(truth: tuple[Turn, ...], told: list[Turn], length_s: float) -> tuple[float, float]:
    """Seconds of speech that are missed, false or another's, and seconds spoken."""
    t = np.linspace(0, length_s, int(length_s / TICK_S), endpoint=False) + TICK_S / 2
    edges = [edge for start, end, _ in truth for edge in (start, end)]
    judged = np.all([np.abs(t - edge) > COLLAR_S for edge in edges] or [t >= 0], axis=0)
    spoken, heard = _activity(truth, t[judged]), _activity(told, t[judged])
    shared = (spoken[:, None] & heard[None]).sum(2)
    size = max(shared.shape)
    square = np.zeros((size, size))
    square[: shared.shape[0], : shared.shape[1]] = shared
    rows = np.arange(size)
    right = max(square[rows, list(order)].sum() for order in permutations(range(size)))
    wrong = np.maximum(spoken.sum(0), heard.sum(0)).sum() - right
    return float(wrong) * TICK_S, float(spoken.sum()) * TICK_S


def _activity(turns: Iterable[Turn], t: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    names = sorted({name for *_, name in turns})
    active = np.zeros((len(names), len(t)), bool)
    for start, end, name in turns:
        active[names.index(name)] |= (t >= start) & (t < end)
    return active


def print_way(name: str, tally: Tally) -> None:
    def row(kind: str, counts: list[tuple[Mixture, int]]) -> None:
        several = [count > 1 for mixture, count in counts if mixture.voices > 1]
        aimed = [count > 1 for mixture, count in counts if mixture.is_aimed_at]
        alone = [count > 1 for mixture, count in counts if mixture.voices == 1]
        nobody = [count == 0 for mixture, count in counts if mixture.voices == 0]
        right = [count == mixture.voices for mixture, count in counts]
        cells = [share(right), share(several), share(aimed), share(alone), share(nobody)]
        print(f"| {kind} | {len(counts)} | " + " | ".join(cells) + " |")

    print(f"\n### {name} (real-time factor {tally.cpu_s / tally.sound_s:.4f})\n")
    print("| type | n | right count | >1: found | of those ≥ 3 s, ≥ −10 dB | 1: false | 0: found |")
    print("|---|---|---|---|---|---|---|")
    for kind in dict.fromkeys(mixture.kind for mixture, _ in tally.counts):
        row(kind, [pair for pair in tally.counts if pair[0].kind == kind])
    row("**all**", tally.counts)


def share(cases: list[bool]) -> str:
    return f"{np.mean(cases):.2f} ({sum(cases)}/{len(cases)})" if cases else "–"


def print_errors(mixtures: list[Mixture], errors: dict[str, tuple[float, float]]) -> None:
    print(f"\n### Diarization error rate, collar {COLLAR_S} s\n\n| type | speech s | DER |")
    print("|---|---|---|")
    kinds = [*dict.fromkeys(mixture.kind for mixture in mixtures), "**all**"]
    for kind in kinds:
        pairs = [errors[m.name] for m in mixtures if kind in (m.kind, "**all**")]
        wrong, spoken = (sum(values) for values in zip(*pairs, strict=True))
        print(
            f"| {kind} | {spoken:.0f} | {wrong / spoken:.3f} |" if spoken else f"| {kind} | 0 | – |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--without-peers", action="store_true")
    options = parser.parse_args()
    if options.without_peers:
        for name in list(WAYS)[2:]:
            del WAYS[name]
    mixtures = list(read_mixtures(options.data / "audio"))
    tallies, errors = measure(mixtures)
    for name, tally in tallies.items():
        print_way(name, tally)
    print_errors(mixtures, errors)
    if options.without_peers:
        return
    if REFERENCE.exists():
        sound_s = next(iter(tallies.values())).sound_s
        print_way("Resemblyzer on torch, partials", ask_resemblyzer(mixtures, sound_s))
    else:
        print("\nResemblyzer: not installed: make reference")


if __name__ == "__main__":
    main()

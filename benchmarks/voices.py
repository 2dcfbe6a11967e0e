"""How well the two speaker embeddings tell voices apart, by the length of what they hear.

    .venv/bin/python benchmarks/voices.py [--data DIR] [--voices DIR]

The equal error rate over all pairs of pieces of one corpus: those of one person that are taken
for two, and of two that are taken for one, where both are as many. `--voices` as for
`benchmarks/mixtures.py`. CPU time is for one piece on one thread.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy comes in

import argparse
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.mixing import (  # noqa: E402
    NOISES,
    Bank,
    convolved,
    corpus_of,
    folder_bank,
    impulse_response,
    person_of,
    shared_bank,
)
from proctoring.media import read_sound  # noqa: E402
from proctoring.perception import voices  # noqa: E402
from proctoring.perception.clustering import SHORT_SHARE  # noqa: E402
from proctoring.perception.fbank import fbank  # noqa: E402
from proctoring.perception.speaker_embedding import embed  # noqa: E402
from proctoring.types import SAMPLE_RATE, Sound  # noqa: E402

LENGTHS_S = (0.8, 1.6, 2.4, 3.2)
CONDITIONS = ("clean", "noise at 10 dB", "across the room")  # the last in noise at 12 dB
PIECES = 6  # of each voice

Floats = npt.NDArray[np.float32]


@dataclass(slots=True)
class Embedded:
    people: list[str] = field(default_factory=list)
    corpora: list[str] = field(default_factory=list)
    campplus: list[Floats] = field(default_factory=list)
    ge2e: list[Floats] = field(default_factory=list)
    cpu_s: dict[str, float] = field(default_factory=lambda: {"campplus": 0.0, "ge2e": 0.0})


def embedded(bank: Bank, noises: Mapping[str, Sound], condition: str, length_s: float) -> Embedded:
    rng = np.random.default_rng(3)
    all_of, length = Embedded(), int(length_s * SAMPLE_RATE)
    for speaker, utterances in bank.items():
        sound = np.concatenate(utterances)
        for start in range(0, len(sound) - length, max(length, len(sound) // PIECES)):
            piece = changed(sound[start : start + length], condition, noises, rng)
            rows = np.arange((length - voices.FRAME) // voices.HOP + 1)
            began = time.process_time()
            all_of.campplus.append(embed(fbank(piece)))
            between = time.process_time()
            windows = [voices.window_at(piece, rows[:160]), voices.window_at(piece, rows)]
            mean = voices.encode(np.stack(windows)).mean(axis=0)
            all_of.ge2e.append(mean / np.linalg.norm(mean))
            all_of.cpu_s["campplus"] += between - began
            all_of.cpu_s["ge2e"] += time.process_time() - between
            all_of.people.append(person_of(speaker))
            all_of.corpora.append(corpus_of(speaker))
    return all_of


def changed(
    piece: Sound, condition: str, noises: Mapping[str, Sound], rng: np.random.Generator
) -> Sound:
    if condition == "clean":
        return piece
    below_db = 10.0
    if condition == "across the room":
        piece, below_db = convolved(piece, impulse_response(rng, 0.4)), 12.0
    noise = noises[str(rng.choice(sorted(noises)))]
    noise = np.resize(np.roll(noise, int(rng.integers(len(noise)))), len(piece))
    level = np.sqrt(np.mean(piece**2) / (np.mean(noise**2) + 1e-12)) * 10 ** (-below_db / 20)
    return (piece + noise * np.float32(level)).astype(np.float32)


def equal_error_rate(alike: Floats, all_of: Embedded, wanted: npt.NDArray[np.bool_]) -> float:
    one, other = np.triu_indices(len(alike), 1)
    people, corpora = np.array(all_of.people), np.array(all_of.corpora)
    pairs = wanted[one] & wanted[other] & (corpora[one] == corpora[other])
    same = people[one] == people[other]
    own, others = (np.sort(alike[one, other][pairs & kind]) for kind in (same, ~same))
    limits = np.unique(np.concatenate([own, others]))
    split = np.searchsorted(own, limits) / len(own)
    joined = 1 - np.searchsorted(others, limits) / len(others)
    nearest = np.abs(split - joined).argmin()
    return float(split[nearest] + joined[nearest]) / 2


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--voices", type=Path)
    options = parser.parse_args()
    audio = options.data / "audio"
    bank = shared_bank(audio) | (folder_bank(options.voices) if options.voices else {})
    noises = {name: read_sound(audio / "mix" / f"nospeech_{name}.flac") for name in NOISES}
    print("| corpus | condition | s | pieces, voices | GE2E | CAM++ | CAM++ and GE2E |")
    print("|---|---|---|---|---|---|---|")
    for condition in CONDITIONS:
        for length_s in LENGTHS_S:
            all_of = embedded(bank, noises, condition, length_s)
            campplus, ge2e = (np.stack(e) @ np.stack(e).T for e in (all_of.campplus, all_of.ge2e))
            for corpus in sorted({*all_of.corpora}):
                wanted = np.array(all_of.corpora) == corpus
                people = {p for p, w in zip(all_of.people, wanted, strict=True) if w}
                if len(people) < 4:
                    continue
                rates = [
                    equal_error_rate(alike, all_of, wanted)
                    for alike in (ge2e, campplus, campplus + SHORT_SHARE * ge2e)
                ]
                told = " | ".join(f"{rate:.3f}" for rate in rates)
                size = f"{wanted.sum()}, {len(people)}"
                print(f"| {corpus} | {condition} | {length_s} | {size} | {told} |", flush=True)
            cpu_ms = {name: s / len(campplus) * 1e3 for name, s in all_of.cpu_s.items()}
            costs = ", ".join(f"{name} {ms:.1f} ms" for name, ms in cpu_ms.items())
            print(f"{length_s} s: {costs}", file=sys.stderr)


if __name__ == "__main__":
    main()

"""How well a second voice is found in made-up conversations, and how often one is imagined.

    .venv/bin/python benchmarks/mixtures.py [--data DIR] [--voices DIR] [--each 12] [--cache DIR]

`--voices` adds speakers: one folder each with WAV or FLAC files of that voice alone, named
`corpus_speaker`. They fall into the two splits by their name's checksum. Constants of the
product may be chosen by what the tuning speakers give; the held-out ones are only looked at.
What the networks say is kept in the cache, so a change of a decision is judged in seconds.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy comes in

import argparse
import hashlib
import pickle
import sys
import tempfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.intervals import told  # noqa: E402
from benchmarks.mixing import (  # noqa: E402
    NOISES,
    Bank,
    Recipe,
    Turn,
    corpus_of,
    folder_bank,
    make,
    recipes,
    shared_bank,
)
from proctoring.analysers.speakers import SpeakerCounter  # noqa: E402
from proctoring.media import read_sound  # noqa: E402
from proctoring.perception.listening import STEP, Listener, LocalSpeaker, Step  # noqa: E402
from proctoring.speakers.diarization import PIECE, Remembered, speakers  # noqa: E402
from proctoring.types import SAMPLE_RATE, AudioChunk, Sound  # noqa: E402

HELD_OUT = ("ls367", "ls533", "ls1688", "as_fr")  # of the shared recordings' ten voices
HEARING = (
    "listening",
    "calm",
    "segmentation",
    "speaker_embedding",
    "fbank",
    "voices",
    "speech",
    "loudspeaker",
    "pitch",
    "fourier",
)
SOURCES = (
    "benchmarks/mixing.py",
    "proctoring/models/models.toml",
    *(f"proctoring/perception/{name}.py" for name in HEARING),
)
ENOUGH_S = 3.0  # of a second voice, for the recall that the product aims at
SHORTEST_BANK_S = 12.0  # of speech; a speaker with less would repeat himself


@dataclass(frozen=True, slots=True)
class Case:
    split: str
    recipe: Recipe
    turns: tuple[Turn, ...]
    steps: tuple[Step, ...]
    samples: int

    @property
    def corpus(self) -> str:
        return f"*{corpus_of(self.recipe.speakers[0])}*"

    @property
    def voices(self) -> int:
        return len({name for *_, name in self.turns})

    @property
    def is_aimed_at(self) -> bool:
        spoken: dict[str, float] = {}
        for start, end, name in self.turns:
            spoken[name] = spoken.get(name, 0.0) + end - start
        return len(spoken) > 1 and sorted(spoken.values())[-2] >= ENOUGH_S


def live(case: Case) -> int:
    """The largest count that a live exam would have shown."""
    counter = SpeakerCounter(listener=Remembered(case.steps))
    silence = np.zeros(SAMPLE_RATE // 2, np.float32)
    values = [
        observation.value or 0
        for start in range(0, case.samples - len(silence) + 1, len(silence))
        for observation in counter.analyse(AudioChunk(start / SAMPLE_RATE, silence))
    ]
    return int(max(values, default=0))


def whole(case: Case) -> int:
    silence = np.zeros(case.samples, np.float32)
    return speakers(silence, Remembered(case.steps)).speaker_count


WAYS: dict[str, Callable[[Case], int]] = {"live": live, "whole recording": whole}


def split_of(speaker: str) -> str:
    """The shared voices by name; others by checksum, one person's two folders together."""
    if speaker.startswith(("ls", "as_")):
        return "held out" if speaker in HELD_OUT else "tuning"
    return "held out" if zlib.crc32(speaker.encode()) % 2 else "tuning"


def cases(
    bank: Bank, noises: Mapping[str, Sound], each: int, cache: Path, keys: Sequence[str]
) -> list[Case]:
    """Made and heard, or taken from the cache."""
    cache.mkdir(parents=True, exist_ok=True)
    wanted = [
        (split, recipe)
        for split in ("tuning", "held out")
        for recipe in recipes(bank, [s for s in bank if split_of(s) == split], each, split)
    ]
    state = hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in SOURCES))
    state.update(repr([*keys, *sorted(bank)]).encode())
    found: list[Case] = []
    for split, recipe in tqdm(wanted, desc="mixtures", file=sys.stderr):
        name = hashlib.sha256(state.digest() + repr(recipe).encode()).hexdigest()[:24]
        path = cache / f"{name}.pickle"
        if not path.exists():
            sound, turns = make(recipe, bank, noises)
            padded = np.concatenate([sound, np.zeros(2 * STEP, np.float32)])  # the last look, too
            listener = Listener()
            steps = [
                (
                    step.end_s,
                    [_fields(one) for one in step.speakers],
                    step.speech,
                    step.overlap,
                    step.is_look,
                )
                for start in range(0, len(padded), PIECE)
                for step in listener.hear(padded[start : start + PIECE])
            ]
            path.write_bytes(pickle.dumps((turns, steps, len(sound))))
        turns, steps, samples = pickle.loads(path.read_bytes())
        heard = tuple(
            Step(
                end_s,
                tuple(LocalSpeaker(*one) for one in speakers),
                speech,
                overlap,
                is_look=is_look,
            )
            for end_s, speakers, speech, overlap, is_look in steps
        )
        found.append(Case(split, recipe, tuple(turns), heard, samples))
    return found


def _fields(one: LocalSpeaker) -> tuple[object, ...]:
    return one.frames, one.active, one.campplus, one.ge2e, one.fundamental_db


def print_way(name: str, counts: Sequence[tuple[Case, int]]) -> None:
    print(f"\n### {name}\n")
    print("| split | type | 1 voice: false | second voice ≥ 3 s: found | right count |")
    print("|---|---|---|---|---|")
    for split in ("tuning", "held out"):
        mine = [pair for pair in counts if pair[0].split == split]
        kinds = dict.fromkeys(case.recipe.kind for case, _ in mine)
        corpora = dict.fromkeys(case.corpus for case, _ in mine)
        for kind in [*kinds, *sorted(corpora), "**all**"]:
            rows = [
                pair for pair in mine if kind in (pair[0].recipe.kind, pair[0].corpus, "**all**")
            ]
            false = [count > 1 for case, count in rows if case.voices == 1]
            found = [count > 1 for case, count in rows if case.is_aimed_at]
            right = [count == case.voices for case, count in rows]
            print(f"| {split} | {kind} | {told(false)} | {told(found)} | {told(right)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--voices", type=Path)
    parser.add_argument("--each", type=int, default=12, help="of a kind and split; of one voice 2×")
    cache = Path(tempfile.gettempdir()) / "openproctor-mixtures"
    parser.add_argument("--cache", type=Path, default=cache)
    options = parser.parse_args()
    audio = options.data / "audio"
    bank = shared_bank(audio) | (folder_bank(options.voices) if options.voices else {})
    long = {s: u for s, u in bank.items() if sum(map(len, u)) > SHORTEST_BANK_S * SAMPLE_RATE}
    noises = {name: read_sound(audio / "mix" / f"nospeech_{name}.flac") for name in NOISES}
    made = cases(long, noises, options.each, options.cache, (str(options.voices),))
    for name, count in WAYS.items():
        counted = [(case, count(case)) for case in tqdm(made, desc=name, file=sys.stderr)]
        print_way(name, counted)


if __name__ == "__main__":
    main()

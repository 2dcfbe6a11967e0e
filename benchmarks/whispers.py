"""How often whispering is told, and what else is taken for it.

    .venv/bin/python -m benchmarks.whispers [--data DIR] [--voices DIR]

The shared mixtures have a whisper in four, made by signal processing and 12 dB below the
candidate. Here more are made of single voices, by another way: the envelope of each 25 ms is kept
and its phases are replaced by noise's. The same voices unchanged must not be told, nor must what
the other recordings hold. `--voices` as for `benchmarks/mixtures.py`, with its two splits: the
constants were chosen on the tuning voices, with the shared mixtures in sight. There is no
recording of a real whisper.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy comes in

import argparse
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.intervals import told  # noqa: E402
from benchmarks.mixing import folder_bank, shared_bank  # noqa: E402
from benchmarks.mixtures import split_of  # noqa: E402
from benchmarks.recordings import threshold  # noqa: E402
from benchmarks.speakers import read_mixtures  # noqa: E402
from proctoring.analysers.whisper import WhisperWatch  # noqa: E402
from proctoring.media import read_sound  # noqa: E402
from proctoring.perception import segmentation, whisper  # noqa: E402
from proctoring.perception.models import MODELS  # noqa: E402
from proctoring.rules import is_bad  # noqa: E402
from proctoring.types import SAMPLE_RATE, AudioChunk, Sound  # noqa: E402

LENGTH_S = 12.0  # of one voice
LEVELS_DB = (-38.0, -45.0)  # of full scale; a voice near a microphone has -26
NOISE_DB = -68.0  # of full scale
SMOOTH = 30  # of the cepstrum: what is finer is pitch
(RULE,) = WhisperWatch.rules


class Case(NamedTuple):
    split: str  # "shared", "tuning", "held out"
    kind: str
    is_whisper: bool
    sound: Sound


def whispering(voice: Sound, rng: np.random.Generator) -> Sound:
    """The same words without a voice in them."""
    size, hop = 400, 100
    window = np.hanning(size)
    said = np.zeros(len(voice) + size)
    for start in range(0, len(voice) - size, hop):
        spectrum = np.abs(np.fft.rfft(voice[start : start + size] * window, 1024)) + 1e-7
        cepstrum = np.fft.irfft(np.log(spectrum))
        cepstrum[SMOOTH:-SMOOTH] = 0
        envelope = np.exp(np.fft.rfft(cepstrum).real)
        noise = np.fft.rfft(rng.standard_normal(size), 1024)
        said[start : start + size] += np.fft.irfft(envelope * noise)[:size] * window
    brighter = said - 0.7 * np.concatenate([[0.0], said[:-1]])  # vocal folds add the low bands
    return brighter[: len(voice)].astype(np.float32)


def at_level(sound: Sound, level_db: float, rng: np.random.Generator) -> Sound:
    level = 10 ** (level_db / 20) / max(float(np.sqrt(np.mean(np.square(sound)))), 1e-9)
    noise = rng.standard_normal(len(sound)) * 10 ** (NOISE_DB / 20)
    return np.clip(sound * level + noise, -1, 1).astype(np.float32)


def shared_cases(audio: Path) -> Iterator[Case]:
    for mixture in read_mixtures(audio):
        is_whisper = mixture.kind == "whisper12"
        kind = "a whisper 12 dB below the candidate" if is_whisper else "no whisper"
        yield Case("shared", kind, is_whisper, read_sound(mixture.path))


def made_cases(bank: Any) -> Iterator[Case]:
    for speaker, utterances in bank.items():
        voice = np.concatenate(utterances)[: int(LENGTH_S * SAMPLE_RATE)]
        if len(voice) < LENGTH_S * SAMPLE_RATE / 2:
            continue
        rng, split = np.random.default_rng(zlib.crc32(speaker.encode())), split_of(speaker)
        yield Case(split, "a voice", False, at_level(voice, -26, rng))
        for level_db in LEVELS_DB:
            without = at_level(whispering(voice, rng), level_db, rng)
            yield Case(split, f"made to whisper, {level_db:.0f} dB", True, without)


def is_told(sound: Sound) -> bool:
    """As in an exam, from chunks of half a second."""
    watch, size = WhisperWatch(), SAMPLE_RATE // 2
    padded = np.concatenate([sound, np.zeros(2 * SAMPLE_RATE, np.float32)])
    return any(
        observation.value is not None and is_bad(RULE, observation.value)
        for start in range(0, len(padded), size)
        for observation in watch.analyse(
            AudioChunk(start / SAMPLE_RATE, padded[start : start + size])
        )
    )


def card(data: Path) -> dict[str, Any]:
    """The error-rate card of `whisper`: see `benchmarks.cards`."""
    cases = [*shared_cases(data / "audio"), *made_cases(shared_bank(data / "audio"))]
    found = [(case, is_told(case.sound)) for case in cases]
    rows = []
    for kind in dict.fromkeys(case.kind for case, _ in found):
        mine = [(case.is_whisper, yes) for case, yes in found if case.kind == kind]
        rows.append(
            {
                "condition": kind,
                "set": f"{len(mine)} recordings",
                "n_positive": sum(is_whisper for is_whisper, _ in mine),
                "found": sum(yes for is_whisper, yes in mine if is_whisper),
                "n_negative": sum(not is_whisper for is_whisper, _ in mine),
                "false": sum(yes for is_whisper, yes in mine if not is_whisper),
                "unit": "recording",
            }
        )
    return {
        "signal": RULE.signal,
        "kind": RULE.kind,
        "threshold": threshold(RULE),
        "constants": {
            f"proctoring.perception.whisper:{name}": getattr(whisper, name)
            for name in ("MAY_BE_SPEECH", "IS_SPEECH", "PITCHED", "NEAR", "ABOVE_NOISE_DB")
        },
        "model_sha256": {
            name: MODELS[name].sha256 for name in (*segmentation.NETWORKS, "silero_vad")
        },
        "chosen_on": "23 other voices that were made to whisper in another way, with the first two "
        "rows' recordings in sight; there is no recording of a real whisper",
        "rows": rows,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--voices", type=Path)
    options = parser.parse_args()
    audio = options.data / "audio"
    bank = shared_bank(audio) | (folder_bank(options.voices) if options.voices else {})
    found = [(case, is_told(case.sound)) for case in [*shared_cases(audio), *made_cases(bank)]]
    print("| set | type | whispering told | told where nobody whispers |\n|---|---|---|---|")
    for split, kind in dict.fromkeys((case.split, case.kind) for case, _ in found):
        mine = [(case, yes) for case, yes in found if (case.split, case.kind) == (split, kind)]
        cells = [
            told([yes for case, yes in mine if case.is_whisper is way]) for way in (True, False)
        ]
        print(f"| {split} | {kind} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()

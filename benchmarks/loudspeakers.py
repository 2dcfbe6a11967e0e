"""Is a voice from a small loudspeaker told from somebody in the room?

    .venv/bin/python benchmarks/loudspeakers.py --voices DIR [--data DIR] [--each 8] [--cache DIR]

The conversations of two in `benchmarks/mixtures.py`, each twice: with the second voice as it is,
and through a made-up loudspeaker: a Butterworth high-pass of second to fourth order at 250 to
500 Hz, a low-pass at 5.5 to 7.8 kHz, soft clipping, the room's echo, in two of five cases with
music under the speech. The candidate enrols by speech that may be said again in the conversation.
What counts are the seconds in which the second voice alone is heard. Voices in the folders `fsdd_*`
are recorded at a telephone's 8 kHz, without low frequencies, and stand apart. The limits in
`proctoring/perception/loudspeaker.py` were chosen on the tuning half; no real loudspeaker was
heard.
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
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.intervals import told  # noqa: E402
from benchmarks.mixing import (  # noqa: E402
    LEVEL,
    NOISES,
    Bank,
    Recipe,
    Turn,
    convolved,
    folder_bank,
    impulse_response,
    make,
    recipes,
    shared_bank,
)
from benchmarks.mixtures import SHORTEST_BANK_S, SOURCES, split_of  # noqa: E402
from proctoring.analysers.speakers import SpeakerCounter  # noqa: E402
from proctoring.analysers.voice_owner import OTHER_S, SWAPPED_S, VoiceOwner  # noqa: E402
from proctoring.exam import Enrolment, Exam, VoiceProfile  # noqa: E402
from proctoring.media import read_sound  # noqa: E402
from proctoring.perception.fbank import fbank  # noqa: E402
from proctoring.perception.hearing import Ear  # noqa: E402
from proctoring.perception.listening import STEP, Listener, Step  # noqa: E402
from proctoring.perception.loudspeaker import WORDS  # noqa: E402
from proctoring.perception.speaker_embedding import embed  # noqa: E402
from proctoring.perception.whose import Whose, spread_of  # noqa: E402
from proctoring.speakers.diarization import Remembered  # noqa: E402
from proctoring.types import SAMPLE_RATE, AudioChunk, Sound  # noqa: E402

KINDS = ("turns", "short", "quiet, in pauses", "quiet, over")
WAYS = ("in the room", "loudspeaker")
TELEPHONE = "fsdd_"
MUSIC = ("09_music1", "10_music2")
OPEN = {"speaker_count": 2.0, "other_voice_s": OTHER_S, "swapped_voice_s": SWAPPED_S}
ENROLLED, PIECE = 5, 38_400  # so many pieces of 2.4 s
SILENCE = np.zeros(SAMPLE_RATE // 2, np.float32)


@dataclass(frozen=True, eq=False)
class Case:
    split: str
    way: str
    recipe: Recipe
    turns: tuple[Turn, ...]
    steps: tuple[Step, ...]
    samples: int
    profile: VoiceProfile

    @property
    def is_telephone(self) -> bool:
        return self.recipe.speakers[0].startswith(TELEPHONE)

    def is_other_alone(self, second: int) -> bool:
        """All of this second by the turns, less what may be a pause."""
        inside = [(n, min(b, second + 1) - max(a, second)) for a, b, n in self.turns]
        heard = {name for name, seconds in inside if seconds > 0}
        return heard == {self.recipe.speakers[1]} and sum(s for _, s in inside if s > 0) > 0.8


def loudspeaker(
    rng: np.random.Generator, utterances: Sequence[Sound], noises: Mapping[str, Sound]
) -> list[Sound]:
    order, lowest_hz = int(rng.integers(2, 5)), float(rng.uniform(250, 500))
    highest_hz, drive = float(rng.uniform(5500, 7800)), float(rng.uniform(0.5, 2))
    room = impulse_response(rng, float(rng.uniform(0.15, 0.5)))
    music = noises[str(rng.choice(MUSIC))] if rng.random() < 0.4 else None
    below_db = float(rng.uniform(8, 18))
    made = []
    for said in utterances:
        if music is not None:
            under = np.resize(np.roll(music, int(rng.integers(len(music)))), len(said))
            level = LEVEL / np.sqrt(np.mean(under**2) + 1e-12) * 10 ** (-below_db / 20)
            said = said + under * np.float32(level)
        played = _filtered(said, lowest_hz, order, highest_hz)
        clipped = np.tanh(played / 0.15 * drive) * 0.15 / drive
        made.append(_levelled(convolved(clipped.astype(np.float32), room)))
    return made


def _filtered(sound: Sound, lowest_hz: float, order: int, highest_hz: float) -> Sound:
    hz = np.fft.rfftfreq(2 * len(sound), 1 / SAMPLE_RATE)
    high = 1 / np.sqrt(1 + (lowest_hz / np.maximum(hz, 1.0)) ** (2 * order))
    low = 1 / np.sqrt(1 + (hz / highest_hz) ** 4)
    spectrum = np.fft.rfft(sound, 2 * len(sound)) * high * low
    return np.asarray(np.fft.irfft(spectrum)[: len(sound)], np.float32)


def _levelled(sound: Sound) -> Sound:
    return sound * np.float32(LEVEL / (np.sqrt(np.mean(sound**2)) + 1e-9))


def _heard(sound: Sound) -> tuple[Step, ...]:
    return tuple(Listener().hear(np.concatenate([sound, np.zeros(2 * STEP, np.float32)])))


def _profile(utterances: Sequence[Sound]) -> VoiceProfile:
    sound = np.concatenate(utterances)[: ENROLLED * PIECE]
    starts = range(0, len(sound) - PIECE + 1, PIECE)
    embeddings = np.stack([embed(fbank(sound[start : start + PIECE])) for start in starts])
    seconds = np.full(len(embeddings), PIECE / SAMPLE_RATE, np.float32)
    return VoiceProfile(embeddings, seconds, spread_of(embeddings, seconds))


def cases(bank: Bank, noises: Mapping[str, Sound], each: int, cache: Path) -> list[Case]:
    cache.mkdir(parents=True, exist_ok=True)
    state = hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in SOURCES))
    state.update(Path(__file__).read_bytes() + repr(sorted(bank)).encode())
    wanted = [
        (split, recipe, way)
        for split in ("tuning", "held out")
        for recipe in recipes(bank, [s for s in bank if split_of(s) == split], each, split)
        for way in WAYS
        if recipe.kind in KINDS
    ]
    found: list[Case] = []
    for split, recipe, way in tqdm(wanted, desc="conversations", file=sys.stderr):
        name = hashlib.sha256(state.digest() + repr((recipe, way)).encode()).hexdigest()[:24]
        path, (mine, other) = cache / f"{name}.pickle", recipe.speakers
        if not path.exists():
            rng = np.random.default_rng(zlib.crc32(recipe.name.encode()))
            voice = loudspeaker(rng, bank[other], noises) if way == WAYS[1] else bank[other]
            sound, turns = make(recipe, {mine: bank[mine], other: voice}, noises)
            path.write_bytes(pickle.dumps((tuple(turns), _heard(sound), len(sound))))
        turns, steps, samples = pickle.loads(path.read_bytes())
        found.append(Case(split, way, recipe, turns, steps, samples, _profile(bank[mine])))
    return found


def judged(case: Case) -> tuple[Counter[str], bool, bool]:
    """Seconds of the other voice alone by what is told; did an entry open, and say so?"""
    ear, exam = Ear(Remembered(case.steps)), Exam(enrolment=Enrolment(voice=case.profile))
    analysers = (SpeakerCounter(exam), VoiceOwner(exam))
    seconds, opened, says_so = Counter[str](), False, False
    for start in range(0, case.samples + SAMPLE_RATE, len(SILENCE)):
        hearing = ear.hear(AudioChunk(start / SAMPLE_RATE, SILENCE))
        for observation in (o for analyser in analysers for o in analyser.analyse(hearing)):
            value = observation.value
            if observation.signal == "voice" and observation.span:
                if case.is_other_alone(round(observation.span[0])):
                    unsure = WORDS if observation.reason == WORDS else "unsure"
                    seconds[unsure if value is None else Whose(int(value)).name.lower()] += 1
            elif (value or 0) >= OPEN.get(observation.signal, np.inf):
                opened, says_so = True, says_so or WORDS in observation.reason
    return seconds, opened, says_so


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--voices", type=Path)
    parser.add_argument("--each", type=int, default=8, help="of a kind and split")
    cache = Path(tempfile.gettempdir()) / "openproctor-loudspeakers"
    parser.add_argument("--cache", type=Path, default=cache)
    options = parser.parse_args()
    audio = options.data / "audio"
    bank = shared_bank(audio) | (folder_bank(options.voices) if options.voices else {})
    long = {s: u for s, u in bank.items() if sum(map(len, u)) > SHORTEST_BANK_S * SAMPLE_RATE}
    noises = {name: read_sound(audio / "mix" / f"nospeech_{name}.flac") for name in NOISES}
    results = [(c, *judged(c)) for c in cases(long, noises, options.each, options.cache)]
    print(
        "| split | second voice | n | its seconds | other | unsure: loudspeaker | unsure "
        "| candidate, both | nobody | an entry opened | and said so |\n|" + "---|" * 11
    )
    groups = [(s, w, t) for s in ("tuning", "held out") for w in WAYS for t in (False, True)]
    for split, way, is_telephone in groups:
        mine = [
            r
            for r in results
            if (r[0].split, r[0].way, r[0].is_telephone) == (split, way, is_telephone)
        ]
        of = sum((r[1] for r in mine), Counter[str]())
        total = max(1, of.total())
        own = (of["candidate"] + of["both"]) / total
        shares = [
            of["other"] / total,
            of[WORDS] / total,
            of["unsure"] / total,
            own,
            of["nobody"] / total,
        ]
        name = f"{way}, telephone's 8 kHz" if is_telephone else way
        cells = [name, str(len(mine)), str(of.total()), *(f"{share:.2f}" for share in shares)]
        entries = [told([r[2] for r in mine]), told([r[3] for r in mine])]
        print(f"| {split} | " + " | ".join([*cells, *entries]) + " |")


if __name__ == "__main__":
    main()

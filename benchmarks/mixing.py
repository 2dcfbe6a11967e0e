"""Made-up conversations: real voices of one at a time, put together with known turns.

A voice bank is a folder of each speaker's utterances, or the shared recordings where the
candidate speaks alone. Everything random comes from one seed, so a mixture has one content.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from proctoring.media import read_sound
from proctoring.types import SAMPLE_RATE, Sound

KINDS = ("one", "one, changing", "turns", "short", "quiet, in pauses", "quiet, over", "three")
QUIET_DB = -10.0
LEVEL = 0.05  # root mean square of every utterance before it is placed
NOISES = ("02_pink", "03_typing", "04_typing", "05_fan", "06_rumble", "09_music1", "10_music2")

Turn = tuple[float, float, str]  # start s, end s, speaker
Bank = Mapping[str, Sequence[Sound]]  # speaker: utterances, 16 kHz mono


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a mixture is made of; `seed` fixes the rest."""

    name: str
    kind: str
    speakers: tuple[str, ...]  # the candidate first
    seed: int


def shared_bank(folder: Path) -> dict[str, list[Sound]]:
    """Enrolment clips and what a candidate says alone in the shared, noiseless mixtures."""
    bank: dict[str, list[Sound]] = {
        path.stem: [_levelled(read_sound(path))] for path in sorted(folder.glob("enroll/*.flac"))
    }
    for entry in json.loads((folder / "mixtures.json").read_text()):
        if entry["type"] in ("real_meeting", "no_speech") or entry["type"].startswith("overlap"):
            continue
        if any(word in entry["noise"] for word in ("music", "snr 1")):
            continue
        sound = read_sound(folder / entry["file"])
        rows = [line.split() for line in (folder / entry["rttm"]).read_text().splitlines()]
        turns = [(float(r[3]), float(r[3]) + float(r[4]), r[7]) for r in rows]
        for start, end, name in turns:
            crossed = any(
                other != name and a < end + 0.2 and b > start - 0.2 for a, b, other in turns
            )
            if name == entry["candidate"] and end - start > 1 and not crossed:
                piece = sound[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)]
                bank.setdefault(name, []).append(_levelled(piece))
    return bank


def folder_bank(folder: Path) -> dict[str, list[Sound]]:
    """`speaker/*.wav` or `.flac`, one speaker a folder."""
    return {
        speaker.name: [
            _levelled(read_sound(path))
            for path in sorted(speaker.iterdir())
            if path.suffix in (".wav", ".flac")
        ]
        for speaker in sorted(folder.iterdir())
        if speaker.is_dir()
    }


def recipes(bank: Bank, speakers: Sequence[str], each: int, split: str) -> list[Recipe]:
    """`each` mixtures of each kind; those with one voice four times as many.

    Who speaks together comes from one corpus (the name up to the underscore), so that no
    microphone gives a speaker away.
    """
    made: list[Recipe] = []
    for kind in KINDS:
        for i in range(each * (2 if kind.startswith("one") else 1)):
            name = f"{split} {kind} {i}"
            seed = zlib.crc32(name.encode())
            rng = np.random.default_rng(seed)
            needed = {"one": 1, "one, changing": 1, "three": 3}.get(kind, 2)
            families = [f for f in _families(speakers) if len({*map(person_of, f)}) >= needed]
            sizes = np.array([len(f) for f in families])
            family = families[rng.choice(len(families), p=sizes / sizes.sum())]
            chosen: tuple[str, ...] = ()
            while len({person_of(speaker) for speaker in chosen}) < needed:
                chosen = tuple(str(s) for s in rng.choice(family, needed, replace=False))
            made.append(Recipe(name, kind, chosen, seed))
    return made


def make(recipe: Recipe, bank: Bank, noises: Mapping[str, Sound]) -> tuple[Sound, list[Turn]]:
    """The sound of 24 to 60 s and who speaks when in it."""
    rng = np.random.default_rng(recipe.seed)
    length_s = float(rng.uniform(24, 60))
    sound = np.zeros(int(length_s * SAMPLE_RATE), np.float32)
    quiet = recipe.kind.startswith("quiet")
    held_free: list[tuple[float, float]] = []
    turns: list[Turn] = []
    for other in recipe.speakers[1:]:
        far = quiet or rng.random() < 0.3
        room = impulse_response(rng, float(rng.uniform(0.2, 0.5))) if far else None
        level_db = QUIET_DB if quiet else -3.0
        count = 1 if recipe.kind == "short" else int(rng.integers(1 if quiet else 2, 4))
        longest = 7.0 if recipe.kind in ("turns", "three") else 5.0
        for _ in range(count):
            piece = _speech_of(rng, bank[other], float(rng.uniform(3, longest)))
            start = _free_start(rng, held_free, len(piece) / SAMPLE_RATE, length_s)
            if start is None:
                continue
            heard = piece if room is None else _levelled(convolved(piece, room))
            _add(sound, heard * 10 ** (level_db / 20), start)
            held_free.append((start, start + len(piece) / SAMPLE_RATE))
            turns.append((*held_free[-1], other))
    changing = recipe.kind == "one, changing"
    busy = [] if recipe.kind == "quiet, over" else held_free
    turns += _candidate(rng, bank[recipe.speakers[0]], sound, recipe.speakers[0], busy, changing)
    return _in_a_room(rng, sound, noises, quiet), sorted(turns)


def impulse_response(rng: np.random.Generator, reverberation_s: float) -> Sound:
    """Direct sound, six early reflections and a decaying tail."""
    n = SAMPLE_RATE // 2
    decay = np.exp(-6.9 * np.arange(n) / SAMPLE_RATE / reverberation_s)
    tail = rng.standard_normal(n) * decay * 0.25 / np.sqrt(SAMPLE_RATE * 0.05)
    tail[:40] = 0
    tail[0] = 1
    for _ in range(6):
        tail[rng.integers(30, 600)] += rng.uniform(0.15, 0.5) * rng.choice([-1, 1])
    return tail.astype(np.float32)


def corpus_of(speaker: str) -> str:
    is_shared = "_" not in speaker or speaker.startswith("as_")
    return "shared" if is_shared else speaker.split("_")[0]


def person_of(speaker: str) -> str:
    """A letter after the number tells one person's folders apart: `emo_03e`, `emo_03n`."""
    return re.sub(r"(?<=_\d\d)[a-z]$", "", speaker)


def _families(speakers: Sequence[str]) -> list[list[str]]:
    families: dict[str, list[str]] = {}
    for name in speakers:
        families.setdefault(corpus_of(name), []).append(name)
    return list(families.values())


def _candidate(
    rng: np.random.Generator,
    utterances: Sequence[Sound],
    sound: Sound,
    name: str,
    busy: list[tuple[float, float]],
    changing: bool,
) -> list[Turn]:
    """Utterance after utterance with pauses, silent while `busy`; a change is of distance,
    level, speed with pitch, or brightness, from one utterance to the next."""
    turns: list[Turn] = []
    order = list(rng.permutation(len(utterances)))
    t, i = float(rng.uniform(0.2, 2)), 0
    room = impulse_response(rng, float(rng.uniform(0.15, 0.5)))
    while t < len(sound) / SAMPLE_RATE - 1.5:
        said = utterances[order[i % len(order)]]
        i += 1
        if changing and rng.random() < 0.5:
            said = _changed(rng, said, room)
        said = said * 10 ** (float(rng.normal(0, 4 if changing else 1)) / 20)
        following = [a for a, b in busy if b > t - 0.2]
        until = min([*following, len(sound) / SAMPLE_RATE]) - 0.3
        said = said[: max(0, int((until - t) * SAMPLE_RATE))]
        if len(said) > SAMPLE_RATE:
            _add(sound, said, t)
            turns.append((t, t + len(said) / SAMPLE_RATE, name))
            t = turns[-1][1] + float(rng.exponential(0.8)) + 0.15
        else:
            ends = [b for a, b in busy if a - 1.5 <= t < b + 0.2]
            t = max([*ends, t + 0.5]) + float(rng.uniform(0.2, 0.6))
    return turns


def _changed(rng: np.random.Generator, said: Sound, room: Sound) -> Sound:
    way = rng.integers(4)
    if way == 0:
        return _levelled(convolved(said, room))
    if way == 1:
        ratio = float(rng.uniform(0.98, 1.02))  # of pitch and formants: beyond, another's throat
        at = np.arange(int(len(said) * ratio)) / ratio
        return np.interp(at, np.arange(len(said)), said).astype(np.float32)
    if way == 2:
        tilt = np.float32(rng.uniform(-0.4, 0.4))
        brighter = said + tilt * np.concatenate([said[:1], said[:-1]])
        return _levelled(brighter.astype(np.float32))
    return said * np.float32(10 ** (float(rng.uniform(-12, 0)) / 20))


def _speech_of(rng: np.random.Generator, utterances: Sequence[Sound], length_s: float) -> Sound:
    order, parts = rng.permutation(len(utterances)), list[Sound]()
    while sum(map(len, parts)) < length_s * SAMPLE_RATE:
        parts.append(utterances[order[len(parts) % len(order)]])
    return np.concatenate(parts)[: int(length_s * SAMPLE_RATE)]


def _free_start(
    rng: np.random.Generator, taken: list[tuple[float, float]], needed_s: float, length_s: float
) -> float | None:
    for _ in range(50):
        start = float(rng.uniform(3, max(3.1, length_s - needed_s - 1)))
        if all(start > b + 0.5 or start + needed_s < a - 0.5 for a, b in taken):
            return start
    return None


def _in_a_room(
    rng: np.random.Generator, sound: Sound, noises: Mapping[str, Sound], quiet: bool
) -> Sound:
    spoken = np.sqrt(np.mean(sound[np.abs(sound) > 1e-3] ** 2))
    if noises and rng.random() < 0.7:
        noise = noises[str(rng.choice(sorted(noises)))]
        noise = np.resize(np.roll(noise, int(rng.integers(0, len(noise)))), len(sound))
        below_db = rng.uniform(22, 32) if quiet else rng.uniform(12, 28)
        level = spoken / np.sqrt(np.mean(noise**2) + 1e-12)
        sound = sound + noise * np.float32(level * 10 ** (-below_db / 20))
    sound = sound * 10 ** (rng.uniform(-8, 2) / 20)
    hiss = rng.standard_normal(len(sound)) * 10 ** (rng.uniform(-75, -60) / 20)
    return np.clip(sound + hiss, -1, 1).astype(np.float32)


def _add(sound: Sound, piece: Sound, start_s: float) -> None:
    start = int(start_s * SAMPLE_RATE)
    length = min(len(piece), len(sound) - start)
    sound[start : start + length] += piece[:length]


def _levelled(samples: Sound) -> Sound:
    loud = samples[np.abs(samples) > 0.02 * np.abs(samples).max(initial=1e-9)]
    return samples * np.float32(LEVEL / (np.sqrt(np.mean(loud**2)) + 1e-9))


def convolved(samples: Sound, response: Sound) -> Sound:
    n = len(samples) + len(response)
    spectrum = np.fft.rfft(samples, n) * np.fft.rfft(response, n)
    return np.asarray(np.fft.irfft(spectrum, n)[: len(samples)], np.float32)

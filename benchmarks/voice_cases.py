"""What `benchmarks/voice_owner.py` listens to: recordings with a candidate who has enrolled.

What the networks hear is kept in the cache, so a change of a decision is judged in seconds.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.mixing import (
    NOISES,
    Turn,
    convolved,
    corpus_of,
    folder_bank,
    impulse_response,
    make,
    person_of,
    recipes,
    shared_bank,
)
from benchmarks.mixtures import HEARING, ROOT, SHORTEST_BANK_S, split_of
from proctoring.exam import VoiceProfile
from proctoring.media import read_sound
from proctoring.perception.listening import STEP, Listener, LocalSpeaker, Step
from proctoring.perception.whose import spread_of
from proctoring.types import SAMPLE_RATE, Sound

ENROLLED_S = (12.0, 20.0)  # of a made-up candidate's speech, at least if there is, and at most
IMPOSTORS = 3  # other voices that a single one is judged as
NOBODY_S = "ls2033"  # whose enrolment recordings without a candidate are heard with

Steps = tuple[Step, ...]
Change = Callable[[Sound, np.random.Generator], Sound]


@dataclass(frozen=True, eq=False)
class Case:
    split: str  # "shared", "own voice changed", "tuning", "held out"
    kind: str
    name: str
    candidate: str
    turns: tuple[Turn, ...]
    steps: Steps
    samples: int
    enrolled: Steps

    @property
    def other_s(self) -> float:
        return sum(end - start for start, end, name in self.turns if name != self.candidate)

    @cached_property
    def profile(self) -> VoiceProfile:
        """As `voice_enrolment.enrol_voice` makes it, without its refusals."""
        speakers = [speaker for step in self.enrolled for speaker in step.speakers]
        embeddings = np.stack([speaker.campplus for speaker in speakers])
        seconds = np.array([speaker.seconds for speaker in speakers], np.float32)
        return VoiceProfile(embeddings, seconds, spread_of(embeddings, seconds))

    @cached_property
    def ge2e(self) -> npt.NDArray[np.float32]:
        """(256,): the enrolment's middle by the other network."""
        speakers = [speaker for step in self.enrolled for speaker in step.speakers]
        middle = sum((s.ge2e * s.seconds for s in speakers), np.zeros(256, np.float32))
        return np.asarray(middle / np.linalg.norm(middle), np.float32)


class Cache:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        sources = [ROOT / "proctoring" / "perception" / f"{name}.py" for name in HEARING]
        sources += [ROOT / "benchmarks" / name for name in ("mixing.py", "voice_cases.py")]
        self._state = hashlib.sha256(b"".join(p.read_bytes() for p in sources)).hexdigest()[:12]
        self._folder = folder

    def heard(
        self, name: str, sound: Callable[[], tuple[Sound, list[Turn]]]
    ) -> tuple[tuple[Turn, ...], Steps, int]:
        path = self._folder / f"{self._state}_{name}.pickle"
        if not path.exists():
            samples, turns = sound()
            padded = np.concatenate([samples, np.zeros(2 * STEP, np.float32)])
            steps = [
                (s.end_s, [_fields(one) for one in s.speakers], s.speech, s.overlap, s.is_look)
                for s in Listener(ge2e_every=1).hear(padded)
            ]
            path.write_bytes(pickle.dumps((turns, steps, len(samples))))
        turns, steps, length = pickle.loads(path.read_bytes())
        made = (
            Step(t, tuple(LocalSpeaker(*o) for o in who), s, o, is_look=k)
            for t, who, s, o, k in steps
        )
        return tuple(turns), tuple(made), length


def all_cases(audio: Path, voices: Path | None, each: int, folder: Path) -> Iterator[Case]:
    yield from shared_cases(audio, folder)
    yield from _changed(audio, Cache(folder))
    if voices is not None:
        yield from _made(audio, voices, each, Cache(folder))


def shared_cases(audio: Path, folder: Path) -> Iterator[Case]:
    """Those with a candidate, and those with nobody."""
    cache = Cache(folder)
    for entry in json.loads((audio / "mixtures.json").read_text()):
        candidate = entry["candidate"] or ("" if entry["speakers"] else NOBODY_S)
        if candidate:
            turns, steps, samples = cache.heard(f"mix_{entry['id']}", _reader(audio, entry))
            enrolled = _enrolled(cache, audio, candidate)
            kind, name = entry["type"], entry["id"]
            yield Case("shared", kind, name, candidate, turns, steps, samples, enrolled)


def _changed(audio: Path, cache: Cache) -> Iterator[Case]:
    """The shared recordings of one voice, changed from the middle on."""
    noise = read_sound(audio / "mix" / "nospeech_05_fan.flac")
    for entry in json.loads((audio / "mixtures.json").read_text()):
        for way, change in _changes(noise).items() if entry["type"] == "one_speaker" else ():
            name, read = f"own_{way}_{entry['id']}", _reader(audio, entry)
            speed = {"fast5": 1.05, "slow5": 0.95}.get(way, 1.0)

            def changed(
                read: Callable[[], tuple[Sound, list[Turn]]] = read,
                change: Change = change,
                speed: float = speed,
                seed: int = zlib.crc32((entry["id"] + way).encode()),
            ) -> tuple[Sound, list[Turn]]:
                sound, turns = read()
                half = len(sound) // 2
                said = change(sound[half:], np.random.default_rng(seed))
                moved = [(_at(a, half, speed), _at(b, half, speed), who) for a, b, who in turns]
                return np.clip(np.concatenate([sound[:half], said]), -1, 1), moved

            turns, steps, samples = cache.heard(name, changed)
            mine = entry["candidate"]
            enrolled = _enrolled(cache, audio, mine)
            yield Case("own voice changed", way, name, mine, turns, steps, samples, enrolled)


def _made(audio: Path, voices: Path, each: int, cache: Cache) -> Iterator[Case]:
    """Conversations, and the single voices of them as if somebody else had enrolled."""
    bank, own = _with_enrolment(shared_bank(audio) | folder_bank(voices), audio)
    noises = {name: read_sound(audio / "mix" / f"nospeech_{name}.flac") for name in NOISES}
    enrolled: dict[str, Steps] = {}
    for speaker, utterances in own.items():
        said = np.concatenate(utterances)[: int(ENROLLED_S[1] * SAMPLE_RATE)]
        _, steps, _ = cache.heard(f"benrol_{speaker}", lambda said=said: (said, []))  # type: ignore[misc]
        if any(step.speakers for step in steps):
            enrolled[speaker] = steps
    for split in ("tuning", "held out"):
        for recipe in recipes(bank, [s for s in bank if split_of(s) == split], each, split):
            name = "_".join(
                ["made", split, recipe.kind, recipe.name.split()[-1], "+".join(recipe.speakers)]
            ).replace(" ", "-")
            turns, steps, samples = cache.heard(name, lambda r=recipe: make(r, bank, noises))  # type: ignore[misc]
            mine = recipe.speakers[0]
            if mine not in enrolled:
                continue
            case = Case(split, recipe.kind, name, mine, turns, steps, samples, enrolled[mine])
            yield case
            if len(recipe.speakers) == 1:
                yield from _as_others(case, enrolled)


def _as_others(case: Case, enrolled: Mapping[str, Steps]) -> Iterator[Case]:
    others = [
        name
        for name in enrolled
        if corpus_of(name) == corpus_of(case.candidate)
        and person_of(name) != person_of(case.candidate)
    ]
    for name in others[:IMPOSTORS]:
        kind = "another enrolled"
        yield replace(case, kind=kind, candidate=name, enrolled=enrolled[name])


def _with_enrolment(
    full: Mapping[str, list[Sound]], audio: Path
) -> tuple[dict[str, list[Sound]], dict[str, list[Sound]]]:
    """Each speaker's utterances, without those that enrol them. Who acts enrols neutrally."""
    shared = {path.stem for path in (audio / "enroll").glob("*.flac")}
    bank: dict[str, list[Sound]] = {}
    enrol: dict[str, list[Sound]] = {}
    for speaker, utterances in full.items():
        take, rest = list[Sound](), list(utterances)
        while rest and sum(map(len, take)) < ENROLLED_S[0] * SAMPLE_RATE:
            take.append(rest.pop(0))
            if speaker in shared:
                break
        if sum(map(len, rest)) > SHORTEST_BANK_S * SAMPLE_RATE:
            enrol[speaker], bank[speaker] = take, rest
    for speaker in bank:
        neutral = full.get(f"{speaker[:-1]}n", [])
        if speaker.startswith("emo") and speaker.endswith("e") and neutral:
            enrol[speaker] = list(neutral)
    return bank, enrol


def _changes(noise: Sound) -> dict[str, Change]:
    def brighter(sound: Sound, by: float) -> Sound:
        before = np.concatenate([sound[:1], sound[:-1]])
        return _level((sound + np.float32(by) * before).astype(np.float32))

    def faster(sound: Sound, by: float) -> Sound:
        at = np.arange(int(len(sound) / by)) * by
        return np.asarray(np.interp(at, np.arange(len(sound)), sound), np.float32)

    def noisy(sound: Sound, below_db: float) -> Sound:
        added = np.resize(noise, len(sound))
        level = np.sqrt(np.mean(sound**2) / np.mean(added**2)) * 10 ** (-below_db / 20)
        return np.asarray(sound + added * level, np.float32)

    return {
        "gain-15": lambda sound, rng: sound * np.float32(10 ** (-15 / 20)),
        "bright": lambda sound, rng: brighter(sound, -0.6),
        "dull": lambda sound, rng: brighter(sound, 0.8),
        "room": lambda sound, rng: _level(convolved(sound, impulse_response(rng, 0.45))),
        "fast5": lambda sound, rng: faster(sound, 1.05),
        "slow5": lambda sound, rng: faster(sound, 0.95),
        "noise10": lambda sound, rng: noisy(sound, 10),
    }


def _level(sound: Sound) -> Sound:
    loud = sound[np.abs(sound) > 0.02 * np.abs(sound).max(initial=1e-9)]
    return np.asarray(sound * (0.05 / (np.sqrt(np.mean(loud**2)) + 1e-9)), np.float32)


def _reader(audio: Path, entry: dict[str, str]) -> Callable[[], tuple[Sound, list[Turn]]]:
    def read() -> tuple[Sound, list[Turn]]:
        rows = [line.split() for line in (audio / entry["rttm"]).read_text().splitlines()]
        turns = [(float(r[3]), float(r[3]) + float(r[4]), r[7]) for r in rows]
        return read_sound(audio / entry["file"]), turns

    return read


def _enrolled(cache: Cache, audio: Path, candidate: str) -> Steps:
    path = audio / "enroll" / f"{candidate}.flac"
    return cache.heard(f"enrol_{candidate}", lambda: (read_sound(path), []))[1]


def _at(t: float, half: int, speed: float) -> float:
    middle = half / SAMPLE_RATE
    return t if t < middle else middle + (t - middle) / speed


def _fields(one: LocalSpeaker) -> tuple[object, ...]:
    return one.frames, one.active, one.campplus, one.ge2e, one.fundamental_db

"""Whispering: told where speech has no voice in it, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from material import DATA, SMALL, needs_data

from benchmarks.whispers import at_level, is_told, shared_cases, whispering
from proctoring.analysers.whisper import WHISPERED_S, WhisperWatch
from proctoring.media import read_sound
from proctoring.perception.listening import STEP_S, Listener, Step
from proctoring.perception.whisper import FRAME, Noise, without_pitch
from proctoring.types import AudioChunk, Observation, Sound

NOBODY = np.empty(0, np.int_)


@pytest.fixture(scope="module")
def voice() -> Sound:
    return read_sound(SMALL / "audio" / "two_voices.flac")


def test_a_whisper_is_told(voice: Sound) -> None:
    rng = np.random.default_rng(1)
    assert is_told(at_level(whispering(voice, rng), -38, rng))


def test_the_same_words_aloud_are_not(voice: Sound) -> None:
    assert not is_told(at_level(voice, -26, np.random.default_rng(1)))
    assert not is_told(read_sound(SMALL / "audio" / "one_voice.flac"))


def test_noise_breath_and_keys_are_no_whisper() -> None:
    rng, seconds = np.random.default_rng(2), 15
    t = np.arange(seconds * 16_000) / 16_000
    hiss = rng.standard_normal(len(t))
    breaths = hiss * np.clip(np.sin(2 * np.pi * t / 4), 0, 1) ** 2
    keys = hiss * np.exp(-(t % 0.18) / 0.008)
    for sound, level in ((hiss, 0.02), (breaths, 0.03), (keys, 0.1), (0 * hiss, 0.0)):
        assert not is_told((level * sound + 1e-4 * rng.standard_normal(len(t))).astype(np.float32))


def test_frames_are_those_asked_for_and_each_once(voice: Sound) -> None:
    rng = np.random.default_rng(1)
    sound = at_level(whispering(voice, rng), -30, rng)
    speech = np.ones(len(sound) // 512, np.float32)
    start, end = 16_000 * 4, 16_000 * 9
    noise = Noise(FRAME)
    frames = without_pitch(sound, speech, start, end, lambda: noise.level_db(sound, 0))
    assert len(frames) > 100
    assert start // 160 <= frames.min() <= frames.max() <= end // 160
    assert (np.diff(frames) > 0).all()


def test_where_nothing_may_be_speech_nothing_is_looked_for(voice: Sound) -> None:
    silent = np.zeros(len(voice) // 512, np.float32)
    nothing = np.empty(0, np.float32)

    def not_asked() -> float:
        raise AssertionError

    assert len(without_pitch(voice, silent, 0, len(voice), not_asked)) == 0
    assert len(without_pitch(nothing, nothing, 0, 0, not_asked)) == 0


def test_noise_is_the_same_by_parts_as_at_once() -> None:
    rng, part = np.random.default_rng(4), 36 * FRAME
    loud = np.repeat(rng.uniform(0.001, 0.1, 12), part)
    sound = (loud * rng.standard_normal(12 * part)).astype(np.float32)
    noise = Noise(part)
    for number in range(12):
        first = max(0, number - 6)
        heard = sound[first * part : (number + 1) * part]
        at_once = Noise(FRAME).level_db(heard, 0)
        assert noise.level_db(heard, first) == pytest.approx(at_once, abs=1e-4)


class Script(Listener):
    """A letter a step: "w" is a second of whispering, "." nobody."""

    def __init__(self, what: str) -> None:
        self._what, self._next, self._samples = what, 0, 0

    def anew(self, start_s: float) -> Listener:
        return self

    def hear(self, samples: Sound) -> Iterator[Step]:
        self._samples += len(samples)
        while self._next < len(self._what) and self._samples >= (self._next + 1) * STEP_S * 16_000:
            start = round(self._next * STEP_S * 100)
            frames = np.arange(start, start + 100) if self._what[self._next] == "w" else NOBODY
            self._next += 1
            yield Step(self._next * STEP_S, (), NOBODY, NOBODY, frames)


def watch(what: str, level: float = 0.0) -> list[Observation]:
    watch = WhisperWatch(listener=Script(what))
    chunk = np.full(8_000, level, np.float32)
    count = int(len(what) * STEP_S * 2) + 1
    return [o for i in range(count) for o in watch.analyse(AudioChunk(i / 2, chunk))]


def test_seconds_of_whispering_within_twelve_are_counted() -> None:
    values = [o.value for o in watch("..w.ww..........")]
    assert values[:6] == [0, 0, 1, 1, 2, 3]
    assert values[-1] == 0
    opened = next(o for o in watch("..w.w..") if o.value is not None and o.value >= WHISPERED_S)
    assert opened.span is not None
    assert opened.span == pytest.approx((2.88, 6.76))


def test_clipped_sound_is_not_judged() -> None:
    assert {o.value for o in watch("ww", level=1.0)} == {None}


@needs_data
def test_no_other_recording_of_the_large_set_has_a_whisper() -> None:
    kinds = [case for case in shared_cases(DATA / "audio") if not case.is_whisper]
    assert not [case for case in kinds[::5] if is_told(case.sound)]

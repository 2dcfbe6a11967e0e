"""A loudspeaker's voice: made-up voices and a real one, with and without their low frequencies."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from material import SMALL
from test_voice_owner import Script, known, states

from proctoring.analysers.speakers import SpeakerCounter
from proctoring.analysers.voice_owner import OTHER_S, VoiceOwner
from proctoring.exam import Enrolment, Exam
from proctoring.media import read_sound
from proctoring.perception.hearing import Ear
from proctoring.perception.listening import STEP_S, Step
from proctoring.perception.loudspeaker import WORDS, fundamental_db, may_be_one
from proctoring.types import SAMPLE_RATE, AudioChunk, Observation, Sound

NAN = math.nan


def hummed(pitch_hz: float, seconds: float = 2.0) -> Sound:
    """Harmonics that grow weaker by 6 dB an octave, in a little noise."""
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    phase = 2 * np.pi * (pitch_hz * t + 2 * np.sin(2 * np.pi * t))
    sound = sum(np.sin(n * phase) / n for n in range(1, 12))
    noise = np.random.default_rng(0).standard_normal(len(t)) * 0.003
    return np.asarray(0.1 * sound + noise, np.float32)


def played(sound: Sound, lowest_hz: float = 400.0) -> Sound:
    """What a small loudspeaker leaves of it: a Butterworth high-pass of the fourth order."""
    hz = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE)
    response = 1 / np.sqrt(1 + (lowest_hz / np.maximum(hz, 1)) ** 8)
    return np.fft.irfft(np.fft.rfft(sound) * response, len(sound)).astype(np.float32)


def all_rows(sound: Sound) -> np.ndarray:
    return np.arange(len(sound) // 160 - 4)


@pytest.mark.parametrize("pitch_hz", [100.0, 140.0, 220.0])
def test_a_small_loudspeaker_takes_the_first_harmonic_away(pitch_hz: float) -> None:
    said = hummed(pitch_hz)
    assert fundamental_db(said, all_rows(said)) == pytest.approx(6, abs=2.5)
    assert fundamental_db(played(said), all_rows(said)) < -9


def test_so_it_does_of_a_real_voice() -> None:
    said = read_sound(SMALL / "audio" / "one_voice.flac")[: 8 * SAMPLE_RATE]
    own = fundamental_db(said, all_rows(said))
    assert own > -10
    assert fundamental_db(played(said), all_rows(said)) < own - 10


def test_nothing_is_said_of_noise_of_silence_and_of_a_scrap() -> None:
    noise = np.random.default_rng(1).standard_normal(SAMPLE_RATE).astype(np.float32) * 0.1
    for sound in (noise, np.zeros(SAMPLE_RATE, np.float32), hummed(140)[:800]):
        assert math.isnan(fundamental_db(sound, all_rows(sound)))


def test_the_level_of_the_sound_changes_nothing() -> None:
    said = hummed(140)
    rows = all_rows(said)
    assert fundamental_db(said * np.float32(0.1), rows) == pytest.approx(
        fundamental_db(said, rows), abs=0.5
    )


def test_it_is_compared_with_the_candidates_own_voice() -> None:
    own = [0.0, 2.0, -3.0]
    assert may_be_one([-20.0, -18.0], own)
    assert not may_be_one([-6.0, -8.0], own)
    assert not may_be_one(
        [-20.0, -20.0], [-18.0, -17.0, -19.0]
    )  # a microphone without low frequencies
    assert not may_be_one([-20.0, -20.0], own[:2])  # not known yet what the microphone lets through
    assert not may_be_one([NAN, NAN], own)
    assert not may_be_one([], own)
    assert not may_be_one([NAN, -20.0], own)  # a scrap
    assert may_be_one([NAN, -20.0, -19.0], [NAN, *own])


def test_the_latest_of_the_other_voice_count() -> None:
    own = [0.0, 0.0, 0.0]
    assert not may_be_one([-20.0] * 4 + [0.0] * 4, own)
    assert may_be_one([0.0] * 4 + [-20.0] * 4, own)


class Levels(Script):
    """Like `Script`; voice 1 has this first harmonic, the candidate's is as strong as the second"""

    def __init__(self, who: str, other_db: float) -> None:
        super().__init__(who)
        self._db = (0.0, other_db)

    def _step(self, who: str, end_s: float) -> Step:
        step = super()._step(who, end_s)
        speakers = (replace(one, fundamental_db=self._db[int(who)]) for one in step.speakers)
        return replace(step, speakers=tuple(speakers))


def watched(who: str, other_db: float) -> tuple[list[Observation], list[Observation]]:
    """By the voice's owner, and by the counter."""
    exam, ear = Exam(enrolment=Enrolment(voice=known())), Ear(Levels(who, other_db))
    owner, counter = VoiceOwner(exam), SpeakerCounter(exam)
    owned: list[Observation] = []
    counted: list[Observation] = []
    for number in range(math.ceil(len(who) * STEP_S * 2) + 1):
        hearing = ear.hear(AudioChunk(number / 2, np.zeros(8_000, np.float32)))
        owned += owner.analyse(hearing)
        counted += counter.analyse(hearing)
    return owned, counted


def test_its_seconds_are_unsure_and_say_why() -> None:
    room, _ = watched("0000011110", -2.0)
    speaker, _ = watched("0000011110", -20.0)
    assert states(room).count("O") >= 4
    assert "O" not in states(speaker)
    assert states(speaker).replace("?", "O") == states(room)
    unsure = [o for o in speaker if o.signal == "voice" and o.value is None]
    assert {o.reason for o in unsure} == {WORDS}


def test_the_entries_open_all_the_same_and_say_so() -> None:
    for other_db, says_so in ((-2.0, False), (-20.0, True)):
        owned, counted = watched("000001111", other_db)
        others = [o for o in owned if o.signal == "other_voice_s" and (o.value or 0) >= OTHER_S]
        several = [o for o in counted if (o.value or 0) > 1]
        assert others
        assert several
        for told in (others, several):  # from the second stretch of it on
            assert (WORDS in told[-1].reason) is says_so
            assert any(WORDS in o.reason for o in told) is says_so


def test_who_has_not_heard_the_candidate_says_nothing_of_loudspeakers() -> None:
    owned, _ = watched("11111", -20.0)
    assert "O" in states(owned)
    assert not any(WORDS in o.reason for o in owned)

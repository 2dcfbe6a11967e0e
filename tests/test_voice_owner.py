"""Whose voice: judged by made-up voices, and heard in a few recordings of real speech."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import numpy as np
import pytest
from material import SMALL

from proctoring.analysers.company import Company
from proctoring.analysers.speakers import SpeakerCounter
from proctoring.analysers.voice_memory import VoiceMemory
from proctoring.analysers.voice_owner import OTHER_S, SWAPPED_S, VoiceOwner
from proctoring.exam import Enrolment, Exam, VoiceProfile
from proctoring.media import read_sound
from proctoring.perception.hearing import Ear, Heard, Hearing
from proctoring.perception.listening import STEP_S, Listener, LocalSpeaker, Step
from proctoring.perception.whose import Whose, judge, middle, seconds_between, spread_of
from proctoring.pipeline import Pipeline
from proctoring.policy.presets import PRESETS
from proctoring.types import SAMPLE_RATE, AudioChunk, Observation, Occurrence, Policy, Sound

AUDIO = SMALL / "audio"


def voice(number: int, alike: float = 0.7) -> np.ndarray:
    """A stretch of speech, with that cosine to the middle of its voice."""
    embedding = np.zeros(192, np.float32)
    embedding[number], embedding[100 + number] = alike, math.sqrt(1 - alike**2)
    return embedding


def said(number: int, start_s: float, seconds: float = 1.4, alike: float = 0.7) -> LocalSpeaker:
    frames = np.arange(round(start_s * 100), round((start_s + seconds) * 100))
    return LocalSpeaker(frames, frames, voice(number, alike), np.full(256, 1 / 16, np.float32))


def known(number: int = 0) -> VoiceProfile:
    return VoiceProfile(voice(number, 1.0)[None], np.array([8], np.float32), 1.0)


class Script(Listener):
    """Says at each step who spoke in it: "1" is voice 1, "." nobody, "+" voices 0 and 1 at once."""

    def __init__(self, who: str) -> None:
        self._who = who
        self._samples = 0
        self._next = 0
        self._speech = np.empty(0, np.int_)  # so far

    def anew(self, start_s: float) -> Listener:
        return self

    def hear(self, samples: Sound) -> Iterator[Step]:
        self._samples += len(samples)
        while self._next < len(self._who) and self._samples >= (self._next + 1) * STEP_S * 16_000:
            self._next += 1
            yield self._step(self._who[self._next - 1], self._next * STEP_S)

    def _step(self, who: str, end_s: float) -> Step:
        nobody = np.empty(0, np.int_)
        if who == ".":
            return Step(end_s, (), nobody, nobody)
        start_s = end_s - STEP_S
        new = np.arange(round(start_s * 100), round(end_s * 100))
        self._speech = np.append(self._speech, new)[-1000:]
        if who == "+":
            return Step(end_s, (said(0, start_s, 0.5),), self._speech, new[50:])
        return Step(end_s, (said(int(who), start_s, STEP_S),), self._speech, nobody)


def watch(who: str, exam: Exam | None = None, *, counted: bool = False) -> list[Observation]:
    exam = exam or Exam(enrolment=Enrolment(voice=known()))
    ear = Ear(Script(who))
    analysers = [SpeakerCounter(exam)] if counted else []
    owner = VoiceOwner(exam)
    found: list[Observation] = []
    for number in range(math.ceil(len(who) * STEP_S * 2) + 1):
        hearing = ear.hear(AudioChunk(number / 2, np.zeros(8_000, np.float32)))
        for analyser in analysers:
            list(analyser.analyse(hearing))
        found += owner.analyse(hearing)
    return found


def values(observations: Iterable[Observation], signal: str) -> list[float]:
    return [o.value for o in observations if o.signal == signal and o.value is not None]


def states(observations: Iterable[Observation]) -> str:
    """A letter a second: C, O, B, a point for nobody, a question mark."""
    letters = {None: "?", 0: ".", 1: "C", 2: "O", 3: "B"}
    return "".join(letters[o.value] for o in observations if o.signal == "voice")


# --- judging ------------------------------------------------------------------------------


def test_speech_is_the_candidates_another_voices_or_neither() -> None:
    one, other, between = judge(
        middle(known().embeddings, known().seconds),
        [said(0, 0, alike=0.5), said(1, 2), said(0, 4, alike=0.37)],
    )
    assert (one.whose, other.whose, between.whose) == (Whose.CANDIDATE, Whose.OTHER, None)


def test_a_scrap_of_the_candidates_speech_need_be_less_alike() -> None:
    scrap, long = judge(voice(0, 1.0), [said(0, 0, 0.4, 0.3), said(0, 2, 2.0, 0.3)])
    assert (scrap.whose, long.whose) == (Whose.CANDIDATE, Whose.OTHER)


def test_the_parts_of_a_voice_are_alike() -> None:
    one = np.stack([voice(0), voice(0), voice(0)])
    assert spread_of(one, np.ones(3, np.float32)) == pytest.approx(1)
    two = np.stack([voice(0), voice(1), voice(2)])
    assert spread_of(two, np.ones(3, np.float32)) < 0.1
    assert spread_of(one[:1], np.ones(1, np.float32)) == 1


def test_each_second_is_told_once_and_in_order() -> None:
    spoken = [o.span for o in watch("00..1100") if o.signal == "voice"]
    assert spoken == [(float(n), float(n + 1)) for n in range(len(spoken))]


def test_every_second_has_its_state() -> None:
    assert states(watch("...")) == ".." + "."[: len(states(watch("..."))) - 2]
    assert states(watch("00000")).strip("C?") == ""
    assert set(states(watch("11111"))) == {"O"}
    told = states(watch("000....111....0"))
    assert told.startswith("CCCC")
    assert "O" in told
    assert "." in told


def test_two_at_once_are_both() -> None:
    assert "B" in states(watch("0+++0"))


def test_a_second_in_which_nobody_can_be_judged_is_unsure() -> None:
    frames = np.arange(100, 200)
    step = Step(2.88, (), frames, np.empty(0, np.int_))
    assert list(seconds_between(1, 2, [step], [])) == [(1, None)]
    assert list(seconds_between(2, 3, [step], [])) == [(2, Whose.NOBODY)]


# --- signals ------------------------------------------------------------------------------


def test_the_candidate_alone_is_no_other_voice() -> None:
    told = watch("000..000000...000")
    assert set(values(told, "other_voice_s")) == set(values(told, "swapped_voice_s")) == {0.0}


def test_another_voice_alone_is_counted_in_seconds() -> None:
    told = values(watch("...111"), "other_voice_s")
    assert told[:3] == [0, 0, 0]
    assert told[3:5] == pytest.approx([1.44, 2.88], abs=0.02)
    assert told[4] >= OTHER_S


def test_another_voice_in_the_candidates_place_takes_the_entry_over() -> None:
    told = watch("00....111111111")
    assert max(values(told, "swapped_voice_s")) >= SWAPPED_S
    assert values(told, "other_voice_s")[-1] == 0


def test_a_candidate_who_answers_is_in_their_place() -> None:
    told = watch("0110110110110")
    assert max(values(told, "swapped_voice_s")) < SWAPPED_S


def test_a_second_voice_that_is_counted_is_not_told_twice() -> None:
    counted, alone = watch("00000111", counted=True), watch("00000111")
    assert max(values(counted, "other_voice_s")) < OTHER_S
    assert max(values(alone, "other_voice_s")) >= OTHER_S


def test_silence_ends_what_was_told() -> None:
    told = watch("111" + "." * 10)
    assert values(told, "other_voice_s")[-1] == values(told, "swapped_voice_s")[-1] == 0


def test_talking_counts_only_where_it_is_not_allowed() -> None:
    enrolment = Enrolment(voice=known())
    free = values(watch("00000", Exam(enrolment=enrolment)), "own_speech_s")
    silent = Exam(Policy(may_speak=False), enrolment)
    assert set(free) == {0.0}
    assert values(watch("00000", silent), "own_speech_s")[-1] == pytest.approx(7.2, abs=0.1)
    assert values(watch("11111", silent), "own_speech_s")[-1] == 0


# --- learning -----------------------------------------------------------------------------


def heard(*speakers: LocalSpeaker) -> Heard:
    step = Step(90.0, speakers[-1:], speakers[-1].frames, np.empty(0, np.int_))
    earlier = Step(80.0, speakers[:-1], step.speech, step.overlap)
    return Heard(step, False, (earlier, step))


def test_without_a_check_in_the_longest_voice_is_learned() -> None:
    told = watch("0" * 10 + ".." + "1" * 4, Exam())
    reasons = {o.reason for o in told if o.signal == "other_voice_s" and o.value is None}
    assert reasons == {"the candidate's voice is not known yet"}
    assert max(values(told, "other_voice_s")) >= OTHER_S
    assert any("heard first" in o.reason for o in told if o.value and o.signal == "other_voice_s")


def test_where_two_speak_as_much_nobody_is_learned() -> None:
    memory = VoiceMemory(None)
    voices = [said(n % 2, 4 * n, 2.0, 1.0) for n in range(20)]
    assert memory.judge(heard(*voices)) == ()
    assert memory.learned is None


def test_what_is_plainly_the_candidates_is_added_and_nobody_can_drift() -> None:
    memory = VoiceMemory(known())
    memory.judge(heard(said(0, 0, 2.0, 0.6)))
    assert memory.learned is not None
    assert len(memory.learned.embeddings) == 2
    before = memory.learned
    memory.judge(heard(said(0, 4, 2.0, 0.35)))
    memory.judge(heard(said(1, 8, 2.0)))
    assert memory.learned is before


def test_a_profile_settles_after_a_minute_of_speech() -> None:
    memory = VoiceMemory(known())
    for number in range(60):
        memory.judge(heard(said(0, 3 * number, 2.4)))
    assert memory.learned is not None
    assert memory.learned.is_settled


# --- sound --------------------------------------------------------------------------------


def chunks(sound: Sound, start_t: float = 0.0) -> Iterator[AudioChunk]:
    for start in range(0, len(sound), 8_000):
        yield AudioChunk(start_t + start / SAMPLE_RATE, sound[start : start + 8_000])


class Counting(Listener):
    steps = 0

    def hear(self, samples: Sound) -> Iterator[Step]:
        for step in super().hear(samples):
            Counting.steps += 1
            yield step

    def anew(self, start_s: float) -> Listener:
        return Counting(self._activity.anew(), start_s)


def test_who_counts_and_who_owns_listen_with_one_ear() -> None:
    sound = read_sound(AUDIO / "one_voice.flac")[: 6 * SAMPLE_RATE]
    ear, Counting.steps = Ear(Counting()), 0
    counter, owner = SpeakerCounter(), VoiceOwner()
    told = 0
    for chunk in chunks(sound):
        hearing = ear.hear(chunk)
        assert ear.hear(hearing) is hearing
        told += len(list(counter.analyse(hearing)))
        list(owner.analyse(hearing))
    assert told == Counting.steps == 4


def test_nobody_listens_unless_asked() -> None:
    ear = Ear(Counting())
    Counting.steps = 0
    for chunk in chunks(np.zeros(5 * SAMPLE_RATE, np.float32)):
        assert isinstance(ear.hear(chunk), Hearing)
    assert Counting.steps == 0


def test_times_are_the_streams_across_a_drop_and_a_resume() -> None:
    """A stop of half a minute, a lost tenth of a second: each second is told where it was."""
    sound = read_sound(AUDIO / "one_voice.flac")[: 9 * SAMPLE_RATE]
    whole = VoiceOwner()
    told = [o for chunk in chunks(sound, 30.0) for o in whole.analyse(chunk)]
    resumed, again = VoiceOwner(), list[Observation]()
    for chunk in (*chunks(np.zeros(3 * SAMPLE_RATE, np.float32)), *chunks(sound, 30.0)):
        again += resumed.analyse(chunk)
    late = [o for o in again if o.t > 30]
    assert [o.t for o in late] == pytest.approx([o.t for o in told])
    assert [o.value for o in late] == [o.value for o in told]
    spans = [o.span for o in late if o.signal == "voice" and o.span]
    assert spans == [o.span for o in told if o.signal == "voice"]
    assert all(30 <= start < end <= 39 for start, end in spans)

    lossy, heard_t = VoiceOwner(), list[float]()
    for number, chunk in enumerate(chunks(np.tile(sound, 3))):
        lost = AudioChunk(chunk.t + 0.1 * number, chunk.samples)  # as much is missing before each
        heard_t += [o.t - lost.end_t for o in lossy.analyse(lost)]
    assert max(map(abs, heard_t)) < 1.44 + 0.25


def test_clipped_sound_is_not_judged() -> None:
    loud = np.clip(read_sound(AUDIO / "one_voice.flac")[: 6 * SAMPLE_RATE] * 60, -1, 1)
    told = [o for chunk in chunks(loud) for o in VoiceOwner().analyse(chunk)]
    assert all(o.value is None for o in told if "clipped" in o.reason)


def test_another_voice_becomes_an_entry_with_its_sound() -> None:
    exam = Exam(enrolment=Enrolment(voice=known()))  # nobody's voice is like this one
    pipeline = Pipeline(
        [VoiceOwner(exam)],
        preset=PRESETS["standard"],
        meeting_id="m",
        participant_id="p",
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    sound = read_sound(AUDIO / "one_voice.flac")
    records = [record for chunk in chunks(sound) for record in pipeline.process(chunk)]
    records += pipeline.close(len(sound) / SAMPLE_RATE)
    kinds = [r.kind for r in records if isinstance(r, Occurrence)]
    assert kinds[0] == "other_voice"
    assert any(getattr(record, "media_type", "") == "audio/wav" for record in records)


# --- beside the camera ----------------------------------------------------------------------


def company(lips_moving: float | None, faces: int = 1) -> Company:
    from proctoring.analysers.company import _Look

    beside = Company()
    beside._looks.extend(_Look(t / 2, lips_moving, faces) for t in range(40))
    return beside


def test_lips_at_rest_make_another_voice_surer_and_moving_ones_less_sure() -> None:
    at_rest, moving = (company(value).beside((5.0, 9.0)) for value in (0.0, 0.9))
    assert at_rest[0] > 1 > moving[0]
    assert (at_rest[1], moving[1]) == ("the candidate's lips rest", "the candidate's lips move")
    assert company(0.0).lips_rest((5.0, 9.0))
    assert not company(0.9).lips_rest((5.0, 9.0))


def test_a_second_face_is_told() -> None:
    assert company(None, 2).beside((5.0, 9.0)) == (1.1, "a second face is in view")


def test_without_a_camera_nothing_is_added() -> None:
    assert Company().beside((5.0, 9.0)) == (1.0, "")
    assert not company(None).lips_rest((5.0, 9.0))
    assert not Company().lips_rest(None)


def test_what_the_camera_shows_is_said_with_a_second_voice() -> None:
    counter = SpeakerCounter(listener=Script("00000000111"))
    counter._company = company(0.0, 2)
    ear_chunks = (AudioChunk(i / 2, np.zeros(8_000, np.float32)) for i in range(40))
    found = [o for chunk in ear_chunks for o in counter.analyse(chunk) if (o.value or 0) > 1]
    assert found[0].detail == "a second face is in view", "lips need to be seen for longer"
    assert found[-1].detail == "the candidate's lips rest; a second face is in view"
    assert {o.reason for o in found} == {"similarity of the voices 0.00"}


def test_what_the_camera_shows_is_said_with_talking() -> None:
    owner = VoiceOwner(Exam(policy=Policy(may_speak=False)), listener=Script("00000000"))
    owner._company = company(0.9)
    ear_chunks = (AudioChunk(i / 2, np.zeros(8_000, np.float32)) for i in range(24))
    told = [o for chunk in ear_chunks for o in owner.analyse(chunk) if o.signal == "own_speech_s"]
    assert told[-1].value == pytest.approx(11.5, abs=1)
    assert told[-1].detail == "the candidate's lips move"


def test_how_alike_another_voice_is_is_said_in_numbers() -> None:
    told = [o for o in watch("1111") if o.signal == "other_voice_s" and o.value]
    assert {o.reason for o in told} == {"similarity to the candidate's voice 0.00"}

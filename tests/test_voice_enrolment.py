"""A voice is learned from reading aloud, or refused with words that help; and kept as bytes."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from material import DATA, SMALL, needs_data

from proctoring.enrolment.face import EnrolmentError
from proctoring.enrolment.voice import CHECK_IN_S, enrol_voice
from proctoring.exam import VoiceProfile
from proctoring.media import read_sound
from proctoring.perception.listening import Listener
from proctoring.perception.whose import Whose, judge, middle
from proctoring.recall import VOICE, Damaged, recall, to_bytes, voice_of
from proctoring.types import SAMPLE_RATE, Enrolled, Sound

AUDIO = SMALL / "audio"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def one_voice() -> Sound:
    return read_sound(AUDIO / "one_voice.flac")


@pytest.fixture(scope="module")
def profile(one_voice: Sound) -> VoiceProfile:
    return enrol_voice(one_voice[: 12 * SAMPLE_RATE])


def hiss(length: int, level: float) -> Sound:
    return (np.random.default_rng(1).standard_normal(length) * level).astype(np.float32)


def refusal(sound: Sound, least_s: float = 1.5) -> str:
    with pytest.raises(EnrolmentError) as caught:
        enrol_voice(sound, least_s=least_s)
    return str(caught.value)


def test_a_voice_is_learned_from_some_seconds(profile: VoiceProfile) -> None:
    assert profile.embeddings.shape == (len(profile.seconds), 192)
    assert np.linalg.norm(profile.embeddings, axis=1) == pytest.approx(1, abs=1e-3)
    assert 0.5 < profile.spread <= 1
    assert not profile.is_settled


def test_the_same_voice_is_known_again_and_another_is_not(one_voice: Sound) -> None:
    profile = enrol_voice(one_voice[: 6 * SAMPLE_RATE])
    known = middle(profile.embeddings, profile.seconds)
    heard = [one for step in Listener().hear(one_voice) for one in step.speakers]
    heard = [one for one in heard if one.frames[0] >= 600]
    assert heard
    assert {one.whose for one in judge(known, heard)} == {Whose.CANDIDATE}
    two = read_sound(AUDIO / "two_voices.flac")
    heard = [one for step in Listener().hear(two) for one in step.speakers]
    assert Whose.OTHER in {one.whose for one in judge(known, heard)}


def test_what_cannot_be_used_is_refused_with_the_reason(one_voice: Sound) -> None:
    length = len(one_voice)
    assert "Nothing is heard" in refusal(np.zeros(10 * SAMPLE_RATE, np.float32))
    assert "No speech" in refusal(hiss(10 * SAMPLE_RATE, 0.02))
    assert "Too short" in refusal(one_voice[: 2 * SAMPLE_RATE])
    assert f"{CHECK_IN_S:g} s" in refusal(one_voice[: 5 * SAMPLE_RATE], CHECK_IN_S)
    assert "Too loud" in refusal(np.clip(one_voice * 30, -1, 1))
    assert "Too quiet" in refusal(one_voice * 0.01)
    assert "Too much noise" in refusal((one_voice + hiss(length, 0.05)).astype(np.float32))
    assert "More than one voice" in refusal(read_sound(AUDIO / "two_voices.flac"))
    assert "damaged" in refusal(np.full(SAMPLE_RATE, np.nan, np.float32))
    assert "Nothing is heard" in refusal(np.empty(0, np.float32))
    assert "Too long" in refusal(np.zeros(121 * SAMPLE_RATE, np.float32))


def test_a_steady_offset_is_no_sound(one_voice: Sound) -> None:
    assert len(enrol_voice((one_voice[: 12 * SAMPLE_RATE] + 0.1).astype(np.float32)).seconds)


def test_what_was_learned_comes_back_from_its_bytes(profile: VoiceProfile) -> None:
    kind, content = to_bytes(profile)
    found = recall([Enrolled("p", kind, content, NOW)]).voice
    assert kind == VOICE
    assert found is not None
    assert found.embeddings == pytest.approx(profile.embeddings, abs=1e-3)
    assert found.seconds == pytest.approx(profile.seconds, abs=1e-2)
    assert found.spread == pytest.approx(profile.spread, abs=1e-6)
    assert found.is_settled == profile.is_settled


def test_damaged_bytes_are_told_and_the_exam_goes_on(profile: VoiceProfile) -> None:
    _, content = to_bytes(profile)
    for damaged in (b"", content[:-1], content[:-9] + bytes(9), content + b"x"):
        with pytest.raises(Damaged):
            voice_of(damaged)
        assert recall([Enrolled("p", VOICE, damaged, NOW)]).voice is None


@needs_data
@pytest.mark.parametrize("name", ["as_es", "ls367", "ls533", "ls2033"])
def test_the_shared_enrolment_clips_are_accepted(name: str) -> None:
    assert len(enrol_voice(read_sound(DATA / "audio" / "enroll" / f"{name}.flac")).embeddings)

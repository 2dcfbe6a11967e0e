"""When it is plain who speaks, half of the looks are left out; a doubt brings them back."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from material import SMALL

from proctoring.media import read_sound
from proctoring.perception.calm import KNOWN_S, Calm
from proctoring.perception.listening import STEP, STEP_S, Listener, Step
from proctoring.perception.speech import FRAME, VoiceActivity
from proctoring.types import Sound

Floats = npt.NDArray[np.float32]
LONG_S = 2.4


def voice(number: int) -> Floats:
    return np.eye(192, dtype=np.float32)[number]


@pytest.fixture
def known() -> Calm:
    """One voice, heard for long enough."""
    calm = Calm()
    for _ in range(int(KNOWN_S / LONG_S) + 1):
        calm.after([(voice(0), LONG_S)], overlap_s=0.0)
    return calm


def test_nothing_is_plain_at_first() -> None:
    assert not Calm().after([(voice(0), LONG_S)], overlap_s=0.0)


def test_a_voice_that_is_known_is_plain(known: Calm) -> None:
    assert known.after([(voice(0), LONG_S)], overlap_s=0.0)


def test_a_scrap_of_another_voice_is_a_doubt(known: Calm) -> None:
    assert not known.after([(voice(0), LONG_S), (voice(1), 0.5)], overlap_s=0.0)


def test_two_at_once_are_a_doubt_while_one_is_known(known: Calm) -> None:
    assert not known.after([(voice(0), LONG_S)], overlap_s=0.5)


def test_a_second_voice_is_plain_once_it_is_known_too(known: Calm) -> None:
    told = [known.after([(voice(1), LONG_S)], overlap_s=0.0) for _ in range(6)]
    assert not any(told[:3])
    assert told[-1]
    assert known.after([(voice(0), LONG_S), (voice(1), 0.5)], overlap_s=0.5)


def test_of_many_voices_the_one_that_was_heard_least_is_forgotten(known: Calm) -> None:
    for number in range(1, 30):
        assert not known.after([(voice(number), LONG_S)], overlap_s=0.0)
    assert known.after([(voice(0), LONG_S)], overlap_s=0.0)


def heard(sound: Sound, listener: Listener) -> list[Step]:
    return list(listener.hear(np.concatenate([sound, np.zeros(2 * STEP, np.float32)])))


def test_half_of_the_looks_at_a_long_speech_are_left_out_and_none_of_it_is_lost() -> None:
    speech = np.tile(read_sound(SMALL / "audio" / "one_voice.flac"), 3)
    steps, thorough = heard(speech, Listener()), heard(speech, Listener(is_thorough=True))
    looks = [step for step in steps if step.is_look and len(step.speech)]
    assert all(step.is_look for step in thorough)
    assert len(looks) < 0.8 * sum(len(step.speech) > 0 for step in thorough)
    spoken, told = (
        {int(frame) for step in each for speaker in step.speakers for frame in speaker.active}
        for each in (thorough, looks)
    )
    assert len(told) > 0.97 * len(spoken)


def test_after_a_look_that_was_left_out_the_next_one_comes() -> None:
    speech = np.tile(read_sound(SMALL / "audio" / "one_voice.flac"), 3)
    steps = heard(speech, Listener())
    left_out = [number for number, step in enumerate(steps) if not step.is_look]
    assert left_out
    for number in left_out:
        assert steps[number].speakers == ()
        assert steps[number + 1].is_look
        assert len(steps[number + 1].speech)
        assert steps[number].speech[0] >= (steps[number].end_s - STEP_S) * 100 - 1


def test_speech_is_as_likely_however_the_stream_is_cut() -> None:
    sound = read_sound(SMALL / "audio" / "two_voices.flac")[: 8 * 16_000]
    pause = np.zeros(3 * 16_000, np.float32)  # in which the gate closes
    sound = np.concatenate([sound, pause, sound])
    whole = VoiceActivity().hear(sound)
    cut = VoiceActivity()
    pieces = [cut.hear(sound[start : start + 700]) for start in range(0, len(sound), 700)]
    assert len(whole) == len(sound) // FRAME
    np.testing.assert_allclose(np.concatenate(pieces), whole, atol=1e-4)

"""Learning a voice while somebody reads aloud: how much was heard, and when it is enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from proctoring.enrolment.voice import CHECK_IN_S, enrol_voice
from proctoring.exam import VoiceProfile
from proctoring.perception.speech import FRAME_S, IS_SPEECH, VoiceActivity
from proctoring.types import SAMPLE_RATE, Sound

ENOUGH_S = CHECK_IN_S + 0.5  # of speech: the enrolment counts a little less of it
LEAST_S = 0.75 * CHECK_IN_S  # of speech, where the time was up before it was enough
LONGEST_S = 40.0  # of sound; nobody needs so long to read for ten seconds


@dataclass(frozen=True, slots=True)
class Progress:
    speech_s: float
    of_s: float
    is_over: bool  # enough is heard, or there was time for it


class Reading:
    def __init__(self) -> None:
        self._activity = VoiceActivity()
        self._pieces: list[Sound] = []
        self._length = 0  # samples
        self._frames = 0  # of speech

    def hear(self, sound: Sound) -> Progress:
        """The next piece, 16 kHz mono."""
        room = round(LONGEST_S * SAMPLE_RATE) - self._length
        sound = sound[:room]
        self._pieces.append(sound)
        self._length += len(sound)
        self._frames += int((self._activity.hear(sound) > IS_SPEECH).sum())
        speech_s = self._frames * FRAME_S
        is_over = speech_s >= ENOUGH_S or self._length >= round(LONGEST_S * SAMPLE_RATE)
        return Progress(min(speech_s, CHECK_IN_S), CHECK_IN_S, is_over)

    def learn(self) -> VoiceProfile:
        """Raises EnrolmentError, whose sentence tells the reader what to do otherwise.

        The sound is forgotten, however it ends.
        """
        sound = np.concatenate([np.empty(0, np.float32), *self._pieces])
        self._pieces.clear()
        return enrol_voice(sound, least_s=LEAST_S)

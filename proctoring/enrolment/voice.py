"""Learning a voice from some seconds of reading aloud, so that it can be known again.

A profile is numbers: nothing here writes it anywhere, and it ends with its exam.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from proctoring.enrolment.face import EnrolmentError
from proctoring.exam import VoiceProfile
from proctoring.perception.clustering import cluster
from proctoring.perception.hearing import CLIPPED
from proctoring.perception.level import level_db
from proctoring.perception.listening import FRAMES_PER_S, STEP, Listener, Step
from proctoring.perception.whose import spread_of
from proctoring.types import SAMPLE_RATE, Sound

CHECK_IN_S = 8.0  # of speech, in 10 to 20 s of reading aloud: what a check-in should ask for
LEAST_S = 1.5  # of speech; a voice known by less is taken for another too often
LONGEST_S = 120.0
QUIETEST_DB = -55.0  # dBFS of the speech; below it, 16-bit noise is near
SILENT_DB = -80.0  # dBFS; the noise of a room through any microphone is above it
CLIPPED_SHARE = 0.002  # of the samples in speech
LEAST_ABOVE_NOISE_DB = 6.0  # of the speech over what is between the words
ENOUGH_PAUSE_S = 0.5  # to know the noise by
MOST_OVERLAP_S = 1.0  # for which two seem to speak at once; a breath may seem so
ALIKE = 0.40  # `spread_of`: parts that are less alike are not all of one voice

TOO_QUIET = "Too quiet. Please come nearer to the microphone, or speak up."

Mask = npt.NDArray[np.bool_]


def enrol_voice(sound: Sound, *, least_s: float = LEAST_S) -> VoiceProfile:
    """The profile of the one who speaks in 16 kHz mono sound.

    Raises EnrolmentError, with words for the person at the microphone, where there is less
    speech than `least_s`, it is too quiet, clipped or lost in noise, or more than one speaks.
    """
    sound = _sound(sound)
    steps = _heard(sound)
    spoken = _spoken(steps, len(sound))
    _check_sound(sound, spoken)
    speech_s = float(spoken.sum()) / SAMPLE_RATE
    speakers = [speaker for step in steps for speaker in step.speakers]
    if speech_s < least_s or not speakers:
        raise EnrolmentError(
            f"Too short: {speech_s:.1f} s of speech. Please read aloud for longer, "
            f"until there are {least_s:g} s."
        )
    overlap_s = len(np.unique(np.concatenate([step.overlap for step in steps]))) / FRAMES_PER_S
    embeddings = np.stack([speaker.campplus for speaker in speakers])
    seconds = np.array([speaker.seconds for speaker in speakers], np.float32)
    spread = spread_of(embeddings, seconds)
    if cluster(speakers).count > 1 or overlap_s > MOST_OVERLAP_S or spread < ALIKE:
        raise EnrolmentError(
            "More than one voice is heard. Please read alone, with no other sound."
        )
    return VoiceProfile(embeddings, seconds, spread)


def _sound(sound: Sound) -> Sound:
    if sound.ndim != 1 or not np.isfinite(sound).all():
        raise EnrolmentError("The recording is damaged.")
    if len(sound) > LONGEST_S * SAMPLE_RATE:
        raise EnrolmentError(f"Too long: at most {LONGEST_S:.0f} s, please.")
    return sound - np.float32(sound.mean()) if len(sound) else sound


def _heard(sound: Sound) -> list[Step]:
    """With silence after it, which completes the last step."""
    padded = np.concatenate([sound, np.zeros(STEP, np.float32)])
    return list(Listener(is_thorough=True).hear(padded))


def _spoken(steps: list[Step], length: int) -> Mask:
    """Of each sample: does anybody speak?"""
    spoken = np.zeros(length, bool)
    hop = SAMPLE_RATE // FRAMES_PER_S
    for step in steps:
        for frame in step.speech:
            spoken[frame * hop : (frame + 1) * hop] = True
    return spoken


def _check_sound(sound: Sound, spoken: Mask) -> None:
    if not spoken.any():
        if level_db(sound) < SILENT_DB:
            raise EnrolmentError("Nothing is heard. Please check that the microphone is not muted.")
        if level_db(sound) < QUIETEST_DB:
            raise EnrolmentError(TOO_QUIET)
        raise EnrolmentError("No speech is heard. Please read aloud, near the microphone.")
    if float((np.abs(sound[spoken]) >= CLIPPED).mean()) > CLIPPED_SHARE:
        raise EnrolmentError("Too loud: the sound is clipped. Please sit further away.")
    speech_db = level_db(sound[spoken])
    if speech_db < QUIETEST_DB:
        raise EnrolmentError(TOO_QUIET)
    pauses = sound[~spoken]
    is_known = len(pauses) > ENOUGH_PAUSE_S * SAMPLE_RATE
    if is_known and speech_db - level_db(pauses) < LEAST_ABOVE_NOISE_DB:
        raise EnrolmentError("Too much noise. Please find a quieter place, or come nearer.")

"""Whispering: speech in which no voice sounds, for a while and not just in a consonant.

Two networks know whispers for speech without having been taught so: segmentation most of them,
and Silero's gives them more than it gives noise, if only a little. Of what they hear together
(see `listening`), that is kept which has no pitch nearby: consonants have a vowel beside them
within a quarter of a second. A whisper under somebody's voice is missed.

The constants were chosen on 23 voices from which the voicing was taken, and on what must not be
told: the same as they were (0.9 s at most in any 12 s), and 38 sounds of animals, machines, music
and typing (0.9 but for a tiger's 1.6). `benchmarks/whispers.py` has held-out voices.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from proctoring.perception import pitch
from proctoring.perception.frames import Numbers
from proctoring.perception.percentiles import percentile
from proctoring.perception.pitch import FRAME
from proctoring.types import SAMPLE_RATE, Sound

HOP = 320  # samples, 20 ms
MAY_BE_SPEECH = 0.03  # of Silero's probability; noise has less
IS_SPEECH = 0.25  # of the same: from there on, segmentation need not hear it too
PITCHED = 0.82  # of the autocorrelation at the best period, over that at none
NEAR = 12  # frames to either side, 0.24 s, in which a vowel would be
FEWEST_PITCHED = 2  # frames among those; one may be chance
ABOVE_NOISE_DB = 6.0  # between 1 and 4 kHz, over the quietest tenth of the last ten seconds
BODY_HZ = (1000.0, 4000.0)

Floats = npt.NDArray[np.float32]


class Noise:
    """How loud it is where it is quiet. The sound comes in parts of one length, whole frames, and
    is looked at once, however often it is asked about."""

    def __init__(self, part: int) -> None:
        """`part`: samples."""
        assert part % FRAME == 0
        self._part = part
        self._levels: dict[int, Floats] = {}  # by the number of the part, dB of each frame

    def level_db(self, sound: Sound, first: int) -> float:
        """Of sound that begins with part `first`, one part at least: what the quietest tenth of its
        whole parts comes to."""
        parts = range(first, first + len(sound) // self._part)
        for number in parts:
            if number not in self._levels:
                start = (number - first) * self._part
                part = sound[start : start + self._part]
                self._levels[number] = _body_db(_power(part, FRAME))
        self._levels = {number: self._levels[number] for number in parts}
        return percentile(np.concatenate(list(self._levels.values())), 10)


def without_pitch(
    sound: Sound, speech: Floats, start: int, end: int, noise_db: Callable[[], float]
) -> Numbers:
    """The 10 ms frames from sample `start` to `end` that may be whispered.

    `speech` is the probability for each 512 samples. Around the two there should be `NEAR`
    frames more. `noise_db` tells how loud the noise of the last ten seconds is, if asked.
    """
    first, last = (max(0, at - NEAR * HOP) for at in (start, end + 2 * NEAR * HOP))
    part = sound[first:last]
    if len(part) < FRAME:
        return np.empty(0, np.int_)
    begins = first + np.arange((len(part) - FRAME) // HOP + 1) * HOP
    frame_of_speech = np.minimum((begins + FRAME // 2) // 512, len(speech) - 1)
    spoken = (speech[frame_of_speech] > MAY_BE_SPEECH) & (begins >= start) & (begins < end)
    if not spoken.any():
        return np.empty(0, np.int_)
    power = _power(part, HOP)
    body_db = _body_db(power)
    is_loud = body_db > noise_db() + ABOVE_NOISE_DB
    is_pitched = is_loud & (pitch.alike(power).max(axis=1) > PITCHED)
    vowels = np.convolve(is_pitched, np.ones(2 * NEAR + 1), "same")
    found = begins[spoken & is_loud & (vowels < FEWEST_PITCHED)] // (SAMPLE_RATE // 100)
    return np.asarray(np.sort(np.concatenate([found, found + 1])))


def _power(sound: Sound, hop: int) -> Floats:
    """(frames, FFT / 2 + 1)"""
    return pitch.spectrum(np.lib.stride_tricks.sliding_window_view(sound, FRAME)[::hop])


def _body_db(power: Floats) -> Floats:
    body = power[:, pitch.band(*BODY_HZ)]
    return np.asarray(10 * np.log10(body.sum(axis=1) + 1e-10), np.float32)

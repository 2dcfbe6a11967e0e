"""Does a voice come out of a small loudspeaker? A voice's lowest harmonic tells.

Phones, laptops and small speakers hardly give anything below 250 to 500 Hz, where the first
harmonic of most voices is. Its pitch can still be measured, by the period that all harmonics share:
so it is seen how much of the first harmonic is left beside the second and the third. Where noise
fills the low frequencies, nothing seems to be missing; a whisper has no pitch, and nothing is said
of it. A microphone may lack them too, which is why a voice is compared with the candidate's own.

A large loudspeaker, such as a good television's, leaves nothing out and is not told.

The limits were chosen on the tuning half of `benchmarks/loudspeakers.py`, with the shared
recordings in sight, one real reader of which has a first harmonic 13 dB down.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from proctoring.perception import pitch
from proctoring.perception.pitch import FRAME
from proctoring.types import SAMPLE_RATE, Sound

WORDS = "may come from a loudspeaker"

MISSING_DB = -14.0  # first harmonic over the louder of the second and third, in the median
UNLIKE_OWN_DB = -6.0  # the same, over that of the candidate's own voice
LATEST = 4  # stretches of the other voice, the middle of which is judged
FEWEST_OTHERS = 2  # of them; a scrap of a whisper may have a pitch by chance
FEWEST_OWN = 3  # stretches of the candidate's voice that tell what the microphone lets through

FRAMES = 64  # at most, the loudest; every second one of 10 ms
PITCHED = 0.85  # of the autocorrelation at the best period, over that at none
AS_GOOD = 0.93  # of the best; the shortest such period is the voice's, and not twice as long
FEWEST_PITCHED = 6  # frames

Floats = npt.NDArray[np.float32]


def may_be_one(others_db: Sequence[float], own_db: Sequence[float]) -> bool:
    """May another voice be a loudspeaker's? Both as `fundamental_db` gives them, in their order."""
    others = [one for one in others_db if np.isfinite(one)][-LATEST:]
    own = [one for one in own_db if np.isfinite(one)]
    if len(others) < FEWEST_OTHERS or len(own) < FEWEST_OWN:
        return False
    lowest = float(np.median(others))
    return lowest < MISSING_DB and lowest - float(np.median(own)) < UNLIKE_OWN_DB


def fundamental_db(sound: Sound, rows: npt.NDArray[np.int_]) -> float:
    """The first harmonic over the louder of the next two, dB, in the median of what is voiced.

    `rows` are 10 ms frames of the sound, in which one voice is heard alone. NaN where too little of
    them has a pitch.
    """
    starts = rows[::2] * (SAMPLE_RATE // 100)
    starts = starts[starts + FRAME <= len(sound)]
    if len(starts) < FEWEST_PITCHED:
        return float("nan")
    frames = np.lib.stride_tricks.sliding_window_view(sound, FRAME)[starts]
    loudest = np.argsort(np.square(frames).sum(axis=1))[-FRAMES:]
    power = pitch.spectrum(frames[loudest])
    periods, is_pitched = _periods(power)
    if is_pitched.sum() < FEWEST_PITCHED:
        return float("nan")
    bins = pitch.FFT / periods[is_pitched]  # of the pitch
    first, second, third = (_level_db(power[is_pitched], bins * number) for number in (1, 2, 3))
    return float(np.median(first - np.maximum(second, third)))


def _periods(power: Floats) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Of each frame, in samples; and is there one?"""
    alike = pitch.alike(power)
    best, frames = alike.max(axis=1), np.arange(len(alike))
    period = (alike >= (best * AS_GOOD)[:, None]).argmax(axis=1)
    for _ in range(8):  # up to the top of that peak
        after = np.minimum(period + 1, alike.shape[1] - 1)
        period = np.where(alike[frames, after] > alike[frames, period], after, period)
    return period + pitch.SHORTEST, best > PITCHED


def _level_db(power: Floats, bins: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The strongest of the three bins around these."""
    at = np.rint(bins).astype(int)[:, None] + np.arange(-1, 2)
    strongest = np.take_along_axis(power, at, axis=1).max(axis=1)
    return np.asarray(10 * np.log10(strongest + 1e-12), np.float64)

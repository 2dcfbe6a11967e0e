"""Speaker segmentation: who speaks when within the last seconds, and when two do at once.

pyannote's segmentation 3.0 (MIT; Plaquet and Bredin, 2023) hears up to 10 s and says of every
17 ms which of three *local* speakers are heard, two at most. Local means that speaker 1 here
has nothing to do with speaker 1 in the next stretch: that is for embeddings to say.

Its first layer, a third of the work, is of each moment alone. Stretches that overlap share it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from proctoring.perception import models
from proctoring.types import SAMPLE_RATE, Sound

FIRST_LAYER, THE_REST = NETWORKS = ("segmentation_filters", "segmentation")
LONGEST_S = 10  # what the network was trained on
LONGEST = LONGEST_S * SAMPLE_RATE  # samples
SHORTEST = SAMPLE_RATE  # samples; less has hardly a word in it
STEP = 270  # samples from one output frame to the next
STEP_S = STEP / SAMPLE_RATE  # 0.0169 s
FIELD = 991  # samples that an output frame sees
SPEAKERS = 3
FILTERS = 80  # of the first layer
FILTER_STEP = 30  # samples from one column of it to the next
FILTER_FIELD = 271  # samples that a column sees
EPSILON = 1e-5  # of the variance, as the network was trained

# The network's seven classes as sets of speakers: its "powerset", in its order.
_SETS = np.array(
    [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1]], bool
)

Activity = npt.NDArray[np.bool_]  # (frames, 3): is this local speaker heard?
Filtered = npt.NDArray[np.float32]  # (2, 80, columns): the highest output, and the lowest negated

NONE: Filtered = np.empty((2, FILTERS, 0), np.float32)


def segment(samples: Sound, filtered: Filtered | None = None) -> Activity:
    """Who is heard in 1 to 10 s of sound, which may have been filtered before.

    Raises `models.ModelError` without the models.
    """
    return np.asarray(_SETS[classes(samples, filtered).argmax(axis=1)])


def classes(samples: Sound, filtered: Filtered | None = None) -> npt.NDArray[np.float32]:
    """(frames, 7): logarithms of the probabilities of nobody, each speaker, each two."""
    highest, lowest = filter_sound(samples) if filtered is None else filtered
    samples = np.asarray(samples, np.float32)
    numbers = {"mean": samples.mean(), "deviation": np.sqrt(samples.var() + EPSILON)}
    feed = {name: np.full((1, 1, 1), value, np.float32) for name, value in numbers.items()}
    feed |= {"highest": highest[None], "lowest": lowest[None]}
    return np.asarray(models.load(THE_REST).run(None, feed)[0][0], np.float32)


def filter_sound(samples: Sound) -> Filtered:
    """A column for each 30 samples that 271 from there on are given of."""
    if len(samples) < FILTER_FIELD:
        return NONE
    feed = {"samples": np.ascontiguousarray(samples, np.float32)[None, None]}
    return np.concatenate(models.load(FIRST_LAYER).run(None, feed))


class Filters:
    """A stream's sound, filtered once, of which the beginning may be forgotten."""

    def __init__(self) -> None:
        self._parts: list[Filtered] = []
        self._begin = 0  # sample of what is remembered where the first column begins

    def of(self, sound: Sound, start: int) -> Filtered:
        """Of `sound` from sample `start` on. It begins where what is remembered begins.

        All is filtered anew where columns that begin there are no whole steps from the others.
        """
        if start % FILTER_STEP != self._begin:
            self._parts, self._begin = [], start % FILTER_STEP
        known = sum(part.shape[2] for part in self._parts)
        self._parts.append(filter_sound(sound[self._begin + known * FILTER_STEP :]))
        return np.concatenate(_without(self._parts, (start - self._begin) // FILTER_STEP), axis=2)

    def forget(self, samples: int) -> None:
        """The first so many, a multiple of 30."""
        assert samples % FILTER_STEP == 0
        self._parts = _without(self._parts, samples // FILTER_STEP)


def _without(parts: list[Filtered], columns: int) -> list[Filtered]:
    """But for the first so many columns of all together."""
    kept = []
    for part in parts:
        kept.append(part[:, :, columns:])
        columns = max(0, columns - part.shape[2])
    return [part for part in kept if part.shape[2]] or [NONE]


def at_samples(activity: Activity, middles: npt.NDArray[np.int_]) -> Activity:
    """The activity at the moments that these sample numbers name."""
    frames = np.rint((middles - (FIELD - 1) / 2) / STEP).astype(int)
    return np.asarray(activity[np.clip(frames, 0, len(activity) - 1)])


def overlap_s(activity: Activity) -> float:
    """For how long two speak at once."""
    return float((activity.sum(axis=1) > 1).sum()) * STEP_S

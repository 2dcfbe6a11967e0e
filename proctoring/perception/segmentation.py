"""Speaker segmentation: who speaks when within the last seconds, and when two do at once.

pyannote's segmentation 3.0 (MIT; Plaquet and Bredin, 2023) hears up to 10 s and says of every
17 ms which of three *local* speakers are heard, two at most. Local means that speaker 1 here
has nothing to do with speaker 1 in the next stretch: that is for embeddings to say.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from proctoring.perception import models
from proctoring.types import SAMPLE_RATE, Sound

LONGEST_S = 10  # what the network was trained on
LONGEST = LONGEST_S * SAMPLE_RATE  # samples
SHORTEST = SAMPLE_RATE  # samples; less has hardly a word in it
STEP = 270  # samples from one output frame to the next
STEP_S = STEP / SAMPLE_RATE  # 0.0169 s
FIELD = 991  # samples that an output frame sees
SPEAKERS = 3

# The network's seven classes as sets of speakers: its "powerset", in its order.
_SETS = np.array(
    [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1]], bool
)

Activity = npt.NDArray[np.bool_]  # (frames, 3): is this local speaker heard?


def segment(samples: Sound) -> Activity:
    """Who is heard in 1 to 10 s of sound. Raises `models.ModelError` without the model."""
    feed = {"samples": np.ascontiguousarray(samples, np.float32)[None, None]}
    classes = models.load("segmentation").run(None, feed)[0][0]
    return np.asarray(_SETS[classes.argmax(axis=1)])


def at_samples(activity: Activity, middles: npt.NDArray[np.int_]) -> Activity:
    """The activity at the moments that these sample numbers name."""
    frames = np.rint((middles - (FIELD - 1) / 2) / STEP).astype(int)
    return np.asarray(activity[np.clip(frames, 0, len(activity) - 1)])


def overlap_s(activity: Activity) -> float:
    """For how long two speak at once."""
    return float((activity.sum(axis=1) > 1).sum()) * STEP_S

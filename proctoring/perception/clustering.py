"""Speaker clustering: which windows of speech were spoken by the same voice.

A threshold between pairs of windows does not work: 1.6 s of one person vary as much as two
people differ. What tells a second voice is that it stays away: the mean similarity of four
windows in a row (2.8 s) to the nearest known voice. It also falls while two people talk at
once. On 132 made-up mixtures of ten voices, that mean's lowest value in a recording is
0.71..0.83 (5th to 95th percentile) for one voice, 0.38..0.72 for a second one that takes
turns, and 0.56..0.79 for a quiet one that speaks over the first, which is often missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

RUN = 4  # windows in a row that make the evidence for a voice
RUN_MAX_S = 4.2  # from the first to the last of them: pauses inside may be 3 s in all
STRANGE = 0.70  # mean cosine of a run to the nearest known voice, below which it is another
STRANGE_LIVE = 0.67  # the same for who looks again at every window: more looks, more chances to err
SURE = 0.06  # cosine by which a window must be nearer to one voice to move that voice's centre
MIXED = 0.74  # mean cosine to the best blend of two known voices: both at once, not a third
MOST_VOICES = 4


@dataclass(frozen=True, slots=True, eq=False)
class Clustering:
    labels: npt.NDArray[np.intp]  # (windows,) number of the voice, 0 the one that spoke most
    voices: Floats  # (voices, 256), each of length 1
    margin: float  # cosine by which the least strange voice was strange enough; 0 for one voice


def cluster(embeddings: Floats, times_s: Sequence[float], strange: float = STRANGE) -> Clustering:
    """Groups windows in order of time; `embeddings` (n, 256) of length 1, n may be 0."""
    if len(embeddings) == 0:
        return Clustering(np.empty(0, np.intp), np.empty((0, 256), np.float32), 0.0)
    times = np.asarray(times_s)
    voices = _core(embeddings)[None]
    margin = 0.0
    while len(voices) < MOST_VOICES and len(embeddings) >= 2 * RUN:
        run, nearness = _strangest_run(embeddings, times, voices)
        if nearness >= strange:
            break
        seed = _unit(embeddings[run : run + RUN].mean(0))
        grown = _refine(embeddings, np.vstack([voices, seed]))
        if grown is None:
            break
        margin = strange - nearness if len(voices) == 1 else min(margin, strange - nearness)
        voices = grown
    labels = _assign(embeddings, voices)
    order = np.argsort(-np.bincount(labels, minlength=len(voices)), kind="stable")
    return Clustering(np.argsort(order)[labels], voices[order], margin)


def _core(embeddings: Floats) -> Floats:
    """The voice that most of the windows agree on: the centre of their densest half."""
    similar = embeddings @ embeddings.T
    nearest = np.sort(similar, axis=1)[:, -max(3, len(embeddings) // 3) :]
    centre = embeddings[nearest.mean(1).argmax()]
    for _ in range(4):
        cosine = embeddings @ centre
        centre = _unit(embeddings[cosine >= np.median(cosine)].mean(0))
    return centre


def _strangest_run(
    embeddings: Floats, times: npt.NDArray[np.float64], voices: Floats
) -> tuple[int, float]:
    """The first window of the run that is furthest from all voices, and how near it is."""
    nearness = (embeddings @ voices.T).max(1)
    means = np.convolve(nearness, np.ones(RUN) / RUN, "valid")
    allowed = times[RUN - 1 :] - times[: 1 - RUN] <= RUN_MAX_S
    if len(voices) > 1:
        blends = np.convolve(_blended(embeddings, voices), np.ones(RUN) / RUN, "valid")
        allowed &= blends < MIXED
    means = np.where(allowed, means, 1.0)
    run = int(means.argmin())
    return run, float(means[run])


def _blended(embeddings: Floats, voices: Floats) -> Floats:
    """(n,) cosine of each window to the nearest blend of any two voices."""
    shares = np.linspace(0, 1, 9)[:, None]
    pairs = [(a, b) for i, a in enumerate(voices) for b in voices[i + 1 :]]
    blends = np.vstack([shares * a + (1 - shares) * b for a, b in pairs])
    blends /= np.linalg.norm(blends, axis=1, keepdims=True)
    return (embeddings @ blends.T.astype(np.float32)).max(1)


def _refine(embeddings: Floats, voices: Floats) -> Floats | None:
    """Moves each voice to the middle of what is surely its own; None if one has too little.

    Windows between two voices are left out: the larger one would lend them to the smaller,
    whose centre would wander.
    """
    for _ in range(2):
        near = _smooth(embeddings @ voices.T)
        first, second = np.sort(near, axis=1)[:, ::-1][:, :2].T
        sure = first - second > SURE
        own = [sure & (near.argmax(1) == i) for i in range(len(voices))]
        if min(int(mask.sum()) for mask in own) < RUN - 1:
            return None
        voices = np.stack([_unit(embeddings[mask].mean(0)) for mask in own])
    return voices


def _assign(embeddings: Floats, voices: Floats) -> npt.NDArray[np.intp]:
    return np.asarray(_smooth(embeddings @ voices.T).argmax(1))


def _smooth(near: Floats) -> Floats:
    """Each window judged with the ones before and after it: voices last."""
    padded = np.pad(near, ((1, 1), (0, 0)), "edge")
    return np.asarray((padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4)


def _unit(vector: Floats) -> Floats:
    return vector / max(float(np.linalg.norm(vector)), 1e-9)

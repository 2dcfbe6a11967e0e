"""Speaker clustering: which windows of speech were spoken by the same voice.

A threshold between pairs of windows does not work: 1.6 s of one person vary as much as two
people differ. What tells a second voice is that it stays away: the mean similarity of four
windows in a row (2.8 s) to the nearest known voice. It also falls while two people talk at
once, and while one moves away from the microphone. `benchmarks/mixtures.py` measures both: on
648 mixtures of 49 voices, whole recordings of a voice that keeps its tone and place are taken
for two in 0.03 of them, of one that changes both in 0.13; a second voice that takes turns is
found in 0.99, one that speaks once for 3 to 5 s in 0.94, and one 10 dB down that speaks over
the first in 0.47.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

RUN = 4  # windows in a row that make the evidence for a voice
RUN_MAX_S = 4.2  # from the first to the last of them: pauses inside may be 3 s in all
STRANGE = 0.67  # mean cosine of a run to the nearest known voice, below which it is another
LESS_FOR_A_THIRD = 0.08  # cosine by which a third voice must be stranger than a second
SURE = 0.06  # cosine by which a window must be nearer to one voice to move that voice's centre
FEWEST_FOR_CORE = 6  # windows; of fewer, no densest half can be told
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
        limit = strange if len(voices) == 1 else strange - LESS_FOR_A_THIRD
        known = _cores(embeddings, voices)
        run, nearness = _strangest_run(embeddings, times, known)
        if nearness >= limit:
            break
        seed = _unit(embeddings[run : run + RUN].mean(0))
        grown = _refine(embeddings, np.vstack([known, seed]))
        if grown is None:
            break
        margin = limit - nearness if len(voices) == 1 else min(margin, limit - nearness)
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


def _cores(embeddings: Floats, voices: Floats) -> Floats:
    """What each voice's own windows agree on.

    A mean would do for one person, but while two others share a centre, it lies between them
    and hides both: 20 of 72 mixtures of three were counted right by means, 35 by cores.
    """
    if len(voices) == 1:
        return voices
    own = _own(embeddings, voices)
    return np.stack(
        [
            _core(embeddings[mask]) if mask.sum() >= FEWEST_FOR_CORE else voice
            for mask, voice in zip(own, voices, strict=True)
        ]
    )


def _refine(embeddings: Floats, voices: Floats) -> Floats | None:
    """Moves each voice to the middle of what is surely its own; None if one has too little.

    Windows between two voices are left out: the larger one would lend them to the smaller,
    whose centre would wander.
    """
    for _ in range(2):
        own = _own(embeddings, voices)
        if min(int(mask.sum()) for mask in own) < RUN - 1:
            return None
        voices = np.stack([_unit(embeddings[mask].mean(0)) for mask in own])
    return voices


def _own(embeddings: Floats, voices: Floats) -> list[npt.NDArray[np.bool_]]:
    """For each of two voices or more, the windows that are surely its own."""
    near = _smooth(embeddings @ voices.T)
    first, second = np.sort(near, axis=1)[:, ::-1][:, :2].T
    return [(first - second > SURE) & (near.argmax(1) == i) for i in range(len(voices))]


def _assign(embeddings: Floats, voices: Floats) -> npt.NDArray[np.intp]:
    return np.asarray(_smooth(embeddings @ voices.T).argmax(1))


def _smooth(near: Floats) -> Floats:
    """Each window judged with the ones before and after it: voices last."""
    padded = np.pad(near, ((1, 1), (0, 0)), "edge")
    return np.asarray((padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4)


def _unit(vector: Floats) -> Floats:
    return vector / max(float(np.linalg.norm(vector)), 1e-9)

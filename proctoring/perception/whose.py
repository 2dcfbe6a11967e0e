"""Whose voice: the candidate's, somebody else's, or nobody can say.

A stretch of speech is compared with the middle of what is known of the candidate. The limits were
chosen on the tuning half of `benchmarks/voice_owner.py`; there are two, and between them
nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from proctoring.perception.clustering import Clustering
from proctoring.perception.frames import Numbers, are_in, distinct
from proctoring.perception.listening import FRAMES_PER_S, STEP_S, LocalSpeaker, Step

STRANGE = 0.34  # cosine to the middle, below which speech of a second or more is another's
STRANGE_AT_0_S = 0.10  # the same for hardly any speech, and
STRANGE_PER_S = 0.20  # what each second adds, up to STRANGE
ANYWAY = 0.45  # the candidate's own, even where clustering takes it for a second voice
BETWEEN = 0.06  # above it: unsure; from there on it is the candidate's own

HEARD_AGAIN_S = 5.0  # after a second began: steps that end later add little to it
FEWEST = 20  # frames of a second, 0.2 s: a shorter sound says nothing about that second
OVERLAPS = 30  # frames of a second in which two speak at once, one of them the candidate

Floats = npt.NDArray[np.float32]


class Whose(IntEnum):
    """Who is heard in one second."""

    NOBODY = 0  # silence, noise, music without a voice
    CANDIDATE = 1
    OTHER = 2
    BOTH = 3


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    speaker: LocalSpeaker
    margin: float  # of the cosine over the limit of a stranger's
    alike: float = 0.0  # the cosine itself

    @property
    def whose(self) -> Whose | None:
        """None: unsure."""
        return verdict(self.margin)


def verdict(margin: float) -> Whose | None:
    if margin < 0:
        return Whose.OTHER
    return Whose.CANDIDATE if margin >= BETWEEN else None


def middle(embeddings: Floats, seconds: Floats) -> Floats:
    """(192,), of length 1: of (n, 192), by how much speech each is made of."""
    centre = seconds @ embeddings
    return np.asarray(centre / max(float(np.linalg.norm(centre)), 1e-9), np.float32)


def spread_of(embeddings: Floats, seconds: Floats) -> float:
    """How much they are alike: the middle cosine of one to all the others; 1 where there is one."""
    if len(embeddings) == 1:
        return 1.0
    others = seconds @ embeddings - seconds[:, None] * embeddings
    others /= np.maximum(np.linalg.norm(others, axis=1, keepdims=True), 1e-9)
    return float(np.median(np.sum(others * embeddings, axis=1)))


def judge(
    known: Floats, speakers: Sequence[LocalSpeaker], clusters: Clustering | None = None
) -> tuple[Judged, ...]:
    """Each against the middle of the candidate's voice.

    Where clustering tells voices apart, one of them at most is the candidate's, the most alike:
    another must be alike beyond doubt, as the same voice in another tone is.
    """
    alike = np.array([float(known @ speaker.campplus) for speaker in speakers])
    limits = np.array([strange_below(speaker.seconds) for speaker in speakers])
    if clusters is not None and len(speakers) and clusters.labels.max() > 0:
        seconds = np.array([speaker.seconds for speaker in speakers])
        of_voice = np.bincount(clusters.labels, alike * seconds) / np.bincount(
            clusters.labels, seconds
        )
        others = clusters.labels != of_voice.argmax()
        others &= (of_voice < ANYWAY)[clusters.labels]
        limits = np.where(others, np.maximum(limits, ANYWAY), limits)
    margins = alike - limits
    return tuple(
        Judged(speaker, float(margin), float(cosine))
        for speaker, margin, cosine in zip(speakers, margins, alike, strict=True)
    )


def strange_below(seconds: float) -> float:
    """What short speech is like is less sure."""
    return min(STRANGE, STRANGE_AT_0_S + STRANGE_PER_S * seconds)


def frames_of(judged: Iterable[Judged], whose: Whose | None) -> Numbers:
    """The frames in which such voices are heard alone, each once."""
    found = [one.speaker.frames for one in judged if one.whose is whose]
    return distinct(found)


def seconds_between(
    start: int, end: int, steps: Sequence[Step], judged: Sequence[Judged]
) -> Iterator[tuple[int, Whose | None]]:
    """Who is heard in each whole second of media time; None is unsure.

    Where several steps heard it the third knows best that somebody speaks, because it heard what
    came after; whose voice it is, all of them vote.
    """
    for second in range(start, end):
        first = second * FRAMES_PER_S
        frames = np.arange(first, first + FRAMES_PER_S)
        near = [step for step in steps if second < step.end_s <= second + HEARD_AGAIN_S]
        spoken, overlap = np.zeros((2, FRAMES_PER_S), bool)
        for step in (step for step in near if len(step.speech)):
            so_far = frames < step.end_s * FRAMES_PER_S
            if not step.is_look:
                so_far &= frames >= (step.end_s - STEP_S) * FRAMES_PER_S
            spoken[so_far] = are_in(first, FRAMES_PER_S, step.speech)[so_far]
            overlap |= are_in(first, FRAMES_PER_S, step.overlap)
        yield second, _of_second(first, spoken, overlap, judged)


def _of_second(
    first: int,
    spoken: npt.NDArray[np.bool_],
    overlap: npt.NDArray[np.bool_],
    judged: Sequence[Judged],
) -> Whose | None:
    if spoken.sum() < FEWEST:
        return Whose.NOBODY
    votes = {whose: np.zeros(FRAMES_PER_S) for whose in (Whose.CANDIDATE, Whose.OTHER)}
    for one in judged:
        if one.whose is not None:
            is_active = are_in(first, FRAMES_PER_S, one.speaker.active)
            votes[one.whose] += is_active * max(abs(one.margin), 0.01)
    own, others = votes[Whose.CANDIDATE], votes[Whose.OTHER]
    candidate = (own > 0) & (overlap | (own >= others))
    other = (others > 0) & (overlap | (others > own))
    heard = (candidate.sum() >= FEWEST, other.sum() >= FEWEST)
    if heard[0] and overlap.sum() >= OVERLAPS:
        return Whose.BOTH
    if all(heard):
        return Whose.BOTH
    if any(heard):
        return Whose.CANDIDATE if heard[0] else Whose.OTHER
    return None

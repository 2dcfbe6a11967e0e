"""Who spoke when in a whole recording: for files, where what comes later may be heard first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from proctoring.perception import segmentation
from proctoring.perception.clustering import Clustering, cluster
from proctoring.perception.frames import Numbers
from proctoring.perception.listening import FRAMES_PER_S, STEP, Listener, LocalSpeaker, Step
from proctoring.types import SAMPLE_RATE, Sound

PIECE = 30 * SAMPLE_RATE  # samples heard at a time, to bound the memory
BRIDGE_S = 0.3  # a shorter pause inside a turn is part of it
SHORTEST_S = 0.2  # a shorter sound is a click or a breath

Segment = tuple[float, float, int]  # start s, end s, speaker (0 spoke most)


@dataclass(frozen=True, slots=True)
class SpeakerReport:
    speaker_count: int
    speech_s: float
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Listened:
    """All that was heard of a recording."""

    steps: tuple[Step, ...]
    samples: int  # of the recording

    @property
    def speakers(self) -> tuple[LocalSpeaker, ...]:
        return tuple(speaker for step in self.steps for speaker in step.speakers)

    def clusters(self) -> Clustering:
        """Of `speakers`."""
        return cluster(self.speakers, max((step.overlap_s for step in self.steps), default=0.0))


class Remembered(Listener):
    """Gives out steps that were heard before, each when its last sample comes."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self._steps = list(steps)[::-1]
        self._heard_s = 0.0

    def anew(self, start_s: float) -> Listener:
        return self

    def hear(self, samples: Sound) -> Iterator[Step]:
        self._heard_s += len(samples) / SAMPLE_RATE
        while self._steps and self._steps[-1].end_s <= self._heard_s + 1e-6:
            yield self._steps.pop()


def listen(samples: Sound, listener: Listener | None = None) -> Listened:
    """To 16 kHz mono sound of any length. Times are seconds from its first sample."""
    listener = listener or Listener()
    sound = np.concatenate([samples, np.zeros(2 * STEP, np.float32)])  # the last look, too
    steps = (
        step
        for start in range(0, len(sound), PIECE)
        for step in listener.hear(sound[start : start + PIECE])
    )
    return Listened(tuple(steps), len(samples))


def speakers(samples: Sound, listener: Listener | None = None) -> SpeakerReport:
    """Diarizes it, as `listen` takes it."""
    listened = listen(samples, listener)
    return diarize(listened, listened.clusters())


def diarize(listened: Listened, clusters: Clustering) -> SpeakerReport:
    if clusters.count == 0:
        return SpeakerReport(0, 0.0, ())
    heard = _heard(listened.steps, clusters, listened.samples * FRAMES_PER_S // SAMPLE_RATE)
    segments = sorted(segment for row, one in enumerate(heard) for segment in _segments(one, row))
    speech_s = float(heard.any(axis=0).sum()) / FRAMES_PER_S
    return SpeakerReport(clusters.count, speech_s, tuple(segments))


def _heard(steps: Sequence[Step], clusters: Clustering, length: int) -> npt.NDArray[np.bool_]:
    """(speakers, frames): who is heard in each 10 ms, by the votes of all steps that heard them.

    As many are heard as most steps say, one or two; those with the most votes.
    """
    votes = np.zeros((clusters.count, length))
    asked, spoken, overlapped = np.zeros((3, length))
    votes_of = iter(zip(clusters.labels, clusters.margins, strict=True))
    for step in steps:
        for speaker in step.speakers:
            label, margin = next(votes_of)
            _add(votes[label], speaker.active, margin)
        if not step.is_look:
            continue
        if len(step.speech):
            end = round(step.end_s * FRAMES_PER_S)
            _add(asked, np.arange(max(0, end - segmentation.LONGEST_S * FRAMES_PER_S), end))
        _add(spoken, step.speech)
        _add(overlapped, step.overlap)
    if len({*clusters.labels}) < clusters.count:  # who only ever speaks with another
        votes[-1] = np.minimum(overlapped, votes[0] / 2)
    some, two = spoken * 2 > asked, overlapped * 2 > asked
    rank = np.argsort(np.argsort(-votes, axis=0, kind="stable"), axis=0, kind="stable")
    return np.asarray((rank < 1 * some + two) & (votes > 0))


def _add(row: npt.NDArray[np.float64], frames: Numbers, weight: float = 1.0) -> None:
    row[frames[frames < len(row)]] += weight


def _segments(heard: npt.NDArray[np.bool_], speaker: int) -> list[Segment]:
    """One speaker's turns: short pauses bridged, what is shorter than a word left out."""
    edges = np.flatnonzero(np.diff(heard.astype(np.int8), prepend=0, append=0)) / FRAMES_PER_S
    joined: list[tuple[float, float]] = []
    for start, end in edges.reshape(-1, 2).tolist():
        if joined and start - joined[-1][1] <= BRIDGE_S:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return [(start, end, speaker) for start, end in joined if end - start >= SHORTEST_S]

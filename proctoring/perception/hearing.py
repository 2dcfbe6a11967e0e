"""Sound and what is heard in it: computed once at most for all who listen, and only if asked."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from propcache.api import cached_property

from proctoring.perception.clustering import Clustering, cluster
from proctoring.perception.listening import STEP_S, Listener, LocalSpeaker, Step
from proctoring.types import AudioChunk, Sound

MEMORY = 42  # steps in which somebody spoke, a minute of speech
HEARD_S = 12.0  # a voice not heard for longer is no longer counted
GAP_S = 0.25  # a larger jump in the stream's time is a break in the stream
CLIPPED = 0.999  # of full scale
CLIPPED_SHARE = 0.02  # of the samples of a piece; from here on voices are distorted
TOO_LOUD = "sound too loud: it is clipped"


@dataclass(eq=False)
class Heard:
    """1.44 s more, and the minute of speech that it ends."""

    step: Step
    is_clipped: bool  # too loud: voices are distorted, and nothing of it is remembered
    remembered: tuple[Step, ...]  # a minute of speech, however long ago
    count: int | None = None  # of voices, if `analysers.speakers` has been asked

    @property
    def t(self) -> float:
        """Media time of its end."""
        return self.step.end_s

    @property
    def recent(self) -> tuple[Step, ...]:
        return tuple(step for step in self.remembered if step.end_s > self.t - HEARD_S)

    @cached_property
    def speakers(self) -> tuple[LocalSpeaker, ...]:
        return tuple(speaker for step in self.remembered for speaker in step.speakers)

    @cached_property
    def clusters(self) -> Clustering:
        """Of `speakers`."""
        return cluster(self.speakers, max((step.overlap_s for step in self.recent), default=0.0))


@dataclass(frozen=True, eq=False)
class Hearing(AudioChunk):
    """A chunk that can be asked what is heard in it."""

    ear: Ear = field(kw_only=True)

    @cached_property
    def steps(self) -> tuple[Heard, ...]:
        """Those that this chunk completes."""
        return tuple(self.ear.follow(self))


class Ear:
    """Follows one candidate's sound through breaks and gaps, on the stream's own clock."""

    def __init__(self, listener: Listener | None = None) -> None:
        self._listener = listener
        self._started = False
        self._memory: deque[Step] = deque(maxlen=MEMORY)
        self._end_t = 0.0  # media time of the first sample not yet heard
        self._clipped_until_t = float("-inf")

    def hear(self, chunk: AudioChunk) -> Hearing:
        """Each in its order. One that somebody hears already stays as it is."""
        if isinstance(chunk, Hearing):
            return chunk
        return Hearing(chunk.t, chunk.samples, chunk.sample_rate, ear=self)

    def follow(self, chunk: AudioChunk) -> Iterator[Heard]:
        """For `Hearing` alone: a chunk that is followed twice would be heard twice."""
        self._listener = listener = self._listener or Listener()
        if not self._started or abs(chunk.t - self._end_t) > GAP_S:
            self._started = True
            self._listener = listener = listener.anew(chunk.t)
            self._end_t = chunk.t
        self._end_t += len(chunk.samples) / chunk.sample_rate
        if is_clipped(chunk.samples):
            self._clipped_until_t = self._end_t + STEP_S
        for step in listener.hear(chunk.samples):
            is_distorted = step.end_s <= self._clipped_until_t
            if len(step.speech) and not is_distorted:
                self._memory.append(step)
            yield Heard(step, is_distorted, tuple(self._memory))


def is_clipped(samples: Sound) -> bool:
    return len(samples) > 0 and float((np.abs(samples) >= CLIPPED).mean()) > CLIPPED_SHARE

"""The pipelines of one session, one after the other.

A pause ends one, and what comes after it is measured by a fresh one, which knows the candidate as
the one before did: so nothing that happens in a pause, and no length of it, can become an
observation. It is the same when what is measured of the candidate changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from proctoring.acts.adjustments import NONE, Adjustments
from proctoring.coverage import Pause
from proctoring.pipeline import COVERAGE_EVERY_S, Pipeline, Record
from proctoring.recall import Learned
from proctoring.types import PAGE_OPENED, AudioChunk, BrowserEvent, Sample, Tick, VideoFrame

# Of the wall-clock time at which its own begins, what is adjusted, and what was learned before.
MakePipeline = Callable[[datetime, Adjustments, Sequence[Learned]], Pipeline]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the session is to be like from now on."""

    is_paused: bool = False
    adjustments: Adjustments = NONE


class Stretches:
    """Of one session. Times are media time of the session, in seconds, unless said otherwise."""

    def __init__(
        self,
        make_pipeline: MakePipeline,
        started_at: datetime,
        adjustments: Adjustments = NONE,
        begun_t: float = 0.0,
        learned: Sequence[Learned] = (),
    ) -> None:
        """`begun_t` and `learned`: of one that takes the place of another."""
        self._make = make_pipeline
        self._started_at = started_at
        self._is = Wish(adjustments=adjustments)
        self._pause: Pause | None = None
        self._told_t = 0.0  # of the coverage of a pause
        self.begun_t = begun_t  # of the pipeline
        self.pipeline = make_pipeline(self._at(begun_t), adjustments, learned)

    @property
    def is_paused(self) -> bool:
        return self._pause is not None

    def heed(self, wish: Wish, now: float, *, is_attended: bool) -> Iterator[Record]:
        """`is_attended`: the page's own line is open."""
        if wish != self._is:
            was_paused = self.is_paused
            yield from self._end(now)
            if not was_paused or not wish.is_paused:
                yield from self._begin(wish, now, is_attended)
            self._is = wish  # last: what failed is tried again
        elif self._pause and now - self._told_t >= COVERAGE_EVERY_S:
            self._told_t = now
            yield self._pause.until(self._at(now))

    def process(self, sample: Sample) -> list[Record]:
        """Nothing of what came in a pause, or before the pipeline began."""
        if self._pause:
            return []
        t = sample.t - self.begun_t
        match sample:
            case BrowserEvent():
                t = max(0.0, t)
                return self.pipeline.process(replace(sample, t=t, ago_s=min(sample.ago_s, t)))
            case VideoFrame() | AudioChunk() | Tick():
                return self.pipeline.process(replace(sample, t=t)) if t >= 0 else []

    def close(self, now: float) -> list[Record]:
        return list(self._end(now))

    def _begin(self, wish: Wish, now: float, is_attended: bool) -> Iterator[Record]:
        if wish.is_paused:
            self._pause, self._told_t = self.pipeline.paused(self._at(now)), now
            return
        learned = self.pipeline.learned
        self.pipeline = self._make(self._at(now), wish.adjustments, learned)
        self._pause, self.begun_t = None, now
        if is_attended:
            yield from self.pipeline.process(BrowserEvent(0.0, PAGE_OPENED))

    def _end(self, now: float) -> Iterator[Record]:
        if self._pause:
            yield self._pause.until(self._at(now))
        else:
            yield from self.pipeline.close(now - self.begun_t)

    def _at(self, t: float) -> datetime:
        return self._started_at + timedelta(seconds=t)

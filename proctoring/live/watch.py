"""One candidate, watched: what comes of each sample, without threads and wherever it runs.

`Session` asks it turn by turn. What goes in and out is frozen and can be sent to another process,
so `engines` may put the watch there.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from proctoring import evidence
from proctoring.acts.adjustments import NONE, Adjustments
from proctoring.challenge import Asked
from proctoring.coverage import PAUSED
from proctoring.live.recheck import Recheck, Rechecked
from proctoring.live.stretches import MakePipeline, Stretches, Wish
from proctoring.pipeline import Record
from proctoring.recall import Learned
from proctoring.rungs import Rung
from proctoring.types import Measured, Observation, Sample, VideoFrame

logger = logging.getLogger(__name__)

FRESH_S = 3.0  # an observation or a sample older than this says nothing about now


@dataclass(frozen=True, slots=True)
class SignalStatus:
    signal: str
    state: Measured
    value: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class Status:
    """What a page may know about a running session. A snapshot; safe to share."""

    t: float = 0.0  # s of media time when something was last handled
    is_running: bool = True
    video_t: float | None = None  # s, when the newest picture came, handled or not
    audio_t: float | None = None  # s, when the newest sound came
    signals: tuple[SignalStatus, ...] = ()
    exempt: tuple[str, ...] = ()  # signals that are not measured of this candidate
    is_paused: bool = False
    broken: tuple[str, ...] = ()  # titles of analysers that are off
    dropped: int = 0  # samples that had to give way
    asked: Asked | None = None  # what the page is to ask of the candidate


@dataclass(frozen=True, slots=True)
class Work:
    """All that a watch is made of."""

    make_pipeline: MakePipeline
    started_at: datetime  # of media time 0, in UTC
    adjustments: Adjustments = NONE
    stills_per_s: float = 1.0
    # For one that takes the place of another that was lost:
    begun_t: float = 0.0  # s of media time
    learned: tuple[Learned, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """A sample, and how things stand."""

    sample: Sample
    now: float  # s of media time
    wish: Wish
    is_attended: bool = False  # the page's own line is open
    recheck_t: float | None = None  # s of media time, when a proctor last asked who it is
    rung: Rung = Rung.ALL


@dataclass(frozen=True, slots=True)
class Outcome:
    records: tuple[Record, ...]  # in the order in which to save them
    status: Status
    observed: tuple[Observation, ...] = ()  # what is new, by session time, without boxes
    still: bytes = b""  # a small JPEG, if it is time for one
    rechecked: Rechecked | None = None


class Lost(Exception):
    """Where the watch ran has ended; another has to take its place."""


class Watching(Protocol):
    """A `Watch`, here or elsewhere. Both raise Lost where it is elsewhere."""

    def handle(self, turn: Turn) -> Outcome: ...

    def close(self, now: float) -> Outcome: ...


class Watch:
    def __init__(self, work: Work) -> None:
        self._stretches = Stretches(
            work.make_pipeline, work.started_at, work.adjustments, work.begun_t, work.learned
        )
        self._still_period = 1 / work.stills_per_s
        self._next_still_t = 0.0
        self._told: dict[str, Observation] = {}
        self._recheck: Recheck | None = None  # one at a time
        self._asked_t: float | None = None

    def handle(self, turn: Turn) -> Outcome:
        """An exam must not go unwatched because of one sample: what fails is logged and left."""
        records: list[Record] = []
        still, rechecked = b"", None
        try:
            records.extend(self._stretches.heed(turn.wish, turn.now, is_attended=turn.is_attended))
            self._stretches.pipeline.step_to(turn.rung)
            records.extend(self._stretches.process(turn.sample))
            if isinstance(turn.sample, VideoFrame):
                still = self._still(turn.sample)
            rechecked = self._check_again(turn)
        except Exception:
            logger.exception("Skipped a sample")
        return Outcome(
            tuple(records), self._status(turn.now), tuple(self._observed()), still, rechecked
        )

    def close(self, now: float) -> Outcome:
        """What has arrived is judged, what is open closes."""
        records = tuple(self._stretches.close(now))
        return Outcome(records, replace(self._status(now), is_running=False))

    def _check_again(self, turn: Turn) -> Rechecked | None:
        if turn.recheck_t is not None and turn.recheck_t != self._asked_t:
            self._asked_t, self._recheck = turn.recheck_t, Recheck(turn.recheck_t)
        if self._recheck is None:
            return None
        of = self._stretches
        found = self._recheck.step(of.pipeline, turn.now, of.begun_t, of.is_paused)
        if found:
            self._recheck = None
        return found

    def _still(self, frame: VideoFrame) -> bytes:
        if frame.t < self._next_still_t:
            return b""
        self._next_still_t = frame.t + self._still_period
        return evidence.still(frame.image)

    def _observed(self) -> Iterator[Observation]:
        if self._stretches.is_paused:
            return
        for signal, one in self._stretches.pipeline.latest.items():
            if self._told.get(signal) is not one:
                self._told[signal] = one
                yield replace(one, t=one.t + self._stretches.begun_t, boxes=())

    def _status(self, now: float) -> Status:
        pipeline, is_paused = self._stretches.pipeline, self._stretches.is_paused
        return Status(
            t=now,
            signals=tuple(self._signal(signal, now) for signal in pipeline.signals),
            exempt=tuple(pipeline.exempt),
            is_paused=is_paused,
            broken=tuple(pipeline.broken.values()),
            asked=None if is_paused else pipeline.asked,
        )

    def _signal(self, signal: str, now: float) -> SignalStatus:
        if self._stretches.is_paused:
            return SignalStatus(signal, Measured.NOT_MEASURED, None, PAUSED)
        pipeline, now = self._stretches.pipeline, now - self._stretches.begun_t
        latest = pipeline.latest.get(signal)
        holds_s = max(FRESH_S, pipeline.signals[signal] * pipeline.rung.stretch + 1)
        if latest is None or now - latest.t > holds_s:
            return SignalStatus(signal, Measured.NOT_MEASURED, None, "nothing comes in")
        if latest.value is None:
            return SignalStatus(signal, Measured.DEGRADED, None, latest.reason)
        if why := pipeline.limits.get(signal):
            return SignalStatus(signal, Measured.DEGRADED, latest.value, why)
        return SignalStatus(signal, Measured.MEASURED, latest.value, "")

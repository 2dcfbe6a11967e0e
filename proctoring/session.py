"""Threads: one worker per candidate, fed through a mailbox that never blocks."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from proctoring import evidence
from proctoring.challenge import Asked
from proctoring.coverage import PAUSED
from proctoring.pipeline import Pipeline, Record
from proctoring.reports import Reports
from proctoring.stretches import Stretches, Wish
from proctoring.types import (
    PAGE_CLOSED,
    PAGE_OPENED,
    AudioChunk,
    BrowserEvent,
    Measured,
    Sample,
    Tick,
    VideoFrame,
)

logger = logging.getLogger(__name__)

MAX_QUEUED = 240  # samples that keep their order; two minutes of half-second sound
TICK_S = 1.0
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

    t: float = 0.0  # s of media time when it was taken
    is_running: bool = True
    video_t: float | None = None  # s, when the newest picture came
    audio_t: float | None = None  # s, when the newest sound came
    signals: tuple[SignalStatus, ...] = ()
    exempt: tuple[str, ...] = ()  # signals that are not measured of this candidate
    is_paused: bool = False
    broken: tuple[str, ...] = ()  # titles of analysers that are off
    dropped: int = 0  # samples that had to give way
    asked: Asked | None = None  # what the page is to ask of the candidate


@dataclass(frozen=True, slots=True)
class Still:
    """The newest picture, small, for the desk."""

    jpeg: bytes
    at: datetime  # UTC


class Mailbox:
    """Newest picture only; sound and browser events in order. Drops are counted."""

    def __init__(self, maxlen: int = MAX_QUEUED) -> None:
        self._ready = threading.Condition()
        self._frame: VideoFrame | None = None
        self._queue: deque[Sample] = deque(maxlen=maxlen)
        self._is_closed = False
        self.dropped = 0

    def put(self, sample: Sample) -> None:
        """Never waits, so any thread may call it, the event loop's too."""
        with self._ready:
            if self._is_closed:
                return
            if isinstance(sample, VideoFrame):
                self.dropped += self._frame is not None
                self._frame = sample
            else:
                self.dropped += len(self._queue) == self._queue.maxlen
                self._queue.append(sample)
            self._ready.notify()

    def get(self, timeout: float) -> Sample | None:
        """The next sample; None if none came in `timeout` seconds, or it is closed and empty."""
        with self._ready:
            self._ready.wait_for(self._has_mail, timeout)
            if self._queue:
                return self._queue.popleft()
            frame, self._frame = self._frame, None
            return frame

    def close(self) -> None:
        """What is in it is still handed out; nothing more is taken."""
        with self._ready:
            self._is_closed = True
            self._ready.notify()

    @property
    def is_done(self) -> bool:
        with self._ready:
            return self._is_closed and not self._queue and self._frame is None

    def _has_mail(self) -> bool:
        return bool(self._queue) or self._frame is not None or self._is_closed


class Session:
    """A pipeline on a worker thread of its own. `save` must not block."""

    def __init__(
        self,
        make_pipeline: Callable[[datetime], Pipeline],
        save: Callable[[Record], None],
        *,
        name: str,
        stills_per_s: float = 1.0,
        is_paused: bool = False,
    ) -> None:
        self._epoch = time.monotonic()
        self.started_at = datetime.now(UTC)
        self._stretches = Stretches(make_pipeline, self.started_at)
        self._wish = Wish(is_paused)  # replaced whole
        self._save = save
        self._still_period = 1 / stills_per_s
        self._next_still_t = 0.0
        self._mailbox = Mailbox()
        self._reports = Reports()
        self._is_attended = False
        self._video_t: float | None = None
        self._audio_t: float | None = None
        self.status = Status()  # replaced whole by the worker, never changed
        self.still: Still | None = None
        self._thread = threading.Thread(target=self._run, name=f"session-{name}", daemon=True)
        self._thread.start()

    def clock(self) -> float:
        """Media time, in seconds."""
        return time.monotonic() - self._epoch

    def offer(self, sample: Sample) -> None:
        self._mailbox.put(sample)

    def report(self, event_id: str, name: str, detail: str, ago_s: float = 0.0) -> None:
        """What the page reported, once: it sends again what was not acknowledged.

        Called on the server's event loop and on no other thread.
        """
        for event in self._reports.take(event_id, name, detail, ago_s, self.clock()):
            self.offer(event)

    def beat(self, prefix: str, count: int, detail: str) -> None:
        """A sign of life of the page: how much it has reported, and how it stands.

        Called on the server's event loop and on no other thread.
        """
        for event in self._reports.beat(prefix, count, detail, self.clock()):
            self.offer(event)

    def attend(self, is_there: bool) -> None:
        """The page's own line is open, or it has closed. As often as one likes.

        Called on the server's event loop and on no other thread.
        """
        if is_there != self._is_attended:
            self._is_attended = is_there
            name = PAGE_OPENED if is_there else PAGE_CLOSED
            self._mailbox.put(BrowserEvent(self.clock(), name))

    def pause(self) -> None:
        """Nothing is measured until `resume`; the picture is still there for the desk."""
        self._wish = replace(self._wish, is_paused=True)

    def resume(self) -> None:
        self._wish = replace(self._wish, is_paused=False)

    def renew(self) -> None:
        """What is measured has changed: from now on by a new pipeline."""
        self._wish = replace(self._wish, version=self._wish.version + 1)

    def close(self, timeout: float = 10.0) -> None:
        """Judge what has arrived, close what is open, stop the thread."""
        self._mailbox.close()
        self._thread.join(timeout)

    def _run(self) -> None:
        while True:
            sample = self._mailbox.get(TICK_S)
            if sample is None and self._mailbox.is_done:
                break
            self._handle(sample or Tick(self.clock()))
        try:
            for record in self._stretches.close(self.clock()):
                self._save(record)
        finally:
            self._publish(is_running=False)

    def _handle(self, sample: Sample) -> None:
        try:
            now, is_attended = self.clock(), self._is_attended
            for record in self._stretches.heed(self._wish, now, is_attended=is_attended):
                self._save(record)
            for record in self._stretches.process(sample):
                self._save(record)
            if isinstance(sample, VideoFrame):
                self._video_t = sample.t
                self._make_still(sample)
            elif isinstance(sample, AudioChunk):
                self._audio_t = sample.end_t
            self._publish()
        except Exception:  # an exam must not go unwatched because of one sample
            logger.exception("Skipped a sample")

    def _make_still(self, frame: VideoFrame) -> None:
        if frame.t >= self._next_still_t:
            self._next_still_t = frame.t + self._still_period
            self.still = Still(evidence.still(frame.image), datetime.now(UTC))

    def _publish(self, *, is_running: bool = True) -> None:
        now, pipeline = self.clock(), self._stretches.pipeline
        self.status = Status(
            t=now,
            is_running=is_running,
            video_t=self._video_t,
            audio_t=self._audio_t,
            signals=tuple(self._signal(signal, now) for signal in pipeline.signals),
            exempt=tuple(pipeline.exempt),
            is_paused=self._stretches.is_paused,
            broken=tuple(pipeline.broken.values()),
            dropped=self._mailbox.dropped,
            asked=None if self._stretches.is_paused else pipeline.asked,
        )

    def _signal(self, signal: str, now: float) -> SignalStatus:
        if self._stretches.is_paused:
            return SignalStatus(signal, Measured.NOT_MEASURED, None, PAUSED)
        pipeline, now = self._stretches.pipeline, now - self._stretches.begun_t
        latest = pipeline.latest.get(signal)
        holds_s = max(FRESH_S, pipeline.signals[signal] + 1)
        if latest is None or now - latest.t > holds_s:
            return SignalStatus(signal, Measured.NOT_MEASURED, None, "nothing comes in")
        if latest.value is None:
            return SignalStatus(signal, Measured.DEGRADED, None, latest.reason)
        return SignalStatus(signal, Measured.MEASURED, latest.value, "")

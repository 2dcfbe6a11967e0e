"""A candidate's running exam: what comes in waits its turn, what comes of it is handed on.

The work itself is a `Watch`, which an engine runs here or in another process.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from proctoring.acts.adjustments import NONE, Adjustments
from proctoring.live.engines import HERE, Engine
from proctoring.live.ladder import Ladder
from proctoring.live.mailbox import Mailbox
from proctoring.live.recent import Recent
from proctoring.live.recheck import Rechecked
from proctoring.live.reports import Reports
from proctoring.live.stretches import MakePipeline, Wish
from proctoring.live.unfinished import Unfinished
from proctoring.live.watch import Lost, Outcome, Status, Turn, Work
from proctoring.pipeline import Record
from proctoring.rungs import Rung
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

TICK_S = 1.0
BEHIND_S = 5.0  # without anything handled: what is known says nothing about now
BEHIND = "the server is behind"


@dataclass(frozen=True, slots=True)
class Still:
    """The newest picture, small, for the desk."""

    jpeg: bytes
    at: datetime  # UTC


class Session:
    """One candidate's exam: what comes in waits here for its turn. `save` must not block."""

    def __init__(
        self,
        make_pipeline: MakePipeline,
        save: Callable[[Record], None],
        *,
        name: str,
        stills_per_s: float = 1.0,
        is_paused: bool = False,
        adjustments: Adjustments = NONE,
        engine: Engine = HERE,
        ladder: Ladder | None = None,
    ) -> None:
        """`ladder` is the server's; without one all is looked at, however late."""
        self._epoch = time.monotonic()
        self.started_at = datetime.now(UTC)
        self._name = name
        self._engine = engine
        self._ladder = ladder
        self._work = Work(make_pipeline, self.started_at, adjustments, stills_per_s)
        self._watch = engine.watch(self._work)
        self._wish = Wish(is_paused, adjustments)  # replaced whole
        self._save = save
        self._unfinished = Unfinished()
        self._mailbox = Mailbox()
        self._dropped = 0  # by the mailbox, when the last sample was handled
        self._reports = Reports()
        self._is_attended = False
        self._recheck_t: float | None = None
        self.rechecked: deque[Rechecked] = deque()  # what came of them; taken from the left
        self.recent = Recent(self.started_at)
        self._status = Status()  # replaced whole by the worker, never changed
        self._came = dict[type[Sample], float]()  # s of media time, when the newest of each came
        self.still: Still | None = None
        self._thread = threading.Thread(target=self._run, name=f"session-{name}", daemon=True)
        self._thread.start()

    def clock(self) -> float:
        """Media time, in seconds."""
        return time.monotonic() - self._epoch

    @property
    def status(self) -> Status:
        """As it was when something was last handled; what comes in counts before it is."""
        status = replace(
            self._status,
            video_t=self._came.get(VideoFrame),
            audio_t=self._came.get(AudioChunk),
            dropped=self._mailbox.dropped,
        )
        if not status.is_running or self.clock() - status.t <= BEHIND_S:
            return status
        unknown = (
            replace(one, state=Measured.NOT_MEASURED, value=None, reason=BEHIND)
            for one in status.signals
        )
        return replace(status, signals=tuple(unknown))

    def offer(self, sample: Sample) -> None:
        self._came[type(sample)] = sample.end_t if isinstance(sample, AudioChunk) else sample.t
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

    def adjust(self, adjustments: Adjustments) -> None:
        """What is measured has changed: from now on by a new pipeline."""
        self._wish = replace(self._wish, adjustments=adjustments)

    def recheck(self) -> None:
        """Compare the person anew with the one at the beginning; the result comes soon."""
        self._recheck_t = self.clock()

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
            self._take(self._watch.close(self.clock()))
        except Exception:
            logger.exception("Could not end the watch of %s", self._name)
            self._close_open()
        finally:
            self._status = replace(self._status, is_running=False)

    def _handle(self, sample: Sample) -> None:
        """What was accepted is not lost with the place where it was looked at."""
        try:
            try:
                self._take(self._watch.handle(self._turn(sample)))
            except Lost:
                self._begin_anew()
                self._take(self._watch.handle(self._turn(sample)))
        except Exception:  # an exam must not go unwatched because of one; the next begins anew
            logger.exception("Skipped a sample")
        if self._ladder:
            late_s = self.clock() - sample.end_t if isinstance(sample, AudioChunk) else 0.0
            self._ladder.note(self._mailbox.dropped - self._dropped, late_s=late_s)
            self._dropped = self._mailbox.dropped

    def _turn(self, sample: Sample) -> Turn:
        rung = self._ladder.rung if self._ladder else Rung.ALL
        return Turn(sample, self.clock(), self._wish, self._is_attended, self._recheck_t, rung)

    def _take(self, outcome: Outcome) -> None:
        try:
            for record in outcome.records:
                self._unfinished.note(record)
                self._save(record)
        except Exception:  # an exam must not go unwatched because of one record
            logger.exception("Could not hand on a record")
        self.recent.note(outcome.observed)
        if outcome.still:
            self.still = Still(outcome.still, datetime.now(UTC))
        if outcome.rechecked:
            self.rechecked.append(outcome.rechecked)
            self._recheck_t = None  # another watch would answer it again
        self._status = outcome.status

    def _begin_anew(self) -> None:
        """Elsewhere, with what is known of the candidate. What was not looked at is a gap."""
        logger.warning("The watch of %s is lost; another takes its place", self._name)
        self._close_open()
        self._work = replace(
            self._work,
            adjustments=self._wish.adjustments,
            begun_t=self.clock(),
            learned=self._unfinished.learned,
        )
        self._watch = self._engine.watch(self._work)
        if self._is_attended:
            opened = BrowserEvent(self.clock(), PAGE_OPENED)
            self._take(self._watch.handle(self._turn(opened)))

    def _close_open(self) -> None:
        for occurrence in self._unfinished.close():
            self._save(occurrence)

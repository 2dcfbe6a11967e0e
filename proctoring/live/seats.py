"""The candidates who are in an exam now: a session each, and the page that feeds it."""

from __future__ import annotations

import itertools
import logging
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from proctoring.acts.ledger import Ledger
from proctoring.acts.standing import AS_EVER, Standing, deadline
from proctoring.audit import events
from proctoring.audit.journal import Journal
from proctoring.exam import Enrolment
from proctoring.live.capture import Capture
from proctoring.live.engines import Engine
from proctoring.live.ladder import Ladder
from proctoring.live.measuring import Measuring
from proctoring.live.opening import NotLetIn, NotNow, Unheard, check_can_listen, check_open
from proctoring.live.recheck import Rechecked
from proctoring.live.session import Session
from proctoring.live.snapshots import Snapshots
from proctoring.recall import recall
from proctoring.settings import Settings
from proctoring.store import Store, StoreError
from proctoring.store.writer import StoreWriter

__all__ = ["NotLetIn", "NotNow", "Seat", "Seats", "Unheard", "check_can_listen", "check_open"]
__all__ += ["STARTED", "left_s"]

STARTED = "participant.started"
PRESENT_S = 15.0  # nothing came for so long: other servers are not told of this seat any more
AWAY_AFTER_S = 300.0  # nothing came from a candidate for so long: the session rests


_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Seat:
    """A candidate's running session and the page that feeds it now."""

    session: Session
    deadline: datetime  # UTC, as things stood at the last look; a pause moves it
    meeting_id: str = ""
    held: Standing = AS_EVER  # what people did, likewise
    looked_at: datetime | None = None  # UTC, then
    page: int = 0  # number of the newest page; older ones are not listened to
    is_connected: bool = False  # the page's own socket is open
    last_contact_t: float = 0.0  # s of media time
    tracks: tuple[Any, Any] = (None, None)  # aiortc video and audio, for live views
    snapshots: tuple[str, Snapshots] | None = None  # of which sender, where there is no WebRTC
    connection: tuple[Any, Any] = (None, None)  # aiortc's, and the `snapshots` before it


def left_s(seat: Seat, now: datetime) -> int:
    """Working time that is left, in s; a pause stops it."""
    at = seat.looked_at if seat.held.paused_at and seat.looked_at else now
    return max(0, round((seat.deadline - at).total_seconds()))


class Seats:
    """Safe to call from any thread."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        writer: StoreWriter,
        journal: Journal,
        ledger: Ledger,
        engine: Engine,
        ladder: Ladder,
    ) -> None:
        self._settings = settings
        self._engine = engine
        self._ladder = ladder
        self._store = store
        self._ledger = ledger
        self._writer = writer
        self._journal = journal
        self._seats: dict[str, Seat] = {}  # by participant id
        self._pages = itertools.count(1)
        self._lock = threading.Lock()
        self._heeding = threading.Lock()

    def open_page(self, participant_id: str) -> tuple[Seat, Capture, int]:
        """The candidate's seat, for a page that begins or comes back. The newest page wins."""
        sits = self._running(participant_id) is not None
        known = None if sits else self._recall(participant_id)  # asks a network: without the lock
        with self._lock:
            seat = self._running(participant_id)
            if seat is None:
                seat = self._seats[participant_id] = self._begin(participant_id, known)
            seat.page = page = next(self._pages)
            seat.last_contact_t = seat.session.clock()
        session, is_newest = seat.session, lambda: seat.page == page
        capture = Capture(
            session.offer,
            session.clock,
            frames_per_s=self._settings.frames_per_s,
            is_current=is_newest,
            least_period_s=lambda: self._ladder.rung.picture_every_s,
        )
        return seat, capture, page

    def get(self, participant_id: str) -> Seat | None:
        """The running one, or None."""
        return self._seats.get(participant_id)

    def leave_the_finished(self) -> None:
        """An older tab may be open here, of who finished or was erased at another server."""
        for participant_id in list(self._seats):
            participant = self._store.participant(participant_id)
            if participant.finished_at or participant.erased_at:
                self.end(participant_id)
            if participant.erased_at:
                self._ledger.forget(participant.meeting_id, participant_id)

    def held(self) -> dict[str, list[str]]:
        """Ids of the participants from whom something comes in, by meeting."""
        held: dict[str, list[str]] = {}
        for participant_id, seat in sorted(self._seats.items()):
            if not self._is_silent(seat, PRESENT_S):
                held.setdefault(seat.meeting_id, []).append(participant_id)
        return held

    def end(self, participant_id: str) -> None:
        """Everything observed so far is judged first."""
        with self._lock:
            seat = self._seats.pop(participant_id, None)
        if seat:
            seat.session.close()

    def tend(self, now: datetime) -> list[str]:
        """Rest what nobody feeds; the ids of the participants whose time is up."""
        over = []
        for participant_id, seat in list(self._seats.items()):
            self.heed(participant_id, now)
            if now >= seat.deadline:
                over.append(participant_id)
            elif self._is_silent(seat, AWAY_AFTER_S):
                self.end(participant_id)
        return over

    def heed(self, participant_id: str, now: datetime) -> None:
        """Let what people did since the last look take effect. What cannot be read now stands."""
        seat = self._seats.get(participant_id)
        if seat is None:
            return
        with suppress(StoreError), self._heeding:
            participant = self._store.participant(participant_id)
            meeting = self._store.meeting(participant.meeting_id)
            held = self._ledger.standing(meeting.id, participant_id, now)
            if participant.started_at:
                seat.deadline = deadline(meeting, participant.started_at, held, now)
            was, seat.held, seat.looked_at = seat.held, held, now
            if held.adjustments.detection != was.adjustments.detection:
                seat.session.adjust(held.adjustments)
            if held.recheck_at and held.recheck_at != was.recheck_at:
                seat.session.recheck()
            if held.paused_at:
                seat.session.pause()
            elif was.paused_at:
                seat.session.resume()

    def rechecked(self) -> list[tuple[str, Rechecked]]:
        """What came of asking who it is, by participant; each once."""
        return [
            (participant_id, seat.session.rechecked.popleft())
            for participant_id, seat in list(self._seats.items())
            if seat.session.rechecked
        ]

    def on_a_break_too_long(self, now: datetime) -> list[str]:
        """Ids of participants."""
        return [
            participant_id
            for participant_id, seat in list(self._seats.items())
            if seat.held.is_on_break and seat.held.break_left_s(now) <= 0
        ]

    def close(self) -> None:
        with self._lock:
            seats, self._seats = list(self._seats.values()), {}
        for seat in seats:
            seat.session.close()

    def _is_silent(self, seat: Seat, for_s: float) -> bool:
        status, clock = seat.session.status, seat.session.clock()
        newest = max(seat.last_contact_t, status.video_t or 0.0, status.audio_t or 0.0)
        return not seat.is_connected and clock - newest > for_s

    def _running(self, participant_id: str) -> Seat | None:
        seat = self._seats.get(participant_id)
        return seat if seat and seat.session.status.is_running else None

    def _recall(self, participant_id: str) -> Enrolment | None:
        """What the exam has learned of them, wherever. None if nobody can say now."""
        try:
            return recall(self._store.enrolments(participant_id))
        except StoreError as error:
            _log.error("%s is learned anew: %s", participant_id, error)
            return None

    def _begin(self, participant_id: str, known: Enrolment | None) -> Seat:
        participant = self._store.participant(participant_id)
        meeting, now = self._store.meeting(participant.meeting_id), datetime.now(UTC)
        if participant.erased_at is not None:
            raise NotNow("The records of this participation were erased.")
        check_can_listen(meeting.policy)
        held = self._ledger.standing(meeting.id, participant_id, now)
        if participant.started_at is None:
            check_open(meeting, now)
            if meeting.journey.needs_letting_in and not held.is_let_in:
                raise NotLetIn("A proctor lets you in. Please wait a moment.")
            self._store.start(participant_id, now)
            self._journal.write(events.done(meeting.id, events.SERVER, STARTED, participant_id))
        self._close_left_open(participant_id)

        session = Session(
            Measuring(meeting, participant_id, known, self._settings.keep_traces),
            self._writer.put,
            name=participant_id,
            stills_per_s=self._settings.stills_per_s,
            is_paused=held.paused_at is not None,
            adjustments=held.adjustments,
            engine=self._engine,
            ladder=self._ladder,
        )
        ends_at = deadline(meeting, participant.started_at or now, held, now)
        return Seat(session, ends_at, meeting.id, held, now)

    def _close_left_open(self, participant_id: str) -> None:
        """A process that was killed closed nothing: it ended when it was last seen."""
        for occurrence in self._store.open_occurrences(participant_id):
            self._writer.put(replace(occurrence, closed_at=occurrence.last_seen_at))

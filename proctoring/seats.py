"""The candidates who are in an exam now: a session each, and the page that feeds it."""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from proctoring.analysers import create_analysers, media_of
from proctoring.analysers.phrases import PhraseError, check_phrases
from proctoring.audit import events
from proctoring.audit.journal import Journal
from proctoring.capture import Capture
from proctoring.exam import Enrolment, Exam
from proctoring.pipeline import Pipeline
from proctoring.presets import PRESETS
from proctoring.recall import recall
from proctoring.session import Session
from proctoring.settings import Settings
from proctoring.store import Store, StoreError
from proctoring.store.writer import StoreWriter
from proctoring.types import Meeting, Policy

STARTED = "participant.started"
PRESENT_S = 15.0  # nothing came for so long: other servers are not told of this seat any more
AWAY_AFTER_S = 300.0  # nothing came from a candidate for so long: the session rests


_log = logging.getLogger(__name__)


class NotNow(Exception):
    """The meeting is not open to candidates; the message says since or until when."""


class Unheard(NotNow):
    """The meeting names phrases that this server cannot listen for; the message says why."""


@dataclass(slots=True)
class Seat:
    """A candidate's running session and the page that feeds it now."""

    session: Session
    deadline: datetime  # UTC
    meeting_id: str = ""
    page: int = 0  # number of the newest page; older ones are not listened to
    is_connected: bool = False  # the page's own socket is open
    last_contact_t: float = 0.0  # s of media time
    tracks: tuple[Any, Any] = (None, None)  # aiortc video and audio, for live views


class Seats:
    """Safe to call from any thread."""

    def __init__(
        self, settings: Settings, store: Store, writer: StoreWriter, journal: Journal
    ) -> None:
        self._settings = settings
        self._store = store
        self._writer = writer
        self._journal = journal
        self._seats: dict[str, Seat] = {}  # by participant id
        self._pages = itertools.count(1)
        self._lock = threading.Lock()

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
            if now >= seat.deadline:
                over.append(participant_id)
            elif self._is_silent(seat, AWAY_AFTER_S):
                self.end(participant_id)
        return over

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
        if participant.started_at is None:
            check_open(meeting, now)
            self._store.start(participant_id, now)
            self._journal.write(events.done(meeting.id, events.SERVER, STARTED, participant_id))
        self._close_left_open(participant_id)
        session = Session(
            self._pipeline_maker(meeting, participant_id, known),
            self._writer.put,
            name=participant_id,
            stills_per_s=self._settings.stills_per_s,
        )
        return Seat(session, deadline(meeting, participant.started_at or now), meeting.id)

    def _pipeline_maker(
        self, meeting: Meeting, participant_id: str, known: Enrolment | None
    ) -> Callable[[datetime], Pipeline]:
        exam = Exam(meeting.policy, known or Enrolment())
        return lambda started_at: Pipeline(
            create_analysers(meeting.signals, media_of(meeting.signals), exam),
            preset=PRESETS[meeting.preset],
            meeting_id=meeting.id,
            participant_id=participant_id,
            started_at=started_at,
            # What is learned while nobody can say what was known must not take its place.
            keeps_learned=known is not None,
        )

    def _close_left_open(self, participant_id: str) -> None:
        """A process that was killed closed nothing: it ended when it was last seen."""
        for occurrence in self._store.open_occurrences(participant_id):
            self._writer.put(replace(occurrence, closed_at=occurrence.last_seen_at))


def check_open(meeting: Meeting, now: datetime) -> None:
    """Raises NotNow."""
    if now < meeting.opens_at:
        raise NotNow(f"This exam opens on {meeting.opens_at:%d %B %Y at %H:%M} UTC.")
    if now >= meeting.closes_at:
        raise NotNow(f"This exam closed on {meeting.closes_at:%d %B %Y at %H:%M} UTC.")


def check_can_listen(policy: Policy) -> None:
    """Raises Unheard: what an exam asks for is measured, or the exam does not begin here."""
    try:
        check_phrases(policy.phrases)
    except PhraseError as error:
        raise Unheard(str(error)) from None


def deadline(meeting: Meeting, started_at: datetime) -> datetime:
    return min(started_at + timedelta(seconds=meeting.length_s), meeting.closes_at)

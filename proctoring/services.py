"""Puts the parts together: the one place that knows every concrete class."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from proctoring import access
from proctoring.analysers import create_analysers, media_of
from proctoring.capture import Capture
from proctoring.ids import new_id
from proctoring.perception.faces import detect_faces
from proctoring.pipeline import Pipeline
from proctoring.presets import PRESETS
from proctoring.session import Session
from proctoring.settings import Settings
from proctoring.store import Store
from proctoring.store.sqlite import SqliteStore
from proctoring.store.writer import StoreWriter
from proctoring.types import Capability, Meeting, Notice, Participant, Role

AWAY_AFTER_S = 300.0  # nothing came from a candidate for so long: the session rests


class NotNow(Exception):
    """The meeting is not open to candidates; the message says since or until when."""


@dataclass(slots=True)
class Seat:
    """A candidate's running session and the page that feeds it now."""

    session: Session
    deadline: datetime  # UTC
    page: int = 0  # number of the newest page; older ones are not listened to
    is_connected: bool = False  # the page's own socket is open
    last_contact_t: float = 0.0  # s of media time
    tracks: tuple[Any, Any] = (None, None)  # aiortc video and audio, for live views


class Services:
    """Lives as long as the process. Safe to call from any thread."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store: Store = SqliteStore(settings.data_dir)
        self.writer = StoreWriter(self.store)
        self.passes = access.Passes(access.load_key(settings.data_dir / "signing.key"))
        self._seats: dict[str, Seat] = {}  # by participant id
        self._pages = itertools.count(1)
        self._lock = threading.Lock()

    # meetings -----------------------------------------------------------------------------

    def create_meeting(
        self,
        *,
        title: str,
        opens_at: datetime,
        closes_at: datetime,
        length_s: int,
        signals: tuple[str, ...],
        instructions: str = "",
        preset: str = "standard",
    ) -> tuple[Meeting, str]:
        """The meeting and its proctor secret, which nobody can ask for again."""
        meeting = Meeting(
            id=access.new_meeting_id(),
            title=title,
            opens_at=opens_at,
            closes_at=closes_at,
            length_s=length_s,
            signals=signals,
            instructions=instructions,
            preset=preset,
            created_at=datetime.now(UTC),
        )
        secret = access.new_secret()
        self.store.add_meeting(meeting, access.capability(Role.PROCTOR, meeting.id, secret))
        return meeting, secret

    def is_proctor(self, meeting_id: str, secret: str) -> bool:
        return self._bearer(Role.PROCTOR, meeting_id, secret) is not None

    # candidates ---------------------------------------------------------------------------

    def join(self, meeting_id: str, name: str, consent_version: str) -> tuple[Participant, str]:
        """A new participant, who has agreed to the text, and their resume token."""
        meeting, now = self.store.meeting(meeting_id), datetime.now(UTC)
        self._check_open(meeting, now)
        participant = Participant(
            id=new_id(),
            meeting_id=meeting_id,
            name=name,
            joined_at=now,
            consent_at=now,
            consent_version=consent_version,
        )
        token = access.new_secret()
        own = access.capability(Role.CANDIDATE, meeting_id, token, participant.id)
        self.store.add_participant(participant, own)
        return participant, token

    def resume(self, meeting_id: str, token: str) -> Participant | None:
        bearer = self._bearer(Role.CANDIDATE, meeting_id, token)
        return self.store.participant(bearer.participant_id or "") if bearer else None

    def open_page(self, participant_id: str) -> tuple[Seat, Capture, int]:
        """The candidate's seat, for a page that begins or comes back. The newest page wins."""
        with self._lock:
            seat = self._seats.get(participant_id)
            if seat is None or not seat.session.status.is_running:
                seat = self._seats[participant_id] = self._begin(participant_id)
            seat.page = page = next(self._pages)
            seat.last_contact_t = seat.session.clock()
        session, is_newest = seat.session, lambda: seat.page == page
        capture = Capture(
            session.offer,
            session.clock,
            frames_per_s=self.settings.frames_per_s,
            is_current=is_newest,
        )
        return seat, capture, page

    def seat(self, participant_id: str) -> Seat | None:
        """The running one, or None."""
        return self._seats.get(participant_id)

    def shown(self, occurrence_id: str) -> None:
        """The candidate's page says that it shows this warning."""
        self.writer.put(Notice(occurrence_id, datetime.now(UTC)))

    def finish(self, participant_id: str, reason: str) -> None:
        """The exam is over for this candidate. Everything observed so far is judged first."""
        self.store.finish(participant_id, datetime.now(UTC), reason)  # first: it may fail
        with self._lock:
            seat = self._seats.pop(participant_id, None)
        if seat:
            seat.session.close()

    # housekeeping -------------------------------------------------------------------------

    def tend(self) -> None:
        """Called every second or so: ends what is over, rests what nobody feeds."""
        now = datetime.now(UTC)
        for participant_id, seat in list(self._seats.items()):
            if now >= seat.deadline:
                self.finish(participant_id, "time is up")
            elif self._is_away(seat):
                with self._lock:
                    self._seats.pop(participant_id, None)
                seat.session.close()

    def close(self) -> None:
        with self._lock:
            seats, self._seats = list(self._seats.values()), {}
        for seat in seats:
            seat.session.close()
        self.writer.close()
        self.store.close()

    def _is_away(self, seat: Seat) -> bool:
        status, clock = seat.session.status, seat.session.clock()
        newest = max(seat.last_contact_t, status.video_t or 0.0, status.audio_t or 0.0)
        return not seat.is_connected and clock - newest > AWAY_AFTER_S

    def _begin(self, participant_id: str) -> Seat:
        participant = self.store.participant(participant_id)
        meeting, now = self.store.meeting(participant.meeting_id), datetime.now(UTC)
        if participant.started_at is None:
            self._check_open(meeting, now)
            self.store.start(participant_id, now)
        self._close_left_open(participant_id)
        session = Session(
            self._pipeline_maker(meeting, participant_id),
            self.writer.put,
            name=participant_id,
            stills_per_s=self.settings.stills_per_s,
        )
        return Seat(session, deadline(meeting, participant.started_at or now))

    def _pipeline_maker(
        self, meeting: Meeting, participant_id: str
    ) -> Callable[[datetime], Pipeline]:
        return lambda started_at: Pipeline(
            create_analysers(meeting.signals, media_of(meeting.signals)),
            preset=PRESETS[meeting.preset],
            meeting_id=meeting.id,
            participant_id=participant_id,
            started_at=started_at,
            detect_faces=detect_faces,
        )

    def _bearer(self, role: Role, meeting_id: str, token: str) -> Capability | None:
        """What the token allows now, if it is for this role in this meeting.

        It is found by its hash, so the time that a wrong one takes tells nothing of a right one.
        """
        found = self.store.capability_by_token(access.hash_secret(token))
        if found is None or (found.role, found.meeting_id) != (role, meeting_id):
            return None
        return found if found.is_valid(datetime.now(UTC)) else None

    def _close_left_open(self, participant_id: str) -> None:
        """A process that was killed closed nothing: it ended when it was last seen."""
        for occurrence in self.store.open_occurrences(participant_id):
            self.writer.put(replace(occurrence, closed_at=occurrence.last_seen_at))

    def _check_open(self, meeting: Meeting, now: datetime) -> None:
        if now < meeting.opens_at:
            raise NotNow(f"This exam opens on {meeting.opens_at:%d %B %Y at %H:%M} UTC.")
        if now >= meeting.closes_at:
            raise NotNow(f"This exam closed on {meeting.closes_at:%d %B %Y at %H:%M} UTC.")


def deadline(meeting: Meeting, started_at: datetime) -> datetime:
    return min(started_at + timedelta(seconds=meeting.length_s), meeting.closes_at)

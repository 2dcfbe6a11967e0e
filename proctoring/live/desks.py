"""Which desks are open at this server, and that the log says so."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from proctoring.audit import events
from proctoring.audit.journal import Journal
from proctoring.types import Capability

GONE_AFTER_S = (
    20.0  # a desk that is away for no longer, for a reload or a bad line, keeps its claims
)


@dataclass(frozen=True, slots=True)
class DeskName:
    """One open desk, for the other proctors."""

    id: str  # the page made it
    name: str  # what its proctor wants to be called; "" if they said nothing


@dataclass(slots=True)
class _Known:
    name: str
    lines: int = 0  # that are open
    left_s: float = 0.0  # monotonic, when the last one closed


class Desks:
    """Safe to call from any thread."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._open: Counter[str] = Counter()  # those that see candidates live, by meeting
        self._known: dict[str, dict[str, _Known]] = {}  # by meeting, by the desk's id
        self._logged: dict[str, datetime] = {}  # by capability id: the hour
        self._lock = threading.Lock()  # guards what is open and known

    def log(self, bearer: Capability) -> None:
        """Once an hour for each link: a desk that comes and goes is one desk."""
        now = datetime.now(UTC)
        hour = now.replace(minute=0, second=0, microsecond=0)
        if self._logged.get(bearer.id) != hour:
            self._logged[bearer.id] = hour
            of, who = bearer.meeting_id, bearer.id
            self._journal.write(events.done(of, who, events.DESK_OPENED, who))

    def are_open(self, meeting_id: str) -> bool:
        """May somebody be watching the candidates of this meeting now?"""
        return self._open[meeting_id] > 0

    def here(self, meeting_id: str) -> list[DeskName]:
        """By their ids, so that every desk is told the same."""
        with self._lock:
            known = self._known.get(meeting_id, {})
            return [DeskName(one, known[one].name) for one in sorted(known)]

    def call(self, meeting_id: str, desk_id: str, name: str) -> None:
        """What its proctor wants to be called."""
        with self._lock:
            if known := self._known.get(meeting_id, {}).get(desk_id):
                known.name = name

    def gone(self) -> list[tuple[str, str]]:
        """Meeting and id of desks that have been away for too long: each once."""
        now = time.monotonic()
        with self._lock:
            gone = [
                (meeting_id, desk_id)
                for meeting_id, known in self._known.items()
                for desk_id, desk in known.items()
                if not desk.lines and now - desk.left_s > GONE_AFTER_S
            ]
            for meeting_id, desk_id in gone:
                del self._known[meeting_id][desk_id]
        return gone

    @contextmanager
    def watching(self, meeting_id: str, desk: DeskName | None = None) -> Iterator[None]:
        """`desk`: None for one that does not say which it is."""
        with self._lock:
            self._open[meeting_id] += 1
            known = None
            if desk:
                known = self._known.setdefault(meeting_id, {}).setdefault(desk.id, _Known(""))
                known.lines, known.name = known.lines + 1, desk.name
        try:
            yield
        finally:
            with self._lock:
                self._open[meeting_id] -= 1
                if known:
                    known.lines, known.left_s = known.lines - 1, time.monotonic()

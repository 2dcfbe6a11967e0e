"""Which desks are open at this server, and that the log says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from proctoring.audit import events
from proctoring.audit.journal import Journal
from proctoring.types import Capability


class Desks:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._open: Counter[str] = Counter()  # those that see candidates live, by meeting
        self._logged: dict[str, datetime] = {}  # by capability id: the hour

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

    @contextmanager
    def watching(self, meeting_id: str) -> Iterator[None]:
        """On the server's loop and nowhere else."""
        self._open[meeting_id] += 1
        try:
            yield
        finally:
            self._open[meeting_id] -= 1

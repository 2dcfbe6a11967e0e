"""Time that a server took from candidates is given back to them.

The server writes down every few seconds that it is there. When it starts anew it knows since when
it was not, and who had an exam then: the coverage tells. It gives them as much more time, once.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path

from proctoring.acts.kinds import make
from proctoring.acts.ledger import Ledger
from proctoring.acts.standing import deadline
from proctoring.store import Store
from proctoring.types import Act, CoverageSpan, Meeting, Participant

FILE = "alive.json"
WRITE_EVERY = timedelta(seconds=2)
SHORTEST = timedelta(seconds=5)  # what is shorter, the page bridges by itself
LONGEST = timedelta(hours=2)  # then it is for people to say what is to become of the exam
BACK_WITHIN = timedelta(seconds=10)  # for pages to find the server again
COVERED_UNTIL = timedelta(seconds=30)  # before the end: who was there then, was in the exam
REASON = "server outage"

_log = logging.getLogger(__name__)


class Outage:
    """Of one data folder. `give` keeps an act by the server."""

    def __init__(
        self,
        data_dir: Path,
        store: Store,
        ledger: Ledger,
        give: Callable[[Participant, Act], object],
    ) -> None:
        self._path = data_dir / FILE
        self._store = store
        self._ledger = ledger
        self._give = give
        self._began = datetime.now(UTC)
        self._gone_since = self._read()
        self._written: datetime | None = None

    def tend(self, now: datetime) -> None:
        """Called every second or so. Raises StoreError: then it is tried again."""
        if self._gone_since is not None:
            self._give_back(self._gone_since)
            self._gone_since = None
        if self._written is None or abs(now - self._written) >= WRITE_EVERY:
            self._write(now)
            self._written = now

    def _give_back(self, gone: datetime) -> None:
        length = self._began - gone
        if not SHORTEST <= length <= LONGEST:
            return
        for meeting in self._store.meetings():
            if meeting.opens_at > self._began or meeting.closes_at + LONGEST < gone:
                continue
            for person in self._store.participants(meeting.id):
                if self._was_running(person, meeting, gone):
                    spans = self._store.coverage(person.id)
                    if lost := lost_s(spans, gone, self._began):
                        self._make_good(person, gone, lost)

    def _was_running(self, person: Participant, meeting: Meeting, at: datetime) -> bool:
        """Did their clock run then?"""
        if person.started_at is None or person.finished_at or person.erased_at:
            return False
        held = self._ledger.standing(meeting.id, person.id, at)
        ends_at = deadline(meeting, person.started_at, held, at)
        return person.started_at <= at < ends_at and held.paused_at is None

    def _make_good(self, person: Participant, gone: datetime, seconds: int) -> None:
        act = make(
            "extra_time",
            {"seconds": seconds, "reason": REASON},
            participant_id=person.id,
            at=self._began,
            act_id=f"outage/{gone.isoformat()}/{person.id}",
        )
        _log.warning("participant %s gets %d s back that the server took", person.id, seconds)
        self._give(person, act)

    def _read(self) -> datetime | None:
        """When the server was last there; None if it never was, or nobody can say."""
        try:
            at = datetime.fromisoformat(json.loads(self._path.read_text())["at"])
            return at.astimezone(UTC) if at.tzinfo else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _write(self, now: datetime) -> None:
        """In one piece. Without it an outage is not noticed, and all else goes on."""
        part = self._path.with_suffix(".part")
        with suppress(OSError):
            part.write_text(json.dumps({"at": now.isoformat()}))
            part.replace(self._path)


def lost_s(spans: Iterable[CoverageSpan], gone: datetime, back: datetime) -> int:
    """Seconds that somebody with this coverage lost; 0 for who was not there anyway, or went on
    at another server. Where nothing is measured nobody can say, and all of it was lost."""
    found = list(spans)
    before = [span for span in found if span.started_at <= gone]
    after = [span.started_at for span in found if span.started_at > gone]
    if found:
        seen_until = max((span.ended_at for span in before), default=None)
        if seen_until is None or seen_until < gone - COVERED_UNTIL:
            return 0
        if seen_until > gone + SHORTEST:
            return 0
    until = min([back, *after])
    return ceil((until - gone + BACK_WITHIN).total_seconds()) if until - gone > SHORTEST else 0

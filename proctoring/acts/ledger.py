"""The acts of the meetings that are in use, in memory: as the store has them, from whatever server.

What is done here is here at once. What another server did is asked for when somebody reads, and no
more often than every half second.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime

from proctoring.acts.duty import NOBODY, Duty, duty
from proctoring.acts.kinds import in_order
from proctoring.acts.standing import AS_EVER, Standing, standing
from proctoring.store import Store
from proctoring.types import Act

ASK_EVERY_S = 0.5
FORGOTTEN_AFTER_S = 3600.0  # without a reader


@dataclass(slots=True)
class _Meeting:
    """Times are monotonic, in s."""

    revision: int = 0
    asked: float = float("-inf")
    read: float = 0.0
    acts: dict[str, dict[str, Act]] = field(default_factory=dict)  # by participant, by id
    held: dict[str, Standing] = field(default_factory=dict)  # by participant, folded
    duties: dict[str, Duty] = field(default_factory=dict)  # likewise
    asking: threading.Lock = field(default_factory=threading.Lock)


class Ledger:
    """May be used from any thread, but waits for the store: never on the server's loop."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._meetings: dict[str, _Meeting] = {}
        self._lock = threading.Lock()  # guards all of the above, but for asking

    def take(self, meeting_id: str, act: Act) -> None:
        """It was saved here."""
        with self._lock:
            if known := self._meetings.get(meeting_id):
                _add(known, act)

    def acts(self, meeting_id: str, participant_id: str) -> list[Act]:
        """In their order. Raises StoreError if they were never read and can't be."""
        known = self._asked(meeting_id)
        with self._lock:
            return in_order(known.acts.get(participant_id, {}).values())

    def all_acts(self, meeting_id: str) -> list[Act]:
        """Of everybody, in their order."""
        known = self._asked(meeting_id)
        with self._lock:
            return in_order(act for of in known.acts.values() for act in of.values())

    def standing(self, meeting_id: str, participant_id: str, now: datetime) -> Standing:
        """Raises StoreError likewise."""
        known = self._asked(meeting_id)
        with self._lock:
            found = known.acts.get(participant_id)
            if not found:
                return AS_EVER
            if participant_id not in known.held:
                known.held[participant_id] = standing(found.values(), now)
            return known.held[participant_id].at(now)

    def duties(self, meeting_id: str) -> dict[str, Duty]:
        """By participant, of everybody about whom something was done. Raises StoreError."""
        known = self._asked(meeting_id)
        with self._lock:
            for one, acts in known.acts.items():
                if one not in known.duties:
                    known.duties[one] = duty(acts.values()) if acts else NOBODY
            return dict(known.duties)

    def revision(self, meeting_id: str) -> int:
        """How many acts of it are known: changes with each."""
        known = self._asked(meeting_id)
        with self._lock:
            return sum(map(len, known.acts.values()))

    def forget(self, meeting_id: str, participant_id: str) -> None:
        """They were erased."""
        with self._lock:
            if known := self._meetings.get(meeting_id):
                known.acts.pop(participant_id, None)
                known.held.pop(participant_id, None)
                known.duties.pop(participant_id, None)

    def _asked(self, meeting_id: str) -> _Meeting:
        now = time.monotonic()
        with self._lock:
            for old in [k for k, m in self._meetings.items() if now - m.read > FORGOTTEN_AFTER_S]:
                del self._meetings[old]
            known = self._meetings.setdefault(meeting_id, _Meeting(read=now))
            known.read = now
        with known.asking:  # whoever comes first waits for the first answer
            if now - known.asked >= ASK_EVERY_S:
                self._ask(meeting_id, known)
        return known

    def _ask(self, meeting_id: str, known: _Meeting) -> None:
        feed = self._store.act_feed(meeting_id, known.revision)
        with self._lock:
            known.asked, known.revision = time.monotonic(), feed.revision
            for act in feed.acts:
                _add(known, act)


def _add(known: _Meeting, act: Act) -> None:
    of = known.acts.setdefault(act.participant_id, {})
    if act.id not in of:
        of[act.id] = act
        known.held.pop(act.participant_id, None)
        known.duties.pop(act.participant_id, None)

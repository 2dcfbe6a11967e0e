"""Who of those that want to begin at this server has room now. Safe to call from any thread."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from proctoring.capacity.admission import Limit, Room, Verdict, room_of, verdict
from proctoring.capacity.figures import Mode
from proctoring.capacity.kept import kept

LOOK_EVERY_S = 30.0  # whether something else was measured
HELD_FOR_S = 30.0  # a place that was given to somebody whose session has not begun yet


class Gate:
    def __init__(
        self,
        limit: str,
        folder: Path,
        seated: Callable[[], Mapping[str, Mode]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`limit` is the setting; `seated` tells who is in an exam here, and in which mode."""
        self._limit = Limit(limit)
        self._folder = folder
        self._seated = seated
        self._clock = clock
        self._room: Room | None = None
        self._looked_s = 0.0
        self._given: dict[str, tuple[Mode, float]] = {}  # by participant id: until when it is held
        self._by_snapshots: set[str] = set()
        self._lock = threading.Lock()

    @property
    def room(self) -> Room:
        now = self._clock()
        if self._room is None or now - self._looked_s > LOOK_EVERY_S:
            self._looked_s = now
            self._room = room_of(self._limit, None if self._limit.is_off else kept(self._folder))
        return self._room

    def has_room(self, participant_id: str) -> bool:
        """Would `ask` let them begin? Nothing is given."""
        with self._lock:
            return self._verdict(participant_id) is not Verdict.WAITS

    def ask(self, participant_id: str) -> Verdict:
        """For one who has not begun. A place that is given is held for a moment."""
        with self._lock:
            found = self._verdict(participant_id)
            if found is Verdict.WAITS:
                return found
            is_reduced = found is Verdict.BEGINS_BY_SNAPSHOTS
            mode = Mode.SNAPSHOTS if is_reduced else Mode.FULL
            self._given[participant_id] = (mode, self._clock() + HELD_FOR_S)
            (self._by_snapshots.add if is_reduced else self._by_snapshots.discard)(participant_id)
            return found

    def _verdict(self, participant_id: str) -> Verdict:
        now, seated = self._clock(), dict(self._seated())
        self._given = {
            one: held for one, held in self._given.items() if held[1] > now and one not in seated
        }
        given = [mode for one, (mode, _) in self._given.items() if one != participant_id]
        modes = Counter([*seated.values(), *given])
        return verdict(self.room, modes, has_begun=participant_id in seated)

    def is_by_snapshots(self, participant_id: str) -> bool:
        """Were they let in so? For as long as this server runs."""
        return participant_id in self._by_snapshots

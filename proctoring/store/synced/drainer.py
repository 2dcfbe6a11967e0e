"""The threads that empty the outbox into the remote store, lane by lane.

Inside a lane, records go one after the other; a failure stops its lane alone, with a pause
that grows in the mean and is drawn at random (full jitter). What the remote will never take is
kept aside with its reason. One process drains a data folder: whoever holds its lock, which
the system gives back when that process dies.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import groupby

from proctoring.store import Rejected, Store, StoreError, Unknown
from proctoring.store.embedded.files import take_lock
from proctoring.store.embedded.outbox import LONGEST_PAUSE, Outbox, Row
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.store.synced.sending import BATCHED, send

LOCK = "outbox.lock"
THREADS = 4
BATCH = 50  # rows of one lane, before another has its turn
FIRST_PAUSE_S = 0.2
LOOK_EVERY_S = 0.5  # for what other processes have put, and for pauses that are over
TOLD_AFTER = 4  # attempts: what passes sooner is not worth a line in the log
OUTAGE_S = 5.0  # without a record sent: once one goes through, all lanes try again

_log = logging.getLogger(__name__)


class Drainer:
    """Lives as long as the store. `remote` gives the remote store, or raises StoreError."""

    def __init__(
        self,
        local: SqliteStore,
        remote: Callable[[], Store],
        *,
        threads: int = THREADS,
        first_pause_s: float = FIRST_PAUSE_S,
    ) -> None:
        self._local = local
        self._remote = remote
        self._first_pause_s = first_pause_s
        self._outbox = Outbox(local.database)
        lock = threading.Lock()  # guards all of the below
        self._work = threading.Condition(lock)  # there may be something to send
        self._idle = threading.Condition(lock)  # a lane was given back
        self._busy: set[str] = set()  # lanes that a thread, or `paused`, has
        self._paused: set[str] = set()
        self._news = 0  # counts what may be something to send
        self._is_stopped = False
        self._failing_since_s: float | None = None  # monotonic; nothing went through since
        self._lock_file = (local.data_dir / LOCK).open("a")
        self._has_lock = False
        self._threads = [
            threading.Thread(target=self._run, name=f"outbox-{number}", daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """There is something new."""
        with self._work:
            self._tell_one()

    @contextmanager
    def paused(self, lane: str) -> Iterator[None]:
        """Nothing of this lane is on its way meanwhile, unless another process drains."""
        with self._idle:
            self._paused.add(lane)
            self._idle.wait_for(lambda: lane not in self._busy or self._is_stopped)
        try:
            yield
        finally:
            with self._work:
                self._paused.discard(lane)
                self._tell_one()

    def close(self, timeout_s: float) -> None:
        """Send what waits, for so long; what is left is sent after the next start."""
        deadline = time.monotonic() + timeout_s
        with suppress(StoreError):  # of the local store: then nothing can be sent either
            while time.monotonic() < deadline and self._failing_since_s is None:
                if not self._has_lock or not self._outbox.summary().waiting:
                    break
                time.sleep(0.02)
        with self._work:
            self._is_stopped = True
            self._work.notify_all()
            self._idle.notify_all()
        for thread in self._threads:
            thread.join(max(1.0, deadline - time.monotonic()))
        self._lock_file.close()  # which gives the lock back

    def _run(self) -> None:
        while not self._is_stopped:
            try:
                lane = self._take_lane()
                if lane is None:
                    continue
                try:
                    self._drain(lane)
                finally:
                    self._give_back(lane)
            except StoreError as error:  # of the local store: the writer says so, too
                _log.error("the outbox cannot be read now: %s", error)
                self._rest(LOOK_EVERY_S)
            except Exception:
                _log.exception("the outbox stumbled")
                self._rest(LOOK_EVERY_S)

    def _take_lane(self) -> str | None:
        """One that is due and that nobody has. Waits for a while if there is none."""
        seen = self._news
        due = self._outbox.due(datetime.now(UTC)) if self._is_drainer() else []
        with self._work:
            free = [lane for lane in due if lane not in self._busy and lane not in self._paused]
            if free:
                self._busy.add(free[0])
                if len(free) > 1:
                    self._tell_one()
                return free[0]
            self._work.wait_for(lambda: self._news != seen or self._is_stopped, LOOK_EVERY_S)
            return None

    def _is_drainer(self) -> bool:
        with self._work:
            if not self._has_lock and not self._is_stopped:
                self._has_lock = take_lock(self._lock_file)
            return self._has_lock and not self._is_stopped

    def _give_back(self, lane: str) -> None:
        with self._work:
            self._busy.discard(lane)
            self._tell_one()  # it may have more
            self._idle.notify_all()

    def _tell_one(self) -> None:
        """One thread that waits for work. The lock is held."""
        self._news += 1
        self._work.notify()

    def _drain(self, lane: str) -> None:
        done: list[Row] = []
        try:
            for rows in _together(self._outbox.rows(lane, BATCH)):
                if self._is_stopped or lane in self._paused or not self._sent(rows, done):
                    break
        finally:
            if done:  # in one transaction; after a kill before it they are sent again
                self._outbox.done(done)

    def _sent(self, rows: list[Row], done: list[Row]) -> bool:
        """May the lane go on?"""
        try:
            send(self._local, self._remote(), rows)
        except (Rejected, Unknown) as error:
            return self._refused(rows, str(error), done)
        except StoreError as error:
            self._postpone(rows[0], str(error))
            return False
        except Exception as error:  # a fault in the program: asking again would not mend it
            _log.exception("kept aside %s %s", rows[0].verb, rows[0].key)
            return self._refused(rows, f"{type(error).__name__}: see the log.", done)
        done += rows
        self._went_through()
        return True

    def _refused(self, rows: list[Row], reason: str, done: list[Row]) -> bool:
        self._went_through()  # it answers
        if len(rows) > 1:  # find out which of them it was
            return all(self._sent([row], done) for row in rows)
        _log.error("the remote store refused %s %s: %s", rows[0].verb, rows[0].key, reason)
        self._outbox.refuse(rows[0], reason)
        return True

    def _postpone(self, row: Row, reason: str) -> None:
        if self._failing_since_s is None:
            self._failing_since_s = time.monotonic()
        if row.attempts == TOLD_AFTER:
            _log.warning("cannot send %s %s now: %s", row.verb, row.key, reason)
        longest_s = LONGEST_PAUSE.total_seconds()
        pause_s = random.uniform(
            0, min(longest_s, self._first_pause_s * 2 ** min(row.attempts, 20))
        )
        now = datetime.now(UTC)
        self._outbox.postpone(row, now, now + timedelta(seconds=pause_s))

    def _went_through(self) -> None:
        since_s, self._failing_since_s = self._failing_since_s, None
        if since_s is not None and time.monotonic() - since_s > OUTAGE_S:
            _log.warning("records are being sent again")
            self._outbox.hurry()

    def _rest(self, pause_s: float) -> None:
        with self._work:
            self._work.wait_for(lambda: self._is_stopped, pause_s)


def _together(rows: list[Row]) -> Iterator[list[Row]]:
    """One by one, but those that one call can take, together."""
    for verb, group in groupby(rows, key=lambda row: row.verb):
        if verb == BATCHED:
            yield list(group)
        else:
            yield from ([row] for row in group)

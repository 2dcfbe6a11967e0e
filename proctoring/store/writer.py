"""The one thread that saves what sessions produce, in the order in which they produced it.

A store that cannot save now (a full disk, a lock, a network) is asked again for ever, with
growing pauses; whatever waits is shown to the proctor by `problem`. What a store will never
take is kept aside in `failed`, so that the records behind it are not held up.

Memory is bounded by what a full disk would make of it: pictures, sounds and traces beyond a budget
are not kept, and said to be lost. All other records are tiny and wait however many they are: a
thousand take about a megabyte, an hour of a candidate's some hundreds.
"""

from __future__ import annotations

import logging
import random
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from proctoring.store import Rejected, Store, StoreError, Unknown
from proctoring.types import CoverageSpan, Enrolled, Evidence, Notice, Occurrence, Trace

Record = Occurrence | Evidence | Notice | Enrolled | Trace | Sequence[CoverageSpan]

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0
MOST_BYTES = 256 * 1024 * 1024  # of pictures, sounds and traces that wait or were kept aside

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failed:
    record: Record  # without its bytes, if there was no room for them
    reason: str


class StoreWriter:
    """Lives as long as the process; `put` may be called from any thread."""

    def __init__(
        self,
        store: Store,
        *,
        first_pause_s: float = FIRST_PAUSE_S,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._store = store
        self._most_bytes = most_bytes
        self._first_pause_s = first_pause_s
        self._queue: deque[Record] = deque()  # its head is the one being saved
        self._failed: list[Failed] = []
        self._bytes = 0  # of the evidence and traces in the two above
        self._trouble = ""  # why the head cannot be saved now
        self._changed = threading.Condition()  # guards all of the above and below
        self._is_closing = False  # ends when the queue is empty
        self._is_stopped = False  # ends now
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def put(self, record: Record) -> None:
        """Never waits. Raises RuntimeError after `close`, when nobody would save it."""
        with self._changed:
            if self._is_closing:
                raise RuntimeError("the writer is closed")
            if isinstance(record, Evidence | Trace):
                if self._bytes + _size(record) > self._most_bytes:
                    return self._give_up(record)
                self._bytes += _size(record)
            self._queue.append(record)
            self._changed.notify_all()

    @property
    def waiting(self) -> int:
        """Records put and not yet saved."""
        return len(self._queue)

    @property
    def failed(self) -> tuple[Failed, ...]:
        with self._changed:
            return tuple(self._failed)

    @property
    def problem(self) -> str:
        """Empty when all is well, or sentences for the proctor."""
        sentences = []
        with self._changed:
            if self._trouble:
                waiting = f"Records cannot be saved now; {len(self._queue)} waiting."
                sentences += [waiting, self._trouble]
            if self._failed:
                lost = f"Records that could not be saved: {len(self._failed)}."
                sentences += [lost, f"The last: {self._failed[-1].reason}"]
        return " ".join(sentences)

    def close(self, timeout_s: float = 10.0) -> int:
        """Save what waits, for so long; how many records are left unsaved. May be repeated."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        self._thread.join(timeout_s)
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()
            left = len(self._queue)
        if left:
            _log.error("the writer was closed with %d records unsaved", left)
        return left

    def _run(self) -> None:
        while (record := self._head()) is not None:
            self._save_at_last(record)

    def _head(self) -> Record | None:
        """The next one, once there is one; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._is_closing)
            return self._queue[0] if self._queue and not self._is_stopped else None

    def _save_at_last(self, record: Record) -> None:
        """Returns when it is saved or kept aside, or when the writer is stopped."""
        pause_s = self._first_pause_s
        while True:
            try:
                _save(self._store, record)
            except (Unknown, Rejected) as error:
                _log.error("kept aside %s: %s", _label(record), error)
                return self._done(Failed(record, str(error)))
            except StoreError as error:
                if not self._trouble:
                    _log.error("cannot save %s now: %s", _label(record), error)
                # Full jitter: two writers of one store do not meet again at the same moment.
                if self._wait(str(error), random.uniform(0, pause_s)):
                    return None
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            except Exception as error:  # a fault in the program: asking again would not mend it
                _log.exception("kept aside %s", _label(record))
                return self._done(Failed(record, f"{type(error).__name__}: see the log."))
            else:
                return self._done()

    def _wait(self, trouble: str, pause_s: float) -> bool:
        """Was the writer stopped meanwhile?"""
        with self._changed:
            self._trouble = trouble
            if self._is_closing:  # little time is left: ask often
                self._changed.wait_for(lambda: self._is_stopped, self._first_pause_s)
            else:
                self._changed.wait_for(lambda: self._is_closing, pause_s)
            return self._is_stopped

    def _give_up(self, record: Evidence | Trace) -> None:
        """There is no room for its bytes. The lock is held."""
        megabytes = self._most_bytes // 2**20
        is_trace = isinstance(record, Trace)
        what = "a minute of observations" if is_trace else "a picture or a sound"
        reason = (
            f"There was no room for {what}: the {megabytes} MB kept for those that wait are full."
            " The incidents are kept."
        )
        _log.error("gave up %s: %s", _label(record), reason)
        self._failed.append(Failed(_emptied(record), reason))

    def _done(self, failed: Failed | None = None) -> None:
        with self._changed:
            record = self._queue.popleft()
            if failed:
                self._failed.append(failed)
            elif isinstance(record, Evidence | Trace):
                self._bytes -= _size(record)
            was_in_trouble, self._trouble = self._trouble, ""
        if was_in_trouble:
            _log.warning("records are being saved again")


def _size(record: Evidence | Trace) -> int:
    """Bytes."""
    return len(record.data if isinstance(record, Evidence) else record.content)


def _emptied(record: Evidence | Trace) -> Record:
    if isinstance(record, Evidence):
        return replace(record, data=b"")
    return replace(record, content=b"")


def _save(store: Store, record: Record) -> None:
    match record:
        case Occurrence():
            store.save_occurrence(record)
        case Evidence():
            store.save_evidence(record)
        case Notice():
            store.save_notice(record)
        case Enrolled():
            store.save_enrolment(record)
        case Trace():
            store.save_trace(record)
        case _:
            store.save_coverage(record)


def _label(record: Record) -> str:
    """For a log: what and which, and nothing of what it says."""
    match record:
        case Occurrence() | Evidence() | Trace():
            return f"{type(record).__name__.lower()} {record.id}"
        case Notice():
            return f"notice of {record.occurrence_id}"
        case Enrolled():
            return f"what {record.participant_id} is known again by ({record.kind})"
        case _:
            return f"{len(record)} coverage spans"

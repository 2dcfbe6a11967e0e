"""One SQLite file: connections, transactions, and its errors put into sentences."""

from __future__ import annotations

import errno
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from weakref import WeakSet

from proctoring.store import Rejected, StoreError
from proctoring.store.embedded.migrate import migrate, scripts

THREADS_WAIT_S = 30.0  # at most, for other threads of this process to have written
OLDEST_SQLITE = (3, 37, 0)  # the first with STRICT tables

_SENTENCES = {
    sqlite3.SQLITE_FULL: "The disk is full: free some space on it.",
    sqlite3.SQLITE_BUSY: "The database is locked by another program: close that one.",
    sqlite3.SQLITE_LOCKED: "The database is locked by another program: close that one.",
    sqlite3.SQLITE_READONLY: "The database cannot be written: see who owns the data folder.",
    sqlite3.SQLITE_CANTOPEN: "The database cannot be opened: see who owns the data folder.",
    sqlite3.SQLITE_IOERR: "The disk of the database fails: look into the system's log.",
}


class _Held:
    """A thread's connection. It is closed when the thread ends: a page's lives for one run."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        # Closing a connection that another thread is using brings the interpreter down.
        self.in_use = threading.RLock()

    def __del__(self) -> None:
        self.connection.close()


class Database:
    """A connection per thread, so that reading never waits for writing.

    What leaves `read` and `write` with an error of SQLite or of the system becomes a
    StoreError, and what the database refuses by its constraints becomes a Rejected.
    """

    def __init__(self, path: Path, busy_timeout_s: float) -> None:
        self.path = path
        self._busy_timeout_s = busy_timeout_s
        self._local = threading.local()
        # Threads wait for each other here, where whoever leaves wakes the next. SQLite's own
        # waiting sleeps up to 0.1 s at a time, and is left to other processes.
        self._writing = threading.Lock()
        self._lock = threading.Lock()
        self._held: WeakSet[_Held] = WeakSet()
        self._closed = False
        self._copy: Path | None = None  # of the damaged file
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise StoreError(f"SQLite 3.37 or newer is needed; this is {sqlite3.sqlite_version}.")
        try:
            with self.explained(), self._connection() as db:
                migrate(db, scripts())
                if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                    raise self._damaged()
        except StoreError:
            self.close()
            raise

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """All that is read inside is of one moment."""
        with self.explained(), self._connection() as db:
            db.execute("BEGIN")
            try:
                yield db
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Alone in writing. All that is written inside is kept on leaving, or nothing is."""
        if not self._writing.acquire(timeout=max(self._busy_timeout_s, THREADS_WAIT_S)):
            raise StoreError(_SENTENCES[sqlite3.SQLITE_BUSY])
        try:
            with self.explained(), self._connection() as db:
                db.execute("BEGIN IMMEDIATE")
                try:
                    yield db
                    db.execute("COMMIT")
                except BaseException:
                    if db.in_transaction:
                        db.execute("ROLLBACK")
                    raise
        finally:
            self._writing.release()

    def compact_log(self) -> None:
        """Empty the write-ahead log, which holds what pages were before they were erased.

        While somebody reads, it stays for the next time: every erasure tries again.
        """
        with self.explained(), self._connection() as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Lets transactions that have begun end. Afterwards there is only StoreError."""
        with self._lock:
            self._closed = True
            all_held = list(self._held)
        for held in all_held:
            with held.in_use:
                held.connection.close()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """This thread's."""
        held: _Held | None = getattr(self._local, "held", None)
        if held is None:
            held = self._local.held = self._open()
        with held.in_use:
            yield held.connection

    def _open(self) -> _Held:
        held = _Held(
            sqlite3.connect(
                self.path,
                timeout=self._busy_timeout_s,
                isolation_level=None,  # transactions are begun above, by name
                check_same_thread=False,  # only for close()
            )
        )
        self._write_ahead(held.connection)
        held.connection.execute("PRAGMA synchronous = FULL")  # a commit survives a power cut
        held.connection.execute("PRAGMA foreign_keys = ON")
        held.connection.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten
        with self._lock:
            if self._closed:
                raise StoreError("The store is closed.")
            self._held.add(held)
        return held

    def _write_ahead(self, db: sqlite3.Connection) -> None:
        """The file keeps this mode. Whoever turns a new file to it needs it alone, and there
        SQLite does not wait for others, as it does everywhere else: it would be a deadlock."""
        deadline = time.monotonic() + self._busy_timeout_s
        while True:
            try:
                db.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.02)

    @contextmanager
    def explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError as error:
            raise Rejected(f"The database refuses the record: {error}.") from error
        except sqlite3.Error as error:
            raise self._explain(error) from error
        except UnicodeEncodeError:
            raise Rejected("The record holds text that is not Unicode.") from None
        except OSError as error:
            raise StoreError(_explain_system(error)) from error

    def _explain(self, error: sqlite3.Error) -> StoreError:
        if self._closed:
            return StoreError("The store is closed.")
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return self._damaged()
        return StoreError(_SENTENCES.get(code, f"The database gave an error: {error}."))

    def _damaged(self) -> StoreError:
        try:
            copy = self._copy_aside()
        except OSError as error:
            return StoreError(
                f"The database {self.path.name} is damaged, and it could not be copied aside."
                f" {_explain_system(error)} Copy the data folder, then restore a backup."
            )
        return StoreError(
            f"The database {self.path.name} is damaged. A copy of it is kept beside it, in"
            f" {copy.name}. Restore a backup, or repair it with `sqlite3 {copy.name} .recover`."
        )

    def _copy_aside(self) -> Path:
        """Once: the name has the time of the last change, so that a restart copies no more."""
        with self._lock:
            if self._copy is None:
                changed = datetime.fromtimestamp(self.path.stat().st_mtime, UTC)
                copy = self.path.with_name(f"{self.path.name}.damaged-{changed:%Y%m%dT%H%M%SZ}")
                for suffix in ("", "-wal"):
                    source, target = Path(f"{self.path}{suffix}"), Path(f"{copy}{suffix}")
                    if source.exists() and source.stat().st_size and not target.exists():
                        shutil.copy2(source, target)
                self._copy = copy
            return self._copy


def _explain_system(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _SENTENCES[sqlite3.SQLITE_FULL]
    name = Path(error.filename).name if error.filename else "no name"
    return f"The data folder gave an error: {error.strerror} ({name})."

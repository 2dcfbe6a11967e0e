"""The file `api.db`: a connection for each use, errors of SQLite as StoreError."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from proctoring.store import StoreError

FILE = "api.db"  # in the data folder
WAITS_S = 10.0  # at most, for another process to have written

# Times are ISO 8601, UTC.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS api_key (
  id          TEXT PRIMARY KEY,
  label       TEXT NOT NULL,
  secret_hash TEXT NOT NULL UNIQUE,
  roles       TEXT NOT NULL,
  created_at  TEXT NOT NULL,
  revoked_at  TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS key_meeting (
  key_id        TEXT NOT NULL REFERENCES api_key (id),
  meeting_id    TEXT NOT NULL,
  capability_id TEXT NOT NULL,
  PRIMARY KEY (key_id, meeting_id)
) STRICT;
CREATE TABLE IF NOT EXISTS repeat (
  name    TEXT PRIMARY KEY,
  asked   TEXT NOT NULL,
  began_s REAL NOT NULL,
  status  INTEGER,
  wrapped TEXT,
  sealed  BLOB
) STRICT;
CREATE TABLE IF NOT EXISTS hook (
  id         TEXT PRIMARY KEY,
  key_id     TEXT NOT NULL REFERENCES api_key (id),
  url        TEXT NOT NULL,
  events     TEXT NOT NULL,
  created_at TEXT NOT NULL,
  trouble    TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE IF NOT EXISTS told (
  hook_id    TEXT NOT NULL REFERENCES hook (id) ON DELETE CASCADE,
  meeting_id TEXT NOT NULL,
  number     INTEGER NOT NULL,
  revision   INTEGER NOT NULL,
  PRIMARY KEY (hook_id, meeting_id)
) STRICT;
CREATE TABLE IF NOT EXISTS delivery (
  id       TEXT PRIMARY KEY,
  hook_id  TEXT NOT NULL REFERENCES hook (id) ON DELETE CASCADE,
  body     TEXT NOT NULL,
  made_s   REAL NOT NULL,
  due_s    REAL NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  is_over  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS guest (
  meeting_id     TEXT NOT NULL,
  name           TEXT NOT NULL,
  participant_id TEXT NOT NULL,
  PRIMARY KEY (meeting_id, name)
) STRICT;
CREATE INDEX IF NOT EXISTS delivery_by_due ON delivery (is_over, due_s);
"""


class Database:
    """Safe to call from any thread, and from several processes."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE
        self._is_made = False

    @contextmanager
    def use(self) -> Iterator[sqlite3.Connection]:
        """All that is written within is kept, or none of it. Raises StoreError."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=WAITS_S)) as db:
                db.row_factory = sqlite3.Row
                db.execute("PRAGMA foreign_keys = ON")
                if not self._is_made:
                    self._make(db)
                with db:
                    yield db
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"The file {self._path} cannot be used: {error}.") from error

    def _make(self, db: sqlite3.Connection) -> None:
        self._path.chmod(0o600)
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(_SCHEMA)
        self._is_made = True

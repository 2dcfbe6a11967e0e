"""Which servers hold candidates of a meeting now, inside a transaction of SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from proctoring.store import Presence, Rejected
from proctoring.store.embedded.rows import several, to_row

_INSERT = """
    INSERT INTO presence (replica, meeting_id, url, participant_ids, seen_at)
    VALUES (:replica, :meeting_id, :url, :participant_ids, :seen_at)"""


def replace(db: sqlite3.Connection, replica: str, held: Iterable[Presence]) -> None:
    """Raises Rejected for another server's."""
    db.execute("DELETE FROM presence WHERE replica = ?", (replica,))
    for given in held:
        if given.replica != replica:
            raise Rejected(f"The server {replica!r} cannot speak for {given.replica!r}.")
        db.execute(_INSERT, to_row(given))


def of_meeting(db: sqlite3.Connection, meeting_id: str) -> list[Presence]:
    return several(db, Presence, "presence", "meeting_id = ? ORDER BY replica", meeting_id)

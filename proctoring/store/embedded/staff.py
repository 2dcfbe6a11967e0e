"""Who is staff, inside a transaction of SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from proctoring.store.embedded import outbox
from proctoring.store.embedded.rows import insert, several, to_row
from proctoring.types import Staff

SAVE, REMOVE = "save_staff", "remove_staff"  # verbs of the outbox
LANE = "staff"


def save(db: sqlite3.Connection, staff: Staff) -> None:
    insert(db, "staff", to_row(staff), "UPDATE SET role = :role, added_at = :added_at")
    outbox.put(db, SAVE, staff.entry, LANE)


def remove(db: sqlite3.Connection, entry: str) -> None:
    db.execute("DELETE FROM staff WHERE entry = ?", (entry,))
    outbox.put(db, REMOVE, entry, LANE)


def everybody(db: sqlite3.Connection) -> list[Staff]:
    return several(db, Staff, "staff", "true ORDER BY entry")


def take(db: sqlite3.Connection, staff: Iterable[Staff]) -> None:
    """The whole list of the remote store, in place of the one here."""
    waiting = set(_waiting(db))
    given = [one for one in staff if one.entry not in waiting]
    known = [one for one in everybody(db) if one.entry not in waiting]
    if given == known:  # the common case writes nothing
        return
    db.executemany("DELETE FROM staff WHERE entry = ?", [(one.entry,) for one in known])
    for one in given:
        insert(db, "staff", to_row(one))


def _waiting(db: sqlite3.Connection) -> Iterable[str]:
    """Entries that the remote store has still to be told of."""
    query = "SELECT key FROM outbox WHERE verb IN (?, ?)"
    return (str(row[0]) for row in db.execute(query, (SAVE, REMOVE)))

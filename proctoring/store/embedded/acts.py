"""What people do about one candidate's exam, inside a transaction of SQLite."""

from __future__ import annotations

import sqlite3

from proctoring.store import Rejected
from proctoring.store.embedded.rows import columns, from_row, insert, one, several, to_row
from proctoring.types import Act

_AFTER = f"""
    SELECT {columns(Act, "act")} FROM act JOIN participant ON participant.id = participant_id
    WHERE meeting_id = ? AND arrival > ? ORDER BY arrival"""


def save(db: sqlite3.Connection, act: Act) -> bool:
    """Is it new? Raises Rejected if the id was used for another."""
    if insert(db, "act", to_row(act)):
        return True
    if one(db, Act, "act", act.id) != act:
        raise Rejected(f"The id {act.id} belongs to another act.")
    return False


def take(db: sqlite3.Connection, act: Act) -> None:
    """From the remote store, where it is what counts."""
    insert(db, "act", to_row(act))


def of_participant(db: sqlite3.Connection, participant_id: str) -> list[Act]:
    return several(db, Act, "act", "participant_id = ? ORDER BY at, id", participant_id)


def after(db: sqlite3.Connection, meeting_id: str, arrival: int) -> list[Act]:
    """In the order of arrival."""
    found = db.execute(_AFTER, (meeting_id, arrival)).fetchall()
    return [from_row(Act, row) for row in found]


def latest(db: sqlite3.Connection) -> int:
    """The arrival of the newest that ever was in this database."""
    found = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'act'").fetchone()
    return int(found[0]) if found else 0


def by_id(db: sqlite3.Connection, act_id: str) -> Act | None:
    """None if it was erased."""
    return next(iter(several(db, Act, "act", "id = ?", act_id)), None)


def forget(db: sqlite3.Connection, participant_id: str) -> None:
    db.execute("DELETE FROM act WHERE participant_id = ?", (participant_id,))

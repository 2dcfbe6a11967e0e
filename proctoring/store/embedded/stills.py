"""What candidates share, as stills, inside a transaction of SQLite.

In the database and not in files: of a hundred kilobytes each, they are written and read about as
fast there (sqlite.org/fasterthanfs.html), and go wholly or not at all with what else is erased.
"""

from __future__ import annotations

import sqlite3

from proctoring.store import Rejected, StillRef
from proctoring.store.embedded.rows import insert, one, several, to_row
from proctoring.types import Still


def save(db: sqlite3.Connection, still: Still) -> bool:
    """Is it new? Raises Rejected if the id was used for another."""
    if insert(db, "still", to_row(still) | {"size": len(still.data)}):
        return True
    if one(db, Still, "still", still.id) != still:
        raise Rejected(f"The id {still.id} belongs to another still.")
    return False


def of_participant(db: sqlite3.Connection, participant_id: str) -> list[StillRef]:
    return several(db, StillRef, "still", "participant_id = ? ORDER BY at, id", participant_id)


def of_meeting(db: sqlite3.Connection, meeting_id: str) -> list[str]:
    """Ids of participants."""
    query = """SELECT id FROM participant WHERE meeting_id = ?
               AND EXISTS (SELECT 1 FROM still WHERE participant_id = participant.id) ORDER BY id"""
    return [str(row[0]) for row in db.execute(query, (meeting_id,))]


def by_id(db: sqlite3.Connection, still_id: str) -> Still | None:
    """None if it was erased."""
    return next(iter(several(db, Still, "still", "id = ?", still_id)), None)


def forget(db: sqlite3.Connection, participant_id: str) -> None:
    db.execute("DELETE FROM still WHERE participant_id = ?", (participant_id,))

"""What was observed of candidates, minute by minute, inside a transaction of SQLite."""

from __future__ import annotations

import sqlite3

from proctoring.store import Rejected
from proctoring.store.embedded.rows import insert, one, several, to_row
from proctoring.types import Trace


def save(db: sqlite3.Connection, trace: Trace) -> bool:
    """Is it new? Raises Rejected if the id was used for another."""
    if insert(db, "trace", to_row(trace)):
        return True
    if one(db, Trace, "trace", trace.id) != trace:
        raise Rejected(f"The id {trace.id} belongs to another trace.")
    return False


def of_participant(db: sqlite3.Connection, participant_id: str) -> list[Trace]:
    return several(db, Trace, "trace", "participant_id = ? ORDER BY started_at, id", participant_id)


def of_meeting(db: sqlite3.Connection, meeting_id: str) -> list[str]:
    """Ids of participants."""
    query = """SELECT id FROM participant WHERE meeting_id = ?
               AND EXISTS (SELECT 1 FROM trace WHERE participant_id = participant.id) ORDER BY id"""
    return [str(row[0]) for row in db.execute(query, (meeting_id,))]


def by_id(db: sqlite3.Connection, trace_id: str) -> Trace | None:
    """None if it was erased."""
    return next(iter(several(db, Trace, "trace", "id = ?", trace_id)), None)


def forget(db: sqlite3.Connection, participant_id: str) -> None:
    db.execute("DELETE FROM trace WHERE participant_id = ?", (participant_id,))

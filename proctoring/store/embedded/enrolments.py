"""What candidates are known again by until they finish, inside a transaction of SQLite."""

from __future__ import annotations

import json
import sqlite3

from proctoring.store.embedded.rows import several, to_row
from proctoring.types import Enrolled, Participant

_SAVE = """
    INSERT INTO enrolment (participant_id, kind, content, saved_at)
    VALUES (:participant_id, :kind, :content, :saved_at)
    ON CONFLICT (participant_id, kind) DO UPDATE
    SET content = :content, saved_at = :saved_at"""


def is_over(participant: Participant) -> bool:
    """Nothing is kept of them any more."""
    return participant.finished_at is not None or participant.erased_at is not None


def save(db: sqlite3.Connection, enrolled: Enrolled) -> bool:
    """Is it newer than what was there?"""
    return db.execute(f"{_SAVE} WHERE saved_at < :saved_at", to_row(enrolled)).rowcount == 1


def of_participant(db: sqlite3.Connection, participant_id: str) -> list[Enrolled]:
    return several(db, Enrolled, "enrolment", "participant_id = ? ORDER BY kind", participant_id)


def of_meeting(db: sqlite3.Connection, meeting_id: str) -> list[str]:
    """Ids of participants."""
    query = """SELECT DISTINCT id FROM participant JOIN enrolment ON participant_id = id
               WHERE meeting_id = ? ORDER BY id"""
    return [str(row[0]) for row in db.execute(query, (meeting_id,))]


def forget(db: sqlite3.Connection, participant_id: str) -> bool:
    """Was there anything?"""
    query = "DELETE FROM enrolment WHERE participant_id = ?"
    return db.execute(query, (participant_id,)).rowcount > 0


def outbox_key(enrolled: Enrolled) -> str:
    """The key of its row in the outbox."""
    return json.dumps([enrolled.participant_id, enrolled.kind], separators=(",", ":"))


def by_outbox_key(db: sqlite3.Connection, key: str) -> Enrolled | None:
    """None if it is gone."""
    where = "participant_id = ? AND kind = ?"
    return next(iter(several(db, Enrolled, "enrolment", where, *json.loads(key))), None)

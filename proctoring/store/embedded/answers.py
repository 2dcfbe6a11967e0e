"""What candidates answer, inside a transaction of SQLite."""

from __future__ import annotations

import json
import sqlite3

from proctoring.store.embedded.rows import several, to_row
from proctoring.types import Answer

_SAVE = """
    INSERT INTO answer (participant_id, question_id, revision, content, saved_at)
    VALUES (:participant_id, :question_id, :revision, :content, :saved_at)
    ON CONFLICT (participant_id, question_id) DO UPDATE
    SET revision = :revision, content = :content, saved_at = :saved_at"""


def save(db: sqlite3.Connection, answer: Answer) -> bool:
    """Is it newer than what was there?"""
    return db.execute(f"{_SAVE} WHERE revision < :revision", to_row(answer)).rowcount == 1


def take(db: sqlite3.Connection, answer: Answer) -> None:
    """From the remote store, which has decided between two of one revision."""
    db.execute(f"{_SAVE} WHERE revision <= :revision", to_row(answer))


def of_participant(db: sqlite3.Connection, participant_id: str) -> list[Answer]:
    return several(db, Answer, "answer", "participant_id = ? ORDER BY question_id", participant_id)


def forget(db: sqlite3.Connection, participant_id: str) -> None:
    db.execute("DELETE FROM answer WHERE participant_id = ?", (participant_id,))


def outbox_key(participant_id: str, question_id: str) -> str:
    """The key of an answer's row in the outbox."""
    return json.dumps([participant_id, question_id], separators=(",", ":"))


def by_outbox_key(db: sqlite3.Connection, key: str) -> Answer | None:
    """None if it was erased."""
    where = "participant_id = ? AND question_id = ?"
    return next(iter(several(db, Answer, "answer", where, *json.loads(key))), None)

"""What is kept under a key, and the end of it, inside a transaction of SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from proctoring.store import EvidenceRef, Rejected
from proctoring.store.embedded import acts, answers, enrolments, office, stills, traces
from proctoring.store.embedded.rows import columns, from_row, insert, one, to_microseconds
from proctoring.types import Participant

_OF_PARTICIPANT = "occurrence_id IN (SELECT id FROM occurrence WHERE participant_id = ?)"


def add_key(db: sqlite3.Connection, participant_id: str, wrapped: str) -> str:
    check_not_erased(db, participant_id)
    insert(db, "participant_key", {"participant_id": participant_id, "wrapped": wrapped})
    return key(db, participant_id) or wrapped


def key(db: sqlite3.Connection, participant_id: str) -> str | None:
    query = "SELECT wrapped FROM participant_key WHERE participant_id = ?"
    row = db.execute(query, (participant_id,)).fetchone()
    return str(row[0]) if row and row[0] else None


def hold(db: sqlite3.Connection, meeting_id: str, reason: str) -> None:
    db.execute("DELETE FROM legal_hold WHERE meeting_id = ?", (meeting_id,))
    if reason:
        insert(db, "legal_hold", {"meeting_id": meeting_id, "reason": reason})


def held(db: sqlite3.Connection, meeting_id: str) -> str:
    """Why nothing of the meeting may be erased; empty if it may."""
    query = "SELECT reason FROM legal_hold WHERE meeting_id = ?"
    row = db.execute(query, (meeting_id,)).fetchone()
    return str(row[0]) if row else ""


def evidence_of(db: sqlite3.Connection, participant_id: str) -> list[EvidenceRef]:
    """In the order of capture."""
    query = f"""SELECT {columns(EvidenceRef, "evidence")} FROM evidence
                WHERE {_OF_PARTICIPANT} ORDER BY captured_at, id"""
    return [from_row(EvidenceRef, row) for row in db.execute(query, (participant_id,)).fetchall()]


def mark_evidence(db: sqlite3.Connection, participant_id: str) -> tuple[int, list[EvidenceRef]]:
    """Say that its bytes are gone: how many pieces had some, and whose files are to go. What was
    observed, and what was shared, goes at once.

    Those are named anew every time, because whoever marked them may have died before the end.
    """
    traces.forget(db, participant_id)
    stills.forget(db, participant_id)
    query = f"UPDATE evidence SET is_erased = 1 WHERE is_erased = 0 AND {_OF_PARTICIPANT}"
    count = db.execute(query, (participant_id,)).rowcount
    return count, orphans(db, evidence_of(db, participant_id))


def orphans(db: sqlite3.Connection, refs: Sequence[EvidenceRef]) -> list[EvidenceRef]:
    """Those whose bytes no other evidence shares."""
    query = "SELECT 1 FROM evidence WHERE sha256 = ? AND is_erased = 0"
    return [ref for ref in refs if db.execute(query, (ref.sha256,)).fetchone() is None]


def forget(db: sqlite3.Connection, participant_id: str, at: datetime) -> None:
    """Key, name, answers, acts, enrolments and invitation go, and the token ends. The first time
    counts."""
    now = to_microseconds(at)
    db.execute(
        "UPDATE participant SET name = '', erased_at = ? WHERE id = ? AND erased_at IS NULL",
        (now, participant_id),
    )
    insert(db, "participant_key", {"participant_id": participant_id, "wrapped": ""})
    db.execute(
        "UPDATE participant_key SET wrapped = '' WHERE participant_id = ?", (participant_id,)
    )
    answers.forget(db, participant_id)
    acts.forget(db, participant_id)
    enrolments.forget(db, participant_id)
    office.forget(db, participant_id)
    db.execute(
        "UPDATE capability SET revoked_at = coalesce(revoked_at, ?) WHERE participant_id = ?",
        (now, participant_id),
    )


def check_not_held(db: sqlite3.Connection, participant: Participant) -> None:
    if reason := held(db, participant.meeting_id):
        raise Rejected(f"The meeting is on legal hold ({reason}): nothing of it can be erased.")


def check_not_erased(db: sqlite3.Connection, participant_id: str) -> None:
    if one(db, Participant, "participant", participant_id).erased_at is not None:
        raise Rejected(f"The data of participant {participant_id!r} were erased.")

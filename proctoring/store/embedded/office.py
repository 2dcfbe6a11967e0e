"""What an examiner keeps beside an exam, inside a transaction of SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from proctoring.store import Rejected
from proctoring.store.embedded.rows import insert, several, to_row
from proctoring.types import OfficeRecord

INVITATION = "invitation"  # the kind whose id becomes that of a participant
TOO_LATE = (
    "Somebody has begun this exam, or has agreed to what it measures: it stays as it is for all."
)
_NEWER = """UPDATE SET revision = :revision, token_hash = :token_hash, content = :content,
            saved_at = :saved_at, actor = :actor
            WHERE revision < :revision AND content <> ''
            AND meeting_id = :meeting_id AND kind = :kind"""


def save(db: sqlite3.Connection, record: OfficeRecord) -> bool:
    """Did it change anything? Raises Rejected."""
    if insert(db, "office_record", to_row(record), _NEWER):
        return True
    known = _known(db, record.id)
    if (known.meeting_id, known.kind) != (record.meeting_id, record.kind):
        raise Rejected(f"The id {record.id} belongs to another record.")
    if not known.content:
        raise Rejected(f"The record {record.id} was erased.")
    if known.revision == record.revision and known != record:
        raise Rejected("This was changed by somebody else meanwhile. Look at it anew.")
    return False


def take(db: sqlite3.Connection, given: Iterable[OfficeRecord]) -> None:
    """From where they are kept as well: what is older changes nothing."""
    for record in given:
        insert(db, "office_record", to_row(record), _NEWER)


def check_nobody(db: sqlite3.Connection, meeting_id: str) -> None:
    """Raises Rejected."""
    query = """SELECT 1 FROM participant
               WHERE meeting_id = ? AND (started_at NOT NULL OR erased_at IS NULL)"""
    if db.execute(query, (meeting_id,)).fetchone():
        raise Rejected(TOO_LATE)


def of_meeting(db: sqlite3.Connection, meeting_id: str, kinds: Iterable[str]) -> list[OfficeRecord]:
    # By rowid: that of a row stays when a later revision takes its place.
    where = "meeting_id = ? AND kind = ? AND content <> '' ORDER BY rowid"
    found = (several(db, OfficeRecord, "office_record", where, meeting_id, kind) for kind in kinds)
    return [record for records in found for record in records]


def by_token(db: sqlite3.Connection, token_hash: str) -> list[OfficeRecord]:
    where = "token_hash = ? AND token_hash <> '' AND content <> '' ORDER BY rowid"
    return several(db, OfficeRecord, "office_record", where, token_hash)


def invited(db: sqlite3.Connection, meeting_id: str) -> list[str]:
    query = """SELECT id FROM office_record WHERE meeting_id = ? AND kind = ?
               AND token_hash <> '' AND content <> '' ORDER BY rowid"""
    return [str(row[0]) for row in db.execute(query, (meeting_id, INVITATION))]


def by_id(db: sqlite3.Connection, record_id: str) -> OfficeRecord | None:
    """Also an erased one."""
    return next(iter(several(db, OfficeRecord, "office_record", "id = ?", record_id)), None)


def is_erased(db: sqlite3.Connection, record_id: str) -> bool:
    query = "SELECT 1 FROM office_record WHERE id = ? AND content = ''"
    return db.execute(query, (record_id,)).fetchone() is not None


def forget(db: sqlite3.Connection, record_id: str) -> None:
    db.execute("UPDATE office_record SET content = '', token_hash = '' WHERE id = ?", (record_id,))


def _known(db: sqlite3.Connection, record_id: str) -> OfficeRecord:
    (known,) = several(db, OfficeRecord, "office_record", "id = ?", record_id)
    return known

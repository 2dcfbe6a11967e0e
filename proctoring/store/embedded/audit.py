"""The log of a meeting, inside a transaction of SQLite."""

from __future__ import annotations

import sqlite3

from proctoring.audit import chain
from proctoring.store import Rejected
from proctoring.store.embedded.rows import columns, from_row, insert, names, to_row
from proctoring.types import AuditEntry, AuditEvent

_COLUMNS = f"{columns(AuditEvent, 'audit')}, number, hash"


def append(db: sqlite3.Connection, event: AuditEvent) -> None:
    """Raises Rejected if the id was used for another event."""
    if known := _select(db, "id = ?", event.id):
        if known[0].event != event:
            raise Rejected(f"The id {event.id} belongs to another event.")
        return
    last = _select(db, "meeting_id = ? ORDER BY number DESC LIMIT 1", event.meeting_id)
    number, previous = (last[0].number, last[0].hash) if last else (0, chain.START)
    entry = AuditEntry(event, number + 1, chain.link(previous, event))
    insert(db, "audit", to_row(event) | {"number": entry.number, "hash": entry.hash})


def entries(db: sqlite3.Connection, meeting_id: str, after: int) -> list[AuditEntry]:
    return _select(db, "meeting_id = ? AND number > ? ORDER BY number", meeting_id, after)


def _select(db: sqlite3.Connection, where: str, *values: object) -> list[AuditEntry]:
    rows = db.execute(f"SELECT {_COLUMNS} FROM audit WHERE {where}", values).fetchall()
    width = len(names(AuditEvent))
    return [AuditEntry(from_row(AuditEvent, row), *row[width:]) for row in rows]

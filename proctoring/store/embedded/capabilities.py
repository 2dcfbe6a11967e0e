"""Who may do what, inside a transaction of SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from proctoring.store import Rejected
from proctoring.store.embedded import outbox
from proctoring.store.embedded.rows import insert, one, several, to_microseconds, to_row
from proctoring.types import Capability


def add(db: sqlite3.Connection, capabilities: Iterable[Capability]) -> None:
    """Raises Rejected if an id or a token is another's."""
    for given in capabilities:
        insert(db, "capability", to_row(given))
        known = one(db, Capability, "capability", given.id)
        if replace(known, revoked_at=given.revoked_at) != given:
            raise Rejected(f"There is another capability {given.id!r} already.")
        outbox.put(db, "add_capability", given.id, given.meeting_id, given.participant_id)


def by_token(db: sqlite3.Connection, token_hash: str) -> Capability | None:
    return next(iter(several(db, Capability, "capability", "token_hash = ?", token_hash)), None)


def of_meeting(db: sqlite3.Connection, meeting_id: str) -> list[Capability]:
    where = "meeting_id = ? ORDER BY created_at, id"
    return several(db, Capability, "capability", where, meeting_id)


def revoke(db: sqlite3.Connection, capability_id: str, at: datetime) -> None:
    """The first time counts."""
    db.execute(
        "UPDATE capability SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?",
        (to_microseconds(at), capability_id),
    )

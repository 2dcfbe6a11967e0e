"""The keys of other programs: made at the command line, kept as hashes, ended there.

A key has the rights of an examiner in the meetings that it made, by a capability of its own in
each: the log names it, an examiner can end it, and nothing is asked of a key elsewhere.
"""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from proctoring.access.tokens import hash_secret
from proctoring.ids import new_id
from proctoring.integration.database import Database

PREFIX = "opk_"  # begins every key, so that a scanner of secrets knows one


class KeyRole(StrEnum):
    EXAMINER = "examiner"  # makes meetings, and does in them what an examiner does
    ANALYSIS = "analysis"  # has pictures and sound analysed, of which nothing is kept
    METRICS = "metrics"  # reads how the server is doing


@dataclass(frozen=True, slots=True)
class ApiKey:
    id: str
    label: str  # whose it is, in the operator's words
    roles: frozenset[KeyRole]
    created_at: datetime  # UTC
    revoked_at: datetime | None = None  # UTC


class Keys:
    """Safe to call from any thread. Everything raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, label: str, roles: frozenset[KeyRole]) -> tuple[ApiKey, str]:
        """And its secret, which nobody can ask for again."""
        secret = PREFIX + secrets.token_urlsafe(32)
        key = ApiKey(new_id(), label, roles, datetime.now(UTC))
        with self._database.use() as db:
            db.execute(
                "INSERT INTO api_key (id, label, secret_hash, roles, created_at)"
                " VALUES (?, ?, ?, ?, ?)",
                (key.id, label, hash_secret(secret), _text(roles), key.created_at.isoformat()),
            )
        return key, secret

    def list(self) -> list[ApiKey]:
        with self._database.use() as db:
            return [_key(row) for row in db.execute("SELECT * FROM api_key ORDER BY id")]

    def revoke(self, key_id: str) -> bool:
        """From now on. False if there is none of this id that is still good."""
        with self._database.use() as db:
            return bool(
                db.execute(
                    "UPDATE api_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
                    (datetime.now(UTC).isoformat(), key_id),
                ).rowcount
            )

    def by_secret(self, secret: str) -> ApiKey | None:
        """The key, if it is good now."""
        with self._database.use() as db:
            row = db.execute(
                "SELECT * FROM api_key WHERE secret_hash = ? AND revoked_at IS NULL",
                (hash_secret(secret),),
            ).fetchone()
        return _key(row) if row else None

    def is_good(self, key_id: str) -> bool:
        with self._database.use() as db:
            found = db.execute(
                "SELECT 1 FROM api_key WHERE id = ? AND revoked_at IS NULL", (key_id,)
            )
            return found.fetchone() is not None

    def give(self, key_id: str, meeting_id: str, capability_id: str) -> None:
        """The meeting is the key's, by this capability."""
        with self._database.use() as db:
            db.execute(
                "INSERT OR REPLACE INTO key_meeting (key_id, meeting_id, capability_id)"
                " VALUES (?, ?, ?)",
                (key_id, meeting_id, capability_id),
            )

    def capability_of(self, key_id: str, meeting_id: str) -> str | None:
        """Its id."""
        with self._database.use() as db:
            row = db.execute(
                "SELECT capability_id FROM key_meeting WHERE key_id = ? AND meeting_id = ?",
                (key_id, meeting_id),
            ).fetchone()
        return str(row[0]) if row else None

    def meetings(self, key_id: str) -> set[str]:
        """Their ids."""
        with self._database.use() as db:
            rows = db.execute("SELECT meeting_id FROM key_meeting WHERE key_id = ?", (key_id,))
            return {str(row[0]) for row in rows}


def _text(roles: frozenset[KeyRole]) -> str:
    return ",".join(sorted(roles))


def _key(row: sqlite3.Row) -> ApiKey:
    return ApiKey(
        id=row["id"],
        label=row["label"],
        roles=frozenset(KeyRole(name) for name in row["roles"].split(",")),
        created_at=datetime.fromisoformat(row["created_at"]),
        revoked_at=datetime.fromisoformat(row["revoked_at"]) if row["revoked_at"] else None,
    )

"""What a remote store has still to be told: rows that name a verb and a record.

A row is put in the transaction that writes its record, so there is never one without the
other. It does not hold the record: what is sent is the record as it is at that time, which is
sound because every save is an upsert and a newer state takes the place of an older one. So a
record that changes while it waits is sent once, and what was erased meanwhile never.

A lane is what must stay in order: the records of one participant, or those of a meeting.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from proctoring.store.embedded.database import Database
from proctoring.store.embedded.rows import to_datetime, to_microseconds

LONGEST_PAUSE = timedelta(seconds=30)

_PUT = """
    INSERT INTO outbox (lane, meeting_id, verb, key)
    SELECT ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM remote)
    ON CONFLICT (verb, key) DO UPDATE SET version = version + 1, refused = ''"""

# The first row of each lane. SQLite takes the other columns from the row of the minimum.
_HEADS = """
    SELECT lane, meeting_id, next_at, min(number) AS number FROM outbox
    WHERE refused = '' GROUP BY lane"""

# A participant waits until the meeting is there. A pause longer than the longest was made
# before the clock was set back.
_DUE = f"""
    SELECT lane FROM ({_HEADS}) AS head
    WHERE (next_at <= :now OR next_at > :now + :longest)
      AND NOT EXISTS (
        SELECT 1 FROM outbox WHERE verb = 'add_meeting' AND key = head.meeting_id
          AND refused = '' AND lane <> head.lane)
    ORDER BY number"""


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    lane: str
    verb: str
    key: str
    version: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Summary:
    waiting: int
    failing_since: datetime | None  # UTC, of the one that has failed for longest
    refused: int
    last_reason: str  # of the newest that was refused


def put(
    db: sqlite3.Connection, verb: str, key: str, meeting_id: str, participant_id: str | None = None
) -> None:
    """Inside the transaction that writes the record. Nothing, if there is no remote store."""
    db.execute(_PUT, (participant_id or meeting_id, meeting_id, verb, key))


def has(db: sqlite3.Connection, verb: str, key: str) -> bool:
    """Inside a transaction: does it wait, or was it refused?"""
    query = "SELECT 1 FROM outbox WHERE verb = ? AND key = ?"
    return db.execute(query, (verb, key)).fetchone() is not None


class Outbox:
    """The rows of one database, as whoever sends them sees them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, now: datetime) -> list[str]:
        """Lanes whose first row may be sent, the one that waits for longest first."""
        values = {
            "now": to_microseconds(now),
            "longest": LONGEST_PAUSE // timedelta(microseconds=1),
        }
        with self._database.read() as db:
            return [str(row[0]) for row in db.execute(_DUE, values)]

    def rows(self, lane: str, count: int) -> list[Row]:
        """The first of the lane, in their order."""
        with self._database.read() as db:
            found = db.execute(
                "SELECT number, lane, verb, key, version, attempts FROM outbox"
                " WHERE lane = ? AND refused = '' ORDER BY number LIMIT ?",
                (lane, count),
            )
            return [Row(*row) for row in found.fetchall()]

    def has(self, verb: str, key: str) -> bool:
        """Does it wait, or was it refused?"""
        with self._database.read() as db:
            return has(db, verb, key)

    def done(self, rows: Iterable[Row]) -> None:
        """The remote store has them. One whose record changed meanwhile is sent again."""
        with self._database.write() as db:
            db.executemany(
                "DELETE FROM outbox WHERE number = ? AND version = ?",
                [(row.number, row.version) for row in rows],
            )

    def drop(self, verb: str, key: str) -> None:
        """The remote store was told by another way."""
        with self._database.write() as db:
            db.execute("DELETE FROM outbox WHERE verb = ? AND key = ?", (verb, key))

    def postpone(self, row: Row, now: datetime, until: datetime) -> None:
        with self._database.write() as db:
            db.execute(
                "UPDATE outbox SET attempts = attempts + 1, next_at = ?,"
                " failing_since = coalesce(failing_since, ?) WHERE number = ?",
                (to_microseconds(until), to_microseconds(now), row.number),
            )

    def refuse(self, row: Row, reason: str) -> None:
        """Keep it, with the reason, out of the way of those behind it."""
        with self._database.write() as db:
            db.execute(
                "UPDATE outbox SET attempts = attempts + 1, refused = ?"
                " WHERE number = ? AND version = ?",
                (reason or "No reason was given.", row.number, row.version),
            )

    def hurry(self, *, refused_too: bool = False) -> None:
        """Let all be sent now: what held them up is mended."""
        change = "next_at = 0, refused = ''" if refused_too else "next_at = 0"
        where = "next_at > 0 OR refused <> ''" if refused_too else "next_at > 0 AND refused = ''"
        with self._database.write() as db:
            db.execute(f"UPDATE outbox SET {change} WHERE {where}")

    def summary(self) -> Summary:
        with self._database.read() as db:
            waiting, since = db.execute(
                "SELECT count(*), min(failing_since) FROM outbox WHERE refused = ''"
            ).fetchone()
            refused, _, reason = db.execute(
                "SELECT count(*), max(number), refused FROM outbox WHERE refused <> ''"
            ).fetchone()
        return Summary(waiting, to_datetime(since), refused, reason or "")

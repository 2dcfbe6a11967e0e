"""Brings a database to the newest version: one numbered SQL file per step, all or nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from proctoring.store import StoreError

FOLDER = Path(__file__).parent / "migrations"


def scripts() -> list[str]:
    """The text of `0001_*.sql`, `0002_*.sql` …; a published one is never edited again."""
    return [path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.sql"))]


def migrate(db: sqlite3.Connection, steps: Sequence[str]) -> None:
    """Apply the steps that this database has not had. Safe in several processes at once.

    Raises StoreError, and touches nothing, if the database is from a newer version.
    """
    if _version(db) == len(steps):
        return  # the common case takes no lock
    # Tables that others refer to are made anew, which foreign keys would forbid meanwhile.
    db.execute("PRAGMA foreign_keys = OFF")
    db.execute("BEGIN IMMEDIATE")
    try:
        done = _version(db)  # again: another process may have been first
        if done > len(steps):
            raise StoreError(
                f"The database has version {done}, and this OpenProctor knows up to version"
                f" {len(steps)}: a newer one wrote it. Install that one, or restore a backup."
            )
        for step in steps[done:]:
            for statement in _statements(step):
                db.execute(statement)
        if lost := db.execute("PRAGMA foreign_key_check").fetchall():
            raise StoreError(f"The database has {len(lost)} rows that refer to nothing.")
        db.execute(f"PRAGMA user_version = {len(steps)}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    finally:
        db.execute("PRAGMA foreign_keys = ON")


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _statements(script: str) -> Iterator[str]:
    """One by one, because `executescript` would commit before it begins."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""

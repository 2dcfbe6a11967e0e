"""Spans of coverage, inside a transaction of SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from proctoring.store.embedded.rows import insert, to_row
from proctoring.types import CoverageSpan

_LATER = """UPDATE SET state = :state, reason = :reason, ended_at = :ended_at
            WHERE ended_at <= :ended_at"""


def save(db: sqlite3.Connection, spans: Iterable[CoverageSpan]) -> None:
    """A span grows: the state that ends last is kept."""
    for span in spans:
        insert(db, "coverage_span", to_row(span), _LATER)

"""The embedded store under test, its folder, and its file as another program opens it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from stores import add_people

from proctoring.store.embedded.sqlite import SqliteStore


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def store(data: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(data, busy_timeout_s=0.2)
    add_people(store, "m", "p")
    yield store
    store.close()


def database(data: Path) -> sqlite3.Connection:
    """As some other program opens it."""
    return sqlite3.connect(data / "openproctor.db", isolation_level=None)

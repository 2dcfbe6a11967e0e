"""How the embedded store fails: no room, no right, no peace, damage. All of it is told."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest
from making import occurrence
from sqlite_store import data, database, store
from stores import at_once, evidence

from proctoring.store import Rejected, StoreError
from proctoring.store.embedded.sqlite import SqliteStore

__all__ = ["data", "store"]  # the fixtures


def test_a_full_disk_is_told_and_nothing_is_half_saved(store: SqliteStore) -> None:
    with store._database.read() as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {pages}")  # SQLite's own way to a full disk
    with pytest.raises(StoreError, match="disk is full") as told:
        save_many(store, saved := [])
    assert not isinstance(told.value, Rejected)
    assert 0 < sum(incident.count for incident in store.feed("m").incidents) == len(saved)

    with store._database.read() as db:
        db.execute("PRAGMA max_page_count = 1000000")
    store.save_occurrence(occurrence(5000))
    assert sum(incident.count for incident in store.feed("m").incidents) == len(saved) + 1


def save_many(store: SqliteStore, saved: list[int]) -> None:
    for i in range(1000):
        store.save_occurrence(occurrence(i, summary="x" * 2000))
        saved.append(i)


def test_a_folder_that_cannot_be_written_is_told(store: SqliteStore, data: Path) -> None:
    owner = occurrence(0)
    store.save_occurrence(owner)
    picture = evidence(owner.id)
    (data / "evidence" / picture.sha256[:2]).write_text("a file where a folder should be")
    with pytest.raises(StoreError, match="data folder") as told:
        store.save_evidence(picture)
    assert not isinstance(told.value, Rejected)


def test_a_data_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where a folder should be")
    with pytest.raises(StoreError, match="data folder"):
        SqliteStore(tmp_path / "data")


def test_a_lock_is_told(store: SqliteStore, data: Path) -> None:
    with closing(database(data)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked"):
            store.save_occurrence(occurrence(0))
        assert store.feed("m").incidents == (), "reading goes on"
        other.execute("ROLLBACK")
    store.save_occurrence(occurrence(0))


def test_a_damaged_database_is_told_and_copied_aside_once(data: Path) -> None:
    SqliteStore(data).close()
    path = data / "openproctor.db"
    path.write_bytes(b"this was a database" * 1000)
    for _ in range(2):
        with pytest.raises(StoreError, match=r"damaged.*copy.*openproctor\.db\.damaged-"):
            SqliteStore(data)
    (copy,) = data.glob("openproctor.db.damaged-*")
    assert copy.read_bytes() == path.read_bytes()


def test_damage_inside_is_found_on_opening(store: SqliteStore, data: Path) -> None:
    for i in range(200):
        store.save_occurrence(occurrence(i))
    store.close()
    path = data / "openproctor.db"
    content = bytearray(path.read_bytes())
    half = len(content) // 2
    content[half : half + 8192] = os.urandom(8192)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="damaged"):
        SqliteStore(data)
    assert len(list(data.glob("openproctor.db.damaged-*"))) == 1


def test_damage_found_while_running_is_told_and_copied_aside_once(
    store: SqliteStore, data: Path
) -> None:
    for i in range(300):
        store.save_occurrence(occurrence(i))
    store.close()
    store = SqliteStore(data)
    path = data / "openproctor.db"
    with path.open("r+b") as file:
        file.seek(3 * 4096)
        file.write(os.urandom(path.stat().st_size - 3 * 4096))
    for _ in range(3):
        with pytest.raises(StoreError, match="damaged"):
            at_once(lambda: store.feed("m"))  # a thread of its own has nothing in its cache
    store.close()
    assert len(list(data.glob("openproctor.db.damaged-*"))) == 1

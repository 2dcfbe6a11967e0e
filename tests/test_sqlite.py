"""What is special to the embedded store: its file, its connections, its files of evidence."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from making import at, occurrence
from sqlite_store import data, store
from stores import at_once, evidence

from proctoring.store import StoreError
from proctoring.store.embedded.files import ABANDONED_S
from proctoring.store.embedded.sqlite import SqliteStore

__all__ = ["data", "store"]  # the fixtures
ROOT = Path(__file__).parent.parent


# --- the file ------------------------------------------------------------------------------


def test_what_was_saved_is_there_when_it_is_opened_again(store: SqliteStore, data: Path) -> None:
    owner = occurrence(0)
    picture = evidence(owner.id)
    store.save_occurrence(owner)
    store.save_evidence(picture)
    feed = store.feed("m")
    store.close()
    with closing(SqliteStore(data)) as again:
        assert again.feed("m") == feed
        assert again.evidence(picture.id) == picture


def test_a_commit_survives_a_loss_of_power(store: SqliteStore) -> None:
    with store._database.read() as db:
        pragmas = {
            name: db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    full, on = 2, 1
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": full,
        "foreign_keys": on,
        "busy_timeout": 200,
    }


def test_every_table_is_strict(store: SqliteStore) -> None:
    with store._database.read() as db:
        tables = db.execute(
            "SELECT name, strict FROM pragma_table_list"
            " WHERE type = 'table' AND schema = 'main' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
    assert len(tables) == 25
    assert all(strict for _, strict in tables)


def test_secrets_are_apart_from_what_they_protect(store: SqliteStore) -> None:
    with store._database.read() as db:
        rows = repr(
            [db.execute(f"SELECT * FROM {t}").fetchall() for t in ("meeting", "participant")]
        )
    assert "Algebra I" in rows
    assert "secret of m" not in rows
    assert "token of p" not in rows


def test_the_data_folder_is_its_owners_alone(store: SqliteStore, data: Path) -> None:
    assert stat.S_IMODE(data.stat().st_mode) == 0o700


def test_the_feed_is_found_by_its_index(store: SqliteStore) -> None:
    queries: list[str] = []
    with store._database.read() as db:
        db.set_trace_callback(queries.append)
    store.feed("m", 5)
    store.feed("m", 5, "p")
    plans = []
    with store._database.read() as db:
        db.set_trace_callback(None)
        for query in queries:
            if "FROM incident" in query:
                plan = db.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
                plans.append(" ".join(row[-1] for row in plan))
    assert "incident_by_meeting (meeting_id=? AND revision>?)" in plans[0]
    assert "incident_by_participant (participant_id=? AND revision>?)" in plans[1]
    assert not any("SCAN" in plan for plan in plans)


# --- connections ---------------------------------------------------------------------------


def test_reading_does_not_hold_up_writing(store: SqliteStore) -> None:
    with store._database.read() as db:
        before = db.execute("SELECT count(*) FROM occurrence").fetchone()
        at_once(lambda: store.save_occurrence(occurrence(0)))
        assert db.execute("SELECT count(*) FROM occurrence").fetchone() == before


def test_writing_does_not_hold_up_reading(store: SqliteStore) -> None:
    with store._database.write() as db:
        db.execute("UPDATE meeting SET title = 'Algebra II'")
        titles: list[str] = []
        at_once(lambda: titles.append(store.meeting("m").title))
    assert titles == ["Algebra I"]
    assert store.meeting("m").title == "Algebra II"


def test_a_thread_that_ends_leaves_no_connection(store: SqliteStore) -> None:
    for _ in range(20):
        at_once(lambda: store.meeting("m"))
    assert len(store._database._held) == 1


def test_closing_ends_the_work_of_all_threads(store: SqliteStore) -> None:
    begun = threading.Event()

    def work() -> None:
        for i in range(10_000):
            store.save_occurrence(occurrence(i))
            store.feed("m", 10**6 if i < 5 else 0)
            begun.set()

    def end() -> None:
        begun.wait()
        store.close()

    with pytest.raises(StoreError, match="closed"):
        at_once(work, end)


# --- several processes ---------------------------------------------------------------------

HAMMER = """
import sys
from pathlib import Path
from making import occurrence
from proctoring.store.embedded.sqlite import SqliteStore

store = SqliteStore(Path(sys.argv[1]), busy_timeout_s=60)
for opened_s in range(int(sys.argv[2]), 1800, int(sys.argv[3])):
    for kind in ("multiple_faces", "no_face"):
        store.save_occurrence(occurrence(opened_s, kind=kind))
"""


def test_many_processes_fold_together_and_lose_nothing(store: SqliteStore, data: Path) -> None:
    """Four of them, each with every fortieth second of half an hour, in no common order."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", HAMMER, str(data), str(10 * number), "40"], env=environment
        )
        for number in range(4)
    ]
    assert [process.wait() for process in processes] == [0] * 4
    incidents = store.feed("m").incidents
    opened = [(i.kind, i.opened_at, i.count) for i in sorted(incidents, key=lambda i: i.opened_at)]
    assert sorted(opened) == [
        (kind, at(start), 60) for kind in ("multiple_faces", "no_face") for start in (0, 600, 1200)
    ]


# --- evidence files ------------------------------------------------------------------------


def test_a_file_is_named_by_its_hash(store: SqliteStore, data: Path) -> None:
    owner = occurrence(0)
    store.save_occurrence(owner)
    picture, sound = evidence(owner.id), evidence(owner.id, b"RIFF", media_type="audio/wav")
    store.save_evidence(picture)
    store.save_evidence(sound)
    files = {f"{p.parent.name}/{p.name}" for p in (data / "evidence").glob("*/*")}
    assert files == {
        f"{picture.sha256[:2]}/{picture.sha256}.jpg",
        f"{sound.sha256[:2]}/{sound.sha256}.wav",
    }


def test_a_missing_file_is_told_and_saving_again_mends_it(store: SqliteStore, data: Path) -> None:
    owner = occurrence(0)
    store.save_occurrence(owner)
    picture = evidence(owner.id)
    store.save_evidence(picture)
    next((data / "evidence").glob("*/*")).unlink()
    with pytest.raises(StoreError, match="missing"):
        store.evidence(picture.id)
    store.save_evidence(picture)
    assert store.evidence(picture.id) == picture


def test_a_changed_file_is_told_and_saving_again_mends_it(store: SqliteStore, data: Path) -> None:
    owner = occurrence(0)
    store.save_occurrence(owner)
    picture = evidence(owner.id)
    store.save_evidence(picture)
    path = next((data / "evidence").glob("*/*"))
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(StoreError, match="changed"):
        store.evidence(picture.id)
    store.save_evidence(picture)
    assert store.evidence(picture.id) == picture


def test_evidence_of_nothing_leaves_no_file(store: SqliteStore, data: Path) -> None:
    with pytest.raises(StoreError):
        store.save_evidence(evidence("nobody"))
    assert list((data / "evidence").iterdir()) == []


def test_half_written_files_of_the_dead_are_removed(store: SqliteStore, data: Path) -> None:
    folder = data / "evidence" / "ab"
    folder.mkdir()
    old, new = folder / "old.part", folder / "new.part"
    for path in (old, new):
        path.write_bytes(b"half")
    then = time.time() - ABANDONED_S - 60
    os.utime(old, (then, then))
    SqliteStore(data).close()
    assert list(folder.iterdir()) == [new]

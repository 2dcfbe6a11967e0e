"""What is special to the embedded store: its file, its guards, and how it fails."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from exams import answer, answer_key, paper
from making import at, occurrence
from stores import add_people, at_once, evidence, meeting, participant

from proctoring.folding import FOLD
from proctoring.store import Rejected, StoreError
from proctoring.store.contents import (
    LONGEST_PAPER,
    LONGEST_QUESTION_ID,
    LONGEST_SEALED_ANSWER,
)
from proctoring.store.embedded.files import ABANDONED_S
from proctoring.store.embedded.migrate import FOLDER, migrate, scripts
from proctoring.store.embedded.rows import insert, to_microseconds, to_row
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.types import Policy, Role

ROOT = Path(__file__).parent.parent


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
    assert len(tables) == 21
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


# --- migrations ----------------------------------------------------------------------------


def test_migrations_are_numbered_without_gaps() -> None:
    numbers = [int(path.name[:4]) for path in sorted(FOLDER.glob("*.sql"))]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_guards_speak_of_the_same_ten_minutes() -> None:
    text = scripts()[0]
    assert f"{FOLD.total_seconds() * 1e6:.0f}" == "600000000"
    assert text.count("600000000") == 5  # the comment, and each trigger's window


def test_a_step_is_applied_wholly_or_not_at_all(data: Path) -> None:
    SqliteStore(data).close()
    with closing(database(data)) as db:
        steps = [*scripts(), "CREATE TABLE one (a) STRICT;"]
        with pytest.raises(sqlite3.OperationalError):
            migrate(db, [*scripts(), "CREATE TABLE one (a INTEGER) STRICT;\nCREATE NONSENSE;"])
        assert db.execute("PRAGMA user_version").fetchone()[0] == len(scripts())
        assert db.execute("SELECT * FROM sqlite_schema WHERE name = 'one'").fetchall() == []
        assert not db.in_transaction
        migrate(db, [*steps[:-1], "CREATE TABLE one (a INTEGER) STRICT;"])
        assert db.execute("PRAGMA user_version").fetchone()[0] == len(steps)


def test_what_version_1_kept_is_found_again(data: Path) -> None:
    data.mkdir()
    with closing(database(data)) as db:
        migrate(db, scripts()[:1])
        insert(db, "meeting", {k: v for k, v in to_row(meeting()).items() if k != "policy"})
        insert(db, "meeting_secret", {"meeting_id": "m", "secret_hash": "of proctors"})
        known = participant(name="x" * 120, started_at=at(2))
        insert(db, "participant", {k: v for k, v in to_row(known).items() if k != "erased_at"})
        resume = {"participant_id": "p", "meeting_id": "m", "resume_hash": "of p"}
        insert(db, "participant_secret", resume)
        db.commit()
    with closing(SqliteStore(data)) as store:
        assert store.meeting("m") == meeting(policy=Policy())
        assert store.participant("p") == known
        proctor, candidate = (store.capability_by_token(of) for of in ("of proctors", "of p"))
        assert proctor
        assert candidate
        assert (proctor.role, proctor.meeting_id) == (Role.PROCTOR, "m")
        assert (candidate.role, candidate.participant_id) == (Role.CANDIDATE, "p")
        store.save_occurrence(occurrence(0))  # triggers and foreign keys are in place


def test_a_database_of_a_newer_version_is_refused_and_left_alone(data: Path) -> None:
    SqliteStore(data).close()
    with closing(database(data)) as db:
        db.execute("PRAGMA user_version = 999")
    before = (data / "openproctor.db").read_bytes()
    with pytest.raises(StoreError, match="newer"):
        SqliteStore(data)
    assert (data / "openproctor.db").read_bytes() == before


def test_many_can_open_a_new_folder_at_once(data: Path) -> None:
    at_once(*[lambda: SqliteStore(data).close() for _ in range(8)])
    with closing(SqliteStore(data)) as store:
        store.add_meeting(meeting())


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


# --- guards of the database itself ---------------------------------------------------------

INCIDENT = "INSERT INTO incident VALUES (?, 'm', 'p', 'multiple_faces', ?, 0)"


@pytest.mark.parametrize("seconds", [-599.999999, 0, 599.999999])
def test_two_incidents_of_a_kind_cannot_be_in_ten_minutes(
    store: SqliteStore, seconds: float
) -> None:
    store.save_occurrence(occurrence(0))
    with pytest.raises(Rejected), store._database.write() as db:
        db.execute(INCIDENT, ("other", to_microseconds(at(seconds))))


def test_an_incident_without_occurrences_cannot_be(store: SqliteStore) -> None:
    with pytest.raises(Rejected), store._database.write() as db:
        db.execute(INCIDENT, ("other", 0))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE occurrence SET incident_id = 'nothing'",
        "UPDATE occurrence SET opened_at = opened_at + 600000000",
        "UPDATE occurrence SET kind = 'no_face'",
        "UPDATE incident SET opened_at = opened_at + 1",
        "DELETE FROM occurrence",
        "DELETE FROM incident",
        "DELETE FROM participant",
        "UPDATE meeting SET opens_at = 'soon'",
        "UPDATE participant SET name = ''",
        "UPDATE paper SET revision = 2",  # and its key is another's
        "UPDATE paper SET content = '[]'",
        "UPDATE answer_key SET content = 'x'",
        "UPDATE answer_key SET revision = 2",  # of no paper
        "UPDATE answer SET revision = 0",
        "UPDATE answer SET content = NULL",
        "DELETE FROM paper",
        "INSERT INTO staff VALUES ('ann@uni.example', 'boss', 0)",
        "INSERT INTO staff VALUES ('uni.example', 'proctor', 0)",
    ],
)
def test_records_cannot_be_made_to_contradict_each_other(
    store: SqliteStore, statement: str
) -> None:
    store.save_occurrence(occurrence(0))
    store.save_paper(paper(), answer_key())
    store.save_answer(answer())

    def all_of_it() -> object:
        exam = store.paper("m"), store.answer_key("m"), store.answers("p"), store.staff()
        return store.feed("m"), store.meeting("m"), store.participants("m"), exam

    before = all_of_it()
    with pytest.raises(Rejected), store._database.write() as db:
        db.execute(statement)
    assert all_of_it() == before


def test_the_tables_hold_to_the_bounds_that_the_program_knows(store: SqliteStore) -> None:
    with store._database.read() as db:
        tables = dict(db.execute("SELECT name, sql FROM sqlite_schema").fetchall())
    assert f"<= {LONGEST_PAPER})" in tables["paper"]
    assert f"<= {LONGEST_PAPER})" in tables["answer_key"]
    assert f"<= {LONGEST_SEALED_ANSWER})" in tables["answer"]
    assert f"BETWEEN 1 AND {LONGEST_QUESTION_ID})" in tables["answer"]


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


# --- failures ------------------------------------------------------------------------------


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

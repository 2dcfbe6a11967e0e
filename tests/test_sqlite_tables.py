"""The embedded store's tables: how they grow, and what they do not let happen."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from exams import act, answer, answer_key, office_record, paper, still, trace
from making import at, occurrence
from sqlite_store import data, database, store
from stores import at_once, meeting, participant

from proctoring.folding import FOLD
from proctoring.store import Rejected, StoreError
from proctoring.store.contents import (
    LONGEST_ACT_ID,
    LONGEST_ACT_KIND,
    LONGEST_OFFICE_ID,
    LONGEST_PAPER,
    LONGEST_QUESTION_ID,
    LONGEST_SEALED_ACT,
    LONGEST_SEALED_ANSWER,
    LONGEST_SEALED_OFFICE,
    LONGEST_SEALED_STILL,
    LONGEST_SEALED_TRACE,
    LONGEST_STILL_ID,
    LONGEST_TRACE_ID,
)
from proctoring.store.embedded.migrate import FOLDER, migrate, scripts
from proctoring.store.embedded.rows import insert, to_microseconds, to_row
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.types import Journey, Policy, Role

__all__ = ["data", "store"]  # the fixtures


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
        insert(
            db,
            "meeting",
            {k: v for k, v in to_row(meeting()).items() if k not in ("policy", "journey")},
        )
        insert(db, "meeting_secret", {"meeting_id": "m", "secret_hash": "of proctors"})
        known = participant(name="x" * 120, started_at=at(2))
        insert(db, "participant", {k: v for k, v in to_row(known).items() if k != "erased_at"})
        resume = {"participant_id": "p", "meeting_id": "m", "resume_hash": "of p"}
        insert(db, "participant_secret", resume)
        db.commit()
    with closing(SqliteStore(data)) as store:
        assert store.meeting("m") == meeting(policy=Policy(), journey=Journey())
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
        "UPDATE act SET role = 'boss'",
        "UPDATE act SET id = ''",
        "UPDATE trace SET content = x''",
        "UPDATE trace SET ended_at = started_at - 1",
        "UPDATE still SET data = x''",
        "UPDATE still SET data = x'00'",  # and its size is another's
        "UPDATE still SET source = 'camera'",
        "UPDATE still SET width = 0",
        "UPDATE office_record SET revision = 0",
        "UPDATE office_record SET actor = ''",
        "UPDATE office_record SET meeting_id = 'nowhere'",
        "UPDATE meeting SET journey = '[]'",
        "UPDATE meeting SET journey = '{\"check_in\": 1}'",
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
    store.save_act(act())
    store.save_trace(trace())
    store.save_still(still())
    store.save_office([office_record()])

    def all_of_it() -> object:
        exam = (
            store.paper("m"),
            store.answer_key("m"),
            store.answers("p"),
            store.acts("p"),
            store.traces("p"),
            store.stills("p"),
            store.office("m", "invitation"),
            store.staff(),
        )
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
    assert f"<= {LONGEST_SEALED_ACT})" in tables["act"]
    assert f"BETWEEN 1 AND {LONGEST_ACT_KIND})" in tables["act"]
    assert f"BETWEEN 1 AND {LONGEST_ACT_ID})" in tables["act"]
    assert f"BETWEEN 1 AND {LONGEST_SEALED_TRACE})" in tables["trace"]
    assert f"BETWEEN 1 AND {LONGEST_TRACE_ID})" in tables["trace"]
    assert f"BETWEEN 1 AND {LONGEST_SEALED_STILL})" in tables["still"]
    assert f"BETWEEN 1 AND {LONGEST_STILL_ID})" in tables["still"]
    assert f"<= {LONGEST_SEALED_OFFICE})" in tables["office_record"]
    assert f"BETWEEN 1 AND {LONGEST_OFFICE_ID})" in tables["office_record"]

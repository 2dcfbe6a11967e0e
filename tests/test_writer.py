from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from making import at, occurrence
from stores import add_people, at_once, evidence, span
from waiting import wait_until

from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.store.writer import StoreWriter
from proctoring.types import Notice


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "data", busy_timeout_s=0.01)
    add_people(store, "m", "p")
    yield store
    store.close()


@pytest.fixture
def writer(store: SqliteStore) -> Iterator[StoreWriter]:
    writer = StoreWriter(store, first_pause_s=0.01)
    yield writer
    writer.close()


@contextmanager
def locked(tmp_path: Path) -> Iterator[None]:
    """Another program holds the database: the store cannot save now."""
    with closing(sqlite3.connect(tmp_path / "data" / "openproctor.db", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("ROLLBACK")


def test_everything_that_a_session_produces_is_saved(
    store: SqliteStore, writer: StoreWriter
) -> None:
    opened = occurrence(0)
    closed = replace(opened, last_seen_at=at(4), closed_at=at(5))
    picture, notice, spans = evidence(opened.id), Notice(opened.id, at(1)), (span(), span())
    for record in (opened, picture, notice, spans, closed):
        writer.put(record)
    assert writer.close() == 0
    assert store.incident(opened.id).occurrences == (closed,)
    assert store.evidence(picture.id) == picture
    assert store.notices([opened.id]) == [notice]
    assert len(store.coverage("p")) == 2
    assert (writer.waiting, writer.problem, writer.failed) == (0, "", ())


def test_the_order_is_kept(store: SqliteStore, writer: StoreWriter) -> None:
    given = [occurrence(1000 * i) for i in range(50)]
    for record in given:
        writer.put(record)
    writer.close()
    assert [incident.first for incident in store.feed("m").incidents] == given


def test_many_threads_can_put(store: SqliteStore, writer: StoreWriter) -> None:
    def produce() -> None:
        for i in range(25):
            owner = occurrence(i)
            writer.put(owner)
            writer.put(evidence(owner.id))

    at_once(produce, produce, produce, produce)
    assert writer.close() == 0
    (incident,) = store.feed("m").incidents
    assert incident.count == 100
    assert len(store.evidence_list([member.id for member in incident.occurrences])) == 100


def test_what_cannot_be_saved_now_waits_is_told_and_is_saved_later(
    store: SqliteStore, writer: StoreWriter, tmp_path: Path
) -> None:
    with locked(tmp_path):
        for i in range(20):
            writer.put(occurrence(i))
        wait_until(lambda: writer.problem)
        assert writer.problem.startswith("Records cannot be saved now; 20 waiting. The database is")
        assert writer.waiting == 20
    wait_until(lambda: not writer.waiting)
    assert writer.problem == ""
    assert store.feed("m").incidents[0].count == 20


def test_pictures_beyond_the_budget_are_given_up_and_everything_else_waits(
    store: SqliteStore, tmp_path: Path
) -> None:
    owner = occurrence(0)
    fits, too_much, small = (evidence(owner.id, bytes(size)) for size in (60, 50, 40))
    with closing(StoreWriter(store, first_pause_s=0.01, most_bytes=100)) as writer:
        with locked(tmp_path):
            records = (owner, fits, too_much, small, Notice(owner.id, at(1)), (span(),))
            for record in records:
                writer.put(record)
            wait_until(lambda: writer.problem.startswith("Records cannot be saved now; 5 waiting"))
            assert "could not be saved: 1. The last: There was no room for" in writer.problem
        wait_until(lambda: not writer.waiting)
        assert [failed.record for failed in writer.failed] == [replace(too_much, data=b"")]
        writer.put(too_much)  # there is room again
        wait_until(lambda: not writer.waiting)
    assert {ref.id for ref in store.evidence_of("p")} == {fits.id, small.id, too_much.id}
    assert len(store.notices([owner.id])) == len(store.coverage("p")) == 1


def test_what_will_never_be_taken_is_kept_aside_and_the_rest_goes_on(
    store: SqliteStore, writer: StoreWriter
) -> None:
    stranger, orphan = occurrence(0, participant_id="nobody"), evidence("nothing")
    impossible = occurrence(0, value=float("nan"))
    good = occurrence(0)
    for record in (stranger, orphan, impossible, good):
        writer.put(record)
    assert writer.close() == 0
    assert [failed.record for failed in writer.failed] == [stranger, orphan, impossible]
    assert "no participant 'nobody'" in writer.failed[0].reason
    assert writer.problem.startswith("Records that could not be saved: 3. The last: ")
    assert store.feed("m").incidents[0].first == good


def test_a_fault_in_the_program_does_not_end_the_saving(
    store: SqliteStore, writer: StoreWriter
) -> None:
    without_zone, good = occurrence(0, last_seen_at=datetime(2026, 1, 1)), occurrence(0)
    writer.put(without_zone)
    writer.put(good)
    writer.close()
    assert [failed.record for failed in writer.failed] == [without_zone]
    assert store.feed("m").incidents[0].first == good


def test_closing_says_what_was_left(writer: StoreWriter, tmp_path: Path) -> None:
    with locked(tmp_path):
        for i in range(3):
            writer.put(occurrence(i))
        assert writer.close(timeout_s=0.05) == 3
        assert writer.waiting == 3


def test_closing_waits_for_the_store_to_come_back(
    store: SqliteStore, writer: StoreWriter, tmp_path: Path
) -> None:
    with ThreadPoolExecutor() as pool:
        with locked(tmp_path):
            for i in range(3):
                writer.put(occurrence(i))
            wait_until(lambda: writer.problem)
            closing_ = pool.submit(writer.close)
            time.sleep(0.05)
            assert not closing_.done()
        assert closing_.result() == 0
    assert store.feed("m").incidents[0].count == 3


def test_nothing_can_be_put_into_a_closed_writer(writer: StoreWriter) -> None:
    writer.close()
    assert writer.close() == 0
    with pytest.raises(RuntimeError, match="closed"):
        writer.put(occurrence(0))


def test_a_log_says_which_record_and_nothing_of_what_it_says(
    writer: StoreWriter, caplog: pytest.LogCaptureFixture
) -> None:
    broken = [
        occurrence(0, participant_id="nobody", summary="Ann Example and her brother"),
        occurrence(0, last_seen_at=datetime(2026, 1, 1), summary="Ann Example and her brother"),
        occurrence(0, summary="Ann Example and her \ud800"),
    ]
    for record in broken:
        writer.put(record)
    writer.close()
    assert all(record.id in caplog.text for record in broken)
    assert "Ann" not in caplog.text

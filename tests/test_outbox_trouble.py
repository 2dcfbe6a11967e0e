"""What becomes of what waits when it is refused, interrupted, or cannot be kept."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from faults import DOWN, FINE, LOST, Faulty
from making import at, occurrence
from sending import drain, draining, local, outbox, remote, whole, write_everything
from stores import add_people, evidence, meeting, participant, span
from waiting import wait_until

from proctoring.store import Rejected, StoreError
from proctoring.store.embedded.outbox import LONGEST_PAUSE, Outbox
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.types import Notice

__all__ = ["local", "outbox", "remote"]  # the fixtures


# --- what is refused -----------------------------------------------------------------------


def test_what_is_refused_is_kept_with_its_reason_and_the_rest_goes_on(
    local: SqliteStore, remote: Faulty, tmp_path: Path
) -> None:
    add_people(local, "m", "p")
    remote.as_store().add_meeting(meeting(title="Algebra II"))  # another one of the same id
    remote.as_store().add_participant(participant())
    good = occurrence(0)
    local.save_occurrence(good)
    outbox = Outbox(local.database)
    drain(local, remote)
    summary = outbox.summary()
    assert (summary.waiting, summary.refused) == (0, 1)
    assert "another meeting 'm'" in summary.last_reason
    assert remote.as_store().incident(good.id).first == good
    with sqlite3.connect(tmp_path / "remote" / "openproctor.db") as db:
        db.execute("UPDATE meeting SET title = 'Algebra I'")
    db.close()
    outbox.hurry(refused_too=True)
    drain(local, remote)
    assert outbox.summary().refused == 0


def test_one_bad_span_of_a_batch_is_refused_alone(
    local: SqliteStore, remote: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_people(local, "m", "p")
    spans = [span() for _ in range(5)]
    local.save_coverage(spans)
    take = remote._store.save_coverage

    def refuse_the_third(given: list[object]) -> None:
        if spans[2] in given:
            raise Rejected("not this one")
        take(given)  # type: ignore[arg-type]

    monkeypatch.setattr(remote._store, "save_coverage", refuse_the_third)
    drain(local, remote)
    outbox = Outbox(local.database)
    assert outbox.summary().refused == 1
    assert outbox.has("save_coverage", spans[2].id)
    assert len(remote.as_store().coverage("p")) == 4


def test_a_picture_whose_file_is_gone_is_told_and_holds_nothing_up(
    local: SqliteStore, remote: Faulty, tmp_path: Path
) -> None:
    add_people(local, "m", "p")
    owner = occurrence(0)
    local.save_occurrence(owner)
    local.save_evidence(evidence(owner.id))
    local.save_notice(Notice(owner.id, at(1)))
    next((tmp_path / "local" / "evidence").glob("*/*")).unlink()
    drain(local, remote)
    summary = Outbox(local.database).summary()
    assert summary.refused == 1
    assert "missing" in summary.last_reason
    assert len(remote.as_store().notices([owner.id])) == 1


def test_what_was_erased_before_it_was_sent_is_never_sent(
    local: SqliteStore, remote: Faulty
) -> None:
    add_people(local, "m", "p")
    local.add_key("p", "wrapped")
    owner = occurrence(0)
    local.save_occurrence(owner)
    local.save_evidence(evidence(owner.id))
    local.erase("p", at(100))
    drain(local, remote)
    assert "Ann" not in repr(remote.calls)
    assert remote.verbs("save_evidence", "add_key") == []
    assert remote.as_store().participant("p").erased_at == at(100)
    assert remote.as_store().incident(owner.id).first == owner
    assert Outbox(local.database).summary().refused == 0


def test_an_erasure_follows_a_name_whose_arrival_was_not_told(
    local: SqliteStore, remote: Faulty
) -> None:
    add_people(local, "m", "p")
    remote.fault = lambda verb: LOST if verb == "add_participant" else FINE
    with draining(local, remote):
        wait_until(lambda: remote.verbs("add_participant"))
    local.erase("p", at(100))
    remote.fault = lambda verb: FINE
    drain(local, remote)
    assert remote.as_store().participant("p") == participant(name="", erased_at=at(100))
    assert Outbox(local.database).summary().refused == 0


def test_what_was_erased_by_another_server_is_not_a_refusal(
    local: SqliteStore, remote: Faulty
) -> None:
    add_people(local, "m", "p")
    owner = occurrence(0)
    local.save_occurrence(owner)
    drain(local, remote)
    remote.as_store().erase("p", at(100))
    local.add_key("p", "wrapped")
    local.save_evidence(evidence(owner.id))
    drain(local, remote)
    assert Outbox(local.database).summary().refused == 0
    assert remote.as_store().evidence_of("p") == []


# --- pauses, restarts, drainers ------------------------------------------------------------


def test_pauses_grow_and_are_drawn_at_random(local: SqliteStore, remote: Faulty) -> None:
    add_people(local, "m")
    remote.fault = lambda verb: DOWN
    with draining(local, remote):
        wait_until(lambda: remote.faults[DOWN] >= 6)
    (row,) = Outbox(local.database).rows("m", 5)
    assert row.attempts >= 6


def test_a_clock_that_is_set_back_strands_nothing(local: SqliteStore, outbox: Outbox) -> None:
    add_people(local, "m")
    (row,) = outbox.rows("m", 1)
    now = datetime.now(UTC)
    outbox.postpone(row, now, now + LONGEST_PAUSE)
    assert outbox.due(now) == []
    assert outbox.due(now + LONGEST_PAUSE) == ["m"]
    assert outbox.due(now - timedelta(hours=1)) == ["m"], "no pause was ever so long"


def test_what_waits_is_sent_after_a_restart(
    local: SqliteStore, remote: Faulty, tmp_path: Path
) -> None:
    write_everything(local)
    local.close()
    with closing(SqliteStore(tmp_path / "local")) as again:
        drain(again, remote)
        assert whole(remote.as_store()) == whole(again)


def test_one_process_drains_a_folder_and_the_next_takes_over(
    local: SqliteStore, remote: Faulty
) -> None:
    add_people(local, "m", "p")
    outbox = Outbox(local.database)
    with draining(local, remote) as first:
        wait_until(lambda: not outbox.summary().waiting)
        with draining(local, remote) as second:
            local.save_occurrence(occurrence(0))
            second.wake()
            wait_until(lambda: not outbox.summary().waiting)
            assert first._has_lock
            assert not second._has_lock
            first.close(timeout_s=0)
            local.save_occurrence(occurrence(0))
            wait_until(lambda: not outbox.summary().waiting)
            assert second._has_lock


def test_a_lane_that_is_paused_sends_nothing(local: SqliteStore, remote: Faulty) -> None:
    add_people(local, "m", "p", "q")
    outbox = Outbox(local.database)
    with draining(local, remote) as drainer:
        wait_until(lambda: not outbox.summary().waiting)
        with drainer.paused("p"):
            local.save_occurrence(occurrence(0))
            local.save_occurrence(occurrence(0, participant_id="q"))
            wait_until(lambda: outbox.summary().waiting == 1)
            time.sleep(0.1)
            assert [row.lane for row in outbox.rows("p", 5)] == ["p"]
        wait_until(lambda: not outbox.summary().waiting)


# --- a disk that fails ---------------------------------------------------------------------


def test_on_a_full_disk_a_record_and_its_row_are_both_refused(
    local: SqliteStore, remote: Faulty, outbox: Outbox
) -> None:
    add_people(local, "m", "p")
    saved: list[int] = []

    def save_many() -> None:
        for i in range(1000):
            local.save_occurrence(occurrence(i, summary="x" * 2000))
            saved.append(i)

    with local.database.read() as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="disk is full"):
        save_many()
    assert outbox.summary().waiting == 2 + len(saved)
    drain(local, remote)
    assert sum(i.count for i in remote.as_store().feed("m").incidents) == len(saved)


def test_a_locked_database_holds_the_outbox_up_and_no_longer(
    local: SqliteStore, remote: Faulty, tmp_path: Path
) -> None:
    add_people(local, "m", "p")
    path = tmp_path / "local" / "openproctor.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other, draining(local, remote):
        other.execute("BEGIN IMMEDIATE")
        wait_until(lambda: remote.verbs("add_meeting"))
        other.execute("ROLLBACK")
        wait_until(lambda: not Outbox(local.database).summary().waiting)
    assert [p.id for p in remote.as_store().participants("m")] == ["p"]

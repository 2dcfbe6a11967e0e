"""What waits to be sent: what is put, in which order, and what is sent."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from faults import DOWN, FINE, LOST, Faulty
from making import at, occurrence
from sending import drain, draining, local, outbox, remote, whole, write_everything
from stores import add_people, meeting, span
from waiting import wait_until

from proctoring.audit import chain
from proctoring.store import Rejected
from proctoring.store.embedded.outbox import Outbox
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.store.synced.requeue import connect
from proctoring.types import Notice

__all__ = ["local", "outbox", "remote"]  # the fixtures


# --- putting -------------------------------------------------------------------------------


def test_everything_that_is_written_arrives(local: SqliteStore, remote: Faulty) -> None:
    write_everything(local)
    drain(local, remote)
    assert whole(remote.as_store()) == whole(local)
    log = remote.as_store().audit_log("m")
    assert [entry.event for entry in log] == [entry.event for entry in local.audit_log("m")]
    assert chain.broken_at(log) is None


def test_without_a_remote_store_nothing_is_put(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "alone")) as alone:
        write_everything(alone)
        assert Outbox(alone.database).summary().waiting == 0


def test_what_was_not_written_is_not_put(local: SqliteStore, outbox: Outbox) -> None:
    add_people(local, "m", "p")
    before = outbox.summary().waiting
    for refused in (occurrence(0, value=float("nan")), occurrence(0, weight=2.0)):
        with pytest.raises(Rejected):
            local.save_occurrence(refused)
    with pytest.raises(Rejected):
        local.save_coverage([span(), span(ended_at=at(-1))])
    assert outbox.summary().waiting == before


def test_another_program_that_writes_into_the_folder_puts_too(
    local: SqliteStore, outbox: Outbox, tmp_path: Path
) -> None:
    with closing(SqliteStore(tmp_path / "local")) as other:
        other.add_meeting(meeting())
    assert outbox.has("add_meeting", "m")


def test_no_name_and_no_picture_is_in_a_row(local: SqliteStore) -> None:
    write_everything(local)
    with local.database.read() as db:
        rows = repr(db.execute("SELECT * FROM outbox").fetchall())
    assert "Ann" not in rows
    assert "hash" not in rows


# --- sending -------------------------------------------------------------------------------


def test_a_record_that_changes_while_it_waits_is_sent_once(
    local: SqliteStore, remote: Faulty
) -> None:
    add_people(local, "m", "p")
    opened = occurrence(0)
    for seconds in range(20):
        local.save_occurrence(replace(opened, last_seen_at=at(seconds)))
    drain(local, remote)
    assert remote.verbs("save_occurrence") == ["save_occurrence"]
    assert remote.as_store().incident(opened.id).first.last_seen_at == at(19)


def test_what_changes_while_it_is_on_its_way_is_sent_again(
    local: SqliteStore, remote: Faulty
) -> None:
    add_people(local, "m", "p")
    opened = occurrence(0)
    closed = replace(opened, last_seen_at=at(4), closed_at=at(5))
    local.save_occurrence(opened)
    on_its_way, may_arrive = threading.Event(), threading.Event()

    def hold_up(verb: str) -> str:
        if verb == "save_occurrence" and not on_its_way.is_set():
            on_its_way.set()
            may_arrive.wait(10)
        return FINE

    remote.fault = hold_up
    with draining(local, remote):
        assert on_its_way.wait(10)
        local.save_occurrence(closed)
        may_arrive.set()
        wait_until(lambda: not Outbox(local.database).summary().waiting)
    assert remote.as_store().incident(opened.id).first == closed


def test_a_lane_is_in_order(local: SqliteStore, remote: Faulty) -> None:
    add_people(local, "m", "p")
    given = [occurrence(700 * i) for i in range(120)]  # more than a batch
    for one in given:
        local.save_occurrence(one)
    drain(local, remote)
    sent = [arguments[0] for verb, arguments in remote.calls if verb == "save_occurrence"]
    assert sent == given


def test_a_failing_lane_holds_up_no_other(local: SqliteStore, remote: Faulty) -> None:
    add_people(local, "m", "p", "q")
    for name in "pq":
        local.save_occurrence(occurrence(0, participant_id=name))
        local.save_coverage([span(participant_id=name)])
    remote.fault = lambda verb: DOWN if verb == "save_notice" else FINE
    stuck = occurrence(700)
    local.save_occurrence(stuck)
    local.save_notice(Notice(stuck.id, at(701)))
    behind = occurrence(1400)
    local.save_occurrence(behind)
    local.save_occurrence(occurrence(1400, participant_id="q"))
    outbox = Outbox(local.database)
    with draining(local, remote):
        wait_until(lambda: outbox.summary().waiting == 2)
        time.sleep(0.1)
        assert outbox.summary().waiting == 2
        assert outbox.summary().failing_since is not None
        assert len(remote.as_store().feed("m", 0, "q").incidents) == 2
        remote.fault = lambda verb: FINE
        wait_until(lambda: not outbox.summary().waiting)
    assert whole(remote.as_store()) == whole(local)


def test_participants_wait_for_their_meeting(local: SqliteStore, remote: Faulty) -> None:
    add_people(local, "m", "p")
    add_people(local, "n", "q")
    down = {"add_meeting"}
    remote.fault = lambda verb: DOWN if verb in down else FINE
    outbox = Outbox(local.database)
    with draining(local, remote):
        wait_until(lambda: remote.faults[DOWN] >= 4)
        assert outbox.summary().waiting == 4
        assert outbox.summary().refused == 0
        down.clear()
        wait_until(lambda: not outbox.summary().waiting)
    assert [p.id for p in remote.as_store().participants("n")] == ["q"]


def test_a_lost_answer_makes_nothing_twice(local: SqliteStore, remote: Faulty) -> None:
    write_everything(local)
    lost: set[object] = set()

    def lose_the_first(verb: str) -> str:
        if verb in lost:
            return FINE
        lost.add(verb)
        return LOST

    remote.fault = lose_the_first
    drain(local, remote)
    assert remote.faults[LOST] >= 12
    remote.fault = lambda verb: FINE
    assert whole(remote.as_store()) == whole(local)
    assert len(remote.as_store().audit_log("m")) == 2


# --- another remote store, or an older one -------------------------------------------------


def test_a_remote_store_that_is_new_is_told_everything(remote: Faulty, tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "alone")) as alone:
        write_everything(alone)
        connect(alone.database, "one", alone.has_file)
        assert Outbox(alone.database).summary().waiting > 20
        drain(alone, remote)
        assert whole(remote.as_store()) == whole(alone)
        connect(alone.database, "one", alone.has_file)
        assert Outbox(alone.database).summary().waiting == 0

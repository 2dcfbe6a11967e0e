"""What waits to be sent: its order, its failures, and what becomes of it in the end."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from faults import DOWN, FINE, LOST, Faulty
from making import at, occurrence
from stores import add_people, capability, event, evidence, meeting, participant, span

from proctoring.audit import chain
from proctoring.store import Rejected, Store, StoreError
from proctoring.store.embedded.outbox import LONGEST_PAUSE, Outbox
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.store.synced.drainer import Drainer
from proctoring.store.synced.requeue import connect
from proctoring.types import Notice, Role


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[Faulty]:
    store = SqliteStore(tmp_path / "remote")
    yield Faulty(store)
    store.close()


@pytest.fixture
def local(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "local", busy_timeout_s=0.2)
    connect(store.database, "a remote store", store.has_file)
    yield store
    store.close()


@pytest.fixture
def outbox(local: SqliteStore) -> Outbox:
    return Outbox(local.database)


@contextmanager
def draining(local: SqliteStore, remote: Faulty) -> Iterator[Drainer]:
    drainer = Drainer(local, remote.as_store, first_pause_s=0.01)
    yield drainer
    drainer.close(timeout_s=0)


def drain(local: SqliteStore, remote: Faulty) -> None:
    """Until nothing waits."""
    with draining(local, remote):
        wait_until(lambda: not Outbox(local.database).summary().waiting)


def wait_until(is_so: Callable[[], object]) -> None:
    for _ in range(2000):
        if is_so():
            return
        time.sleep(0.01)
    pytest.fail("waited for twenty seconds")


def whole(store: Store) -> object:
    """All that can be read of meeting "m"."""
    incidents = store.feed("m").incidents
    ids = sorted(o.id for incident in incidents for o in incident.occurrences)
    return (
        store.meeting("m"),
        store.participants("m"),
        store.capabilities("m"),
        sorted(incidents, key=lambda incident: incident.id),
        [store.evidence(ref.id) for ref in store.evidence_list(ids)],
        store.notices(ids),
        [store.coverage(p.id) for p in store.participants("m")],
        [store.key(p.id) for p in store.participants("m")],
        store.held("m"),
    )


def write_everything(store: Store) -> None:
    proctor = capability()
    store.add_meeting(meeting(), proctor, capability(role=Role.EXAMINER))
    for name in "pq":
        own = capability(role=Role.CANDIDATE, participant_id=name)
        store.add_participant(participant(id=name), own)
        store.add_key(name, f"key of {name}")
        store.start(name, at(2))
        opened = occurrence(10, participant_id=name)
        store.save_occurrence(opened)
        store.save_evidence(evidence(opened.id, name.encode()))
        store.save_notice(Notice(opened.id, at(11)))
        store.save_occurrence(replace(opened, last_seen_at=at(20), closed_at=at(21)))
        store.save_coverage([span(participant_id=name), span(participant_id=name)])
        store.finish(name, at(60), "submitted")
    store.revoke(proctor.id, at(70))
    store.append_audit(event())
    store.append_audit(event())
    store.hold("m", "appeal 7")


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

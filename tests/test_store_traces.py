"""What every store promises of what was observed, minute by minute."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from exams import trace
from making import at, occurrence
from sites import Site, here, settle, site, there
from stores import add_people, at_once, evidence, participant, store
from waiting import wait_until

from proctoring.sealing import Sealer, is_sealed
from proctoring.store import Rejected, Store, StoreError, Unknown
from proctoring.store.contents import LONGEST_SEALED_TRACE, LONGEST_TRACE, LONGEST_TRACE_ID
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.store.sealed import SealedStore
from proctoring.store.synced.store import SyncedStore
from proctoring.store.writer import StoreWriter

__all__ = ["here", "site", "store", "there"]  # the fixtures


def test_traces_come_back_by_beginning_and_then_by_id(store: Store) -> None:
    assert store.traces("p") == store.traced("m") == []
    given = [trace(3), trace(1), trace(5, id="b"), trace(5, id="a")]
    for one in given:
        store.save_trace(one)
    assert store.traces("p") == [given[1], given[0], given[3], given[2]]
    assert store.traced("m") == ["p"]


def test_saving_a_trace_again_changes_nothing(store: Store) -> None:
    for _ in range(3):
        store.save_trace(trace())
    assert store.traces("p") == [trace()]


@pytest.mark.parametrize(
    "changes",
    [
        {"content": b"other"},
        {"started_at": at(1)},
        {"ended_at": at(999)},
        {"participant_id": "q"},
    ],
)
def test_another_trace_of_the_same_id_is_rejected(store: Store, changes: dict[str, object]) -> None:
    store.add_participant(participant(id="q", name="Bob"))
    store.save_trace(trace())
    with pytest.raises(Rejected):
        store.save_trace(replace(trace(), **changes))  # type: ignore[arg-type]
    assert (store.traces("p"), store.traces("q")) == ([trace()], [])


@pytest.mark.parametrize(
    "changes",
    [
        {"id": ""},
        {"id": "x" * (LONGEST_TRACE_ID + 1)},
        {"content": b""},
        {"content": bytes(LONGEST_SEALED_TRACE + 1)},
        {"ended_at": at(-1)},
    ],
)
def test_a_trace_that_is_none_is_rejected(store: Store, changes: dict[str, object]) -> None:
    with pytest.raises(Rejected):
        store.save_trace(replace(trace(), **changes))  # type: ignore[arg-type]
    assert store.traces("p") == []


@pytest.mark.parametrize(
    "changes",
    [
        {"content": bytes(range(256)) * (LONGEST_TRACE // 256)},
        {"id": "é" * (LONGEST_TRACE_ID // 2)},
        {"ended_at": trace().started_at},
    ],
)
def test_one_that_is_as_large_as_may_be_comes_back(
    store: Store, changes: dict[str, object]
) -> None:
    given = replace(trace(), **changes)  # type: ignore[arg-type]
    store.save_trace(given)
    assert store.traces("p") == [given]


def test_traces_of_nobody_are_unknown(store: Store) -> None:
    for ask in (
        lambda: store.traces("x"),
        lambda: store.traced("x"),
        lambda: store.save_trace(trace(participant_id="x")),
    ):
        with pytest.raises(Unknown):
            ask()


# --- the end -------------------------------------------------------------------------------


def test_they_go_with_the_pictures(store: Store) -> None:
    add_people(store, "n", "q")
    owner = occurrence(0)
    store.save_occurrence(owner)
    store.save_evidence(evidence(owner.id))
    for one in (trace(1), trace(2), trace(3, participant_id="q")):
        store.save_trace(one)
    assert store.erase_evidence("p") == 1
    assert store.traces("p") == store.traced("m") == []
    assert store.traced("n") == ["q"]
    assert store.erase_evidence("q") == 0
    assert store.traces("q") == []


def test_they_go_with_a_candidate_and_no_more_are_taken(store: Store) -> None:
    store.save_trace(trace())
    store.erase("p", at(9000))
    for again in (trace(), trace(2)):
        with pytest.raises(Rejected, match="erased"):
            store.save_trace(again)
    assert store.traces("p") == store.traced("m") == []


def test_a_hold_keeps_them(store: Store) -> None:
    store.save_trace(trace())
    store.hold("m", "appeal 7")
    for erase in (lambda: store.erase_evidence("p"), lambda: store.erase("p", at(9))):
        with pytest.raises(Rejected, match="hold"):
            erase()
    assert store.traces("p") == [trace()]


def test_what_is_observed_while_it_is_erased_is_gone(store: Store) -> None:
    def save() -> None:
        for number in range(1, 20):
            try:
                store.save_trace(trace(number))
            except Rejected:
                return

    at_once(save, lambda: store.erase("p", at(9000)))
    assert store.traces("p") == []


# --- sealing -------------------------------------------------------------------------------


@pytest.fixture
def inner(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "inner")
    yield store
    store.close()


def test_the_store_inside_sees_nothing_of_it_and_a_changed_one_is_left_out(
    inner: SqliteStore, caplog: pytest.LogCaptureFixture
) -> None:
    sealed = SealedStore(inner, Sealer(bytes(32)))
    add_people(sealed, "m", "p")
    sealed.save_trace(trace(content=b"face_count" * 9))
    (kept,) = inner.traces("p")
    assert is_sealed(kept.content)
    assert b"face_count" not in kept.content
    SealedStore(inner, Sealer(bytes(32))).save_trace(trace(content=b"face_count" * 9))
    assert inner.traces("p") == [kept], "sealed again it is the same"
    inner.save_trace(replace(kept, id="put there later"))
    assert sealed.traces("p") == [trace(content=b"face_count" * 9)]
    assert "the trace put there later cannot be opened" in caplog.text


def test_one_that_is_too_long_to_be_sealed_is_rejected(inner: SqliteStore) -> None:
    sealed = SealedStore(inner, Sealer(bytes(32)))
    add_people(sealed, "m", "p")
    sealed.save_trace(trace(content=bytes(LONGEST_TRACE)))
    with pytest.raises(Rejected):
        sealed.save_trace(trace(2, content=bytes(LONGEST_TRACE + 1)))


# --- several servers -----------------------------------------------------------------------


def test_what_each_server_observed_is_read_at_all_of_them(
    here: SyncedStore, there: SyncedStore
) -> None:
    here.save_trace(trace(1))
    there.save_trace(trace(2))
    settle(here, there)
    assert here.traces("p") == there.traces("p") == [trace(1), trace(2)]
    assert here.traced("m") == there.traced("m") == ["p"]
    assert here.refused == there.refused == 0


def test_a_part_of_them_never_passes_for_all(
    site: Site, here: SyncedStore, there: SyncedStore
) -> None:
    there.save_trace(trace(2))
    site.cut()
    with pytest.raises(StoreError, match="what else was observed"):
        there.traces("p")
    add_people(there, "n", "q")
    there.save_trace(trace(3, participant_id="q"))
    assert there.traces("q") == [trace(3, participant_id="q")], "whom nobody else knows"
    site.mend()
    wait_until(lambda: not there.waiting)
    assert here.traces("p") == [trace(2)]


def test_what_waits_while_another_server_erases_is_never_sent(
    site: Site, here: SyncedStore, there: SyncedStore
) -> None:
    there.save_trace(trace(1))
    settle(there)
    site.cut()
    there.save_trace(trace(2))
    site.remote.erase("p", at(9000))
    site.mend()
    settle(there)
    assert site.remote.traces("p") == []
    assert there.refused == 0
    wait_until(lambda: there._local.traces("p") == [])


def test_the_writer_saves_them_and_keeps_no_more_than_there_is_room_for(
    inner: SqliteStore,
) -> None:
    add_people(inner, "m", "p")
    writer = StoreWriter(inner, most_bytes=5)
    writer.put(trace(1))
    writer.put(trace(2, content=b"more than five"))
    assert writer.close() == 0
    assert inner.traces("p") == [trace(1)]
    (failed,) = writer.failed
    assert failed.record == trace(2, content=b"")
    assert "a minute of observations" in failed.reason

"""What every store promises of what was observed, minute by minute."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from exams import trace
from making import at
from sites import here, settle, site, there
from stores import add_people, participant, store

from proctoring.sealing import Sealer, is_sealed
from proctoring.store import Rejected, Store, Unknown
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

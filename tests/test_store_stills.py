"""What every store promises of what candidates share: stills of their screen and their room."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from exams import still
from keeping import Kept, kept
from making import at
from searching import found_in, pieces
from sites import here, settle, site, there
from stores import add_people, participant, store

from proctoring.privacy.retention import Policy, overdue, run
from proctoring.sealing import Sealer, is_sealed
from proctoring.settings import Settings
from proctoring.store import Rejected, StillRef, Store, StoreError, Unknown
from proctoring.store.contents import (
    LARGEST_STILL,
    LONGEST_SEALED_STILL,
    LONGEST_STILL,
    LONGEST_STILL_ID,
)
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.store.opening import open_store
from proctoring.store.sealed import SealedStore
from proctoring.store.synced.store import SyncedStore
from proctoring.types import Still

__all__ = ["here", "kept", "site", "store", "there"]  # the fixtures


def told(still: Still | StillRef) -> tuple[object, ...]:
    """What does not change by being sealed."""
    return still.id, still.participant_id, still.at, still.source, still.width, still.height


def listed(store: Store, participant_id: str = "p") -> list[tuple[object, ...]]:
    return [told(ref) for ref in store.stills(participant_id)]


def of(number: int, data: bytes) -> Still:
    return still(number, data, sha256=sha256(data).hexdigest())


def test_stills_are_listed_by_time_without_their_bytes_which_come_by_id(store: Store) -> None:
    assert store.stills("p") == store.with_stills("m") == []
    given = [still(3), still(1, source="room"), still(5, id="b"), still(5, id="a")]
    for one in given:
        store.save_still(one)
    assert listed(store) == [told(given[n]) for n in (1, 0, 3, 2)]
    assert [store.still(one.id) for one in given] == given
    assert store.with_stills("m") == ["p"]


def test_saving_a_still_again_changes_nothing(store: Store) -> None:
    for _ in range(3):
        store.save_still(still())
    assert listed(store) == [told(still())]


@pytest.mark.parametrize(
    "other",
    [
        of(1, b"other"),
        still(1, at=at(5)),
        still(1, source="room"),
        still(1, width=1279),
        still(1, participant_id="q"),
    ],
)
def test_another_still_of_the_same_id_is_rejected(store: Store, other: Still) -> None:
    store.add_participant(participant(id="q", name="Bob"))
    store.save_still(still())
    with pytest.raises(Rejected):
        store.save_still(other)
    assert (store.still("still 1"), store.stills("q")) == (still(), [])


@pytest.mark.parametrize(
    "wrong",
    [
        still(1, id=""),
        still(1, id="x" * (LONGEST_STILL_ID + 1)),
        of(1, b""),
        of(1, bytes(LONGEST_SEALED_STILL + 1)),
        still(1, sha256="0" * 64),
        still(1, source="camera"),
        still(1, width=0),
        still(1, height=LARGEST_STILL + 1),
    ],
)
def test_a_still_that_is_none_is_rejected(store: Store, wrong: Still) -> None:
    with pytest.raises(Rejected):
        store.save_still(wrong)
    assert store.stills("p") == []


@pytest.mark.parametrize(
    "large",
    [
        of(1, (bytes(range(256)) * (LONGEST_STILL // 256 + 1))[:LONGEST_STILL]),
        still(1, id="é" * (LONGEST_STILL_ID // 2)),
        still(1, width=LARGEST_STILL, height=LARGEST_STILL),
    ],
)
def test_one_that_is_as_large_as_may_be_comes_back(store: Store, large: Still) -> None:
    store.save_still(large)
    assert store.still(large.id) == large


def test_one_that_went_with_the_pictures_is_unknown(store: Store) -> None:
    store.save_still(still(1))
    store.erase_evidence("p")
    with pytest.raises(Unknown):
        store.still("still 1")


def test_stills_of_nobody_are_unknown(store: Store) -> None:
    for ask in (
        lambda: store.stills("x"),
        lambda: store.still("x"),
        lambda: store.with_stills("x"),
        lambda: store.save_still(still(participant_id="x")),
    ):
        with pytest.raises(Unknown):
            ask()


# --- sealing -------------------------------------------------------------------------------


@pytest.fixture
def inner(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "inner")
    yield store
    store.close()


def test_the_store_inside_sees_no_picture_and_a_changed_one_is_not_opened(
    inner: SqliteStore,
) -> None:
    sealed = SealedStore(inner, Sealer(bytes(32)))
    add_people(sealed, "m", "p")
    given = of(1, b"\xff\xd8 the screen" * 9)
    sealed.save_still(given)
    kept = inner.still(given.id)
    assert is_sealed(kept.data)
    assert b"the screen" not in kept.data
    SealedStore(inner, Sealer(bytes(32))).save_still(given)
    assert inner.still(given.id) == kept, "sealed again it is the same"
    assert sealed.still(given.id) == given
    inner.save_still(replace(kept, id="put there later"))
    with pytest.raises(StoreError):
        sealed.still("put there later")


def test_one_that_is_too_long_to_be_sealed_is_rejected(inner: SqliteStore) -> None:
    sealed = SealedStore(inner, Sealer(bytes(32)))
    add_people(sealed, "m", "p")
    sealed.save_still(of(1, bytes(LONGEST_STILL)))
    with pytest.raises(Rejected):
        sealed.save_still(of(2, bytes(LONGEST_STILL + 1)))


# --- several servers -----------------------------------------------------------------------


def test_what_is_shared_with_each_server_is_seen_at_all_of_them(
    here: SyncedStore, there: SyncedStore
) -> None:
    here.save_still(still(1))
    there.save_still(still(2))
    settle(here, there)
    for server in (here, there):
        assert listed(server) == [told(still(1)), told(still(2))]
        assert [server.still(f"still {n}") for n in (1, 2)] == [still(1), still(2)]
        assert server.with_stills("m") == ["p"]
        assert server.refused == 0


# --- the rest of their life ----------------------------------------------------------------


def test_they_go_when_the_pictures_are_due_also_where_there_are_none(tmp_path: Path) -> None:
    store = open_store(Settings(data_dir=tmp_path))
    add_people(store, "m", "p")
    given = of(1, secrets.token_bytes(30_000))
    store.save_still(given)
    inner: Any = store
    while hasattr(inner, "inner"):
        inner = inner.inner
    sealed = inner.still(given.id).data
    policy = Policy.of_days(30, 365)
    closes = store.meeting("m").closes_at
    assert list(overdue(store, closes + timedelta(days=32), policy))
    assert found_in(tmp_path, pieces(sealed))
    (done,) = run(store, closes + timedelta(days=31), policy, pytest.fail)
    assert (done.participant_id, done.everything) == ("p", False)
    assert store.stills("p") == []
    assert list(overdue(store, closes + timedelta(days=33), policy)) == []
    assert run(store, closes + timedelta(days=32), policy, pytest.fail) == []
    assert found_in(tmp_path, pieces(sealed)) == []
    store.close()


def test_a_backup_has_them_and_another_key_opens_them(kept: Kept, tmp_path: Path) -> None:
    given = of(1, b"the screen" * 999)
    kept.store.save_still(given)
    tar = tmp_path / "backup.tar"
    assert kept.run("backup", tar, "--with-keys")[0] == 0
    kept.store.close()
    assert kept.run("rotate-key", "--yes")[0] == 0
    assert kept.run("restore", tar, "--to", tmp_path / "again")[0] == 0
    for folder in (kept.folder, tmp_path / "again"):
        store = open_store(Settings(data_dir=folder))
        assert store.still(given.id) == given
        store.close()

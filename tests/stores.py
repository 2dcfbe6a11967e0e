"""The stores under test, and makers of what they hold."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import supabase_stack
from making import at

from proctoring.ids import new_id
from proctoring.sealing import Sealer
from proctoring.settings import SupabaseSettings
from proctoring.store import Store
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.store.sealed import SealedStore
from proctoring.store.supabase.store import SupabaseStore
from proctoring.store.synced.store import SyncedStore
from proctoring.types import (
    AuditEvent,
    Capability,
    CoverageSpan,
    Enrolled,
    Evidence,
    Journey,
    Measured,
    Meeting,
    Participant,
    Policy,
    Role,
)


def supabase_project() -> supabase_stack.Project:
    """The test run's own, emptied."""
    try:
        project = supabase_stack.project()
    except supabase_stack.Missing as missing:
        pytest.skip(f"there is no Supabase here: {missing}")
    project.empty()
    return project


def supabase_store(_: Path) -> SupabaseStore:
    project = supabase_project()
    return SupabaseStore(SupabaseSettings(project.url, project.secret_key))


def make_synced(folder: Path) -> Store:
    """Its remote store is one of the embedded ones, in a folder of its own."""
    remote = SqliteStore(folder / "remote")
    return SyncedStore(SqliteStore(folder / "local"), lambda: remote, pull_every_s=0.02)


def make_sealed(folder: Path) -> Store:
    return SealedStore(SqliteStore(folder), Sealer(bytes(32)))


# To hold another store to the contract, add its line.
STORES: dict[str, Callable[[Path], Store]] = {
    "sqlite": SqliteStore,
    "sealed": make_sealed,
    "synced": make_synced,
    "supabase": supabase_store,
}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """With meeting "m" and its participant "p"."""
    store = STORES[request.param](tmp_path / "data")
    add_people(store, "m", "p")
    yield store
    store.close()


def meeting(**changes: Any) -> Meeting:
    values: dict[str, Any] = {
        "id": "m",
        "title": "Algebra I",
        "opens_at": at(0),
        "closes_at": at(7200),
        "length_s": 3600,
        "signals": ("faces", "speakers"),
        "instructions": "Bring *nothing*.",
        "preset": "standard",
        "created_at": at(-86400),
        "journey": Journey("https://exam.example/7", "Art. 6", frozenset({"voice", "card"}), True),
        "policy": Policy(frozenset({"laptop", "book"}), may_look_down=True),
    }
    return Meeting(**values | changes)


def participant(**changes: Any) -> Participant:
    values: dict[str, Any] = {"id": "p", "meeting_id": "m", "name": "Ann", "joined_at": at(1)}
    return Participant(**values | changes)


def capability(**changes: Any) -> Capability:
    values: dict[str, Any] = {
        "id": new_id(),
        "meeting_id": "m",
        "role": Role.PROCTOR,
        "token_hash": "hash " + new_id(),
        "created_at": at(0),
    }
    return Capability(**values | changes)


def event(**changes: Any) -> AuditEvent:
    values: dict[str, Any] = {
        "id": new_id(),
        "meeting_id": "m",
        "at": at(5),
        "actor": "server",
        "action": "evidence.kept",
        "subject": new_id(),
        "detail": "ünïcode — 👋",
    }
    return AuditEvent(**values | changes)


def add_people(store: Store, meeting_id: str, *participant_ids: str) -> None:
    store.add_meeting(meeting(id=meeting_id))
    for participant_id in participant_ids:
        store.add_participant(participant(id=participant_id, meeting_id=meeting_id))


def evidence(occurrence_id: str, data: bytes = b"\xff\xd8 picture", **changes: Any) -> Evidence:
    values: dict[str, Any] = {
        "id": new_id(),
        "occurrence_id": occurrence_id,
        "captured_at": at(3),
        "media_type": "image/jpeg",
        "data": data,
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    return Evidence(**values | changes)


def enrolled(
    saved_s: float = 5.0, content: bytes = b"\x00 a face \xff", **changes: Any
) -> Enrolled:
    values: dict[str, Any] = {
        "participant_id": "p",
        "kind": "faces",
        "content": content,
        "saved_at": at(saved_s),
    }
    return Enrolled(**values | changes)


def span(**changes: Any) -> CoverageSpan:
    values: dict[str, Any] = {
        "id": new_id(),
        "participant_id": "p",
        "signal": "face_count",
        "state": Measured.MEASURED,
        "reason": "",
        "started_at": at(0),
        "ended_at": at(10),
    }
    return CoverageSpan(**values | changes)


def at_once(*work: Callable[[], object]) -> None:
    """Each in its own thread, all beginning together. Raises what one of them raises."""
    barrier = threading.Barrier(len(work))

    def begin(job: Callable[[], object]) -> None:
        barrier.wait()
        job()

    with ThreadPoolExecutor(len(work)) as pool:
        for future in [pool.submit(begin, job) for job in work]:
            future.result()

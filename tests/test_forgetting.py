"""What an exam learned of its candidate is destroyed when it is over, everywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import supabase_stack
from making import at, make_meeting
from profiles import pictures
from searching import forms, found_in, pieces
from stores import add_people, enrolled, supabase_store

from proctoring.privacy.export import of_participant
from proctoring.recall import (
    FACES,
    to_bytes,
)
from proctoring.sealing import Sealer
from proctoring.services import Services
from proctoring.settings import Settings
from proctoring.store import Store, StoreError
from proctoring.store.backup import backup
from proctoring.store.sealed import SealedStore
from proctoring.types import Enrolled, Policy

FACE = pictures(5, seed=9)
SECRET = to_bytes(FACE)[1]


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    services = Services(Settings(data_dir=tmp_path / "data"))
    yield services
    services.close()


def learn(services: Services, **changes: Any) -> tuple[str, dict[str, bytes]]:
    """Somebody whose face is kept; their id, and whatever of it there might be to find."""
    meeting = make_meeting(services, **changes)[0]
    ann, _ = services.join(meeting.id, "Ann", "v1")
    for second in range(3):  # so that older ones are in the log of the database
        at_second = datetime.now(UTC) + timedelta(seconds=second)
        services.store.save_enrolment(Enrolled(ann.id, FACES, SECRET, at_second))
    return ann.id, traces(services.store, ann.id)


def traces(store: Store, participant_id: str) -> dict[str, bytes]:
    (kept,) = innermost(store).enrolments(participant_id)
    halves = FACE.embeddings.astype("<f2").tobytes()
    found = pieces(kept.content)
    for name, secret in (("floats", FACE.embeddings.tobytes()), ("halves", halves)):
        found |= {f"{name} {how}": form for how, form in forms(secret[:600]).items()}
    return found


def innermost(store: Any) -> Store:
    while hasattr(store, "inner"):
        store = store.inner
    found: Store = store
    return found


def finish(services: Services, participant_id: str) -> None:
    services.finish(participant_id, "submitted")


def erase(services: Services, participant_id: str) -> None:
    services.store.erase(participant_id, datetime.now(UTC))


def let_time_pass(services: Services, participant_id: str) -> None:
    """They never came back; a server looks after their working time, days before it closes."""
    services.store.start(participant_id, datetime.now(UTC))
    services.upkeep.run(datetime.now(UTC) + timedelta(minutes=29))
    assert services.store.enrolments(participant_id), "their time is not over"
    services.upkeep.run(datetime.now(UTC) + timedelta(minutes=31))
    assert services.store.participant(participant_id).finished_at is None


@pytest.mark.parametrize("end", [finish, erase, let_time_pass])
def test_no_embedding_is_left_in_any_file_when_it_is_over(services: Services, end: Any) -> None:
    ann, secrets = learn(services, closes_at=datetime.now(UTC) + timedelta(days=7))
    folder = services.settings.data_dir
    hits = found_in(folder, secrets)
    assert hits, "the search finds what is there"
    assert all(hit.startswith("byte") for hit in hits), "and all of it is sealed"
    end(services, ann)
    assert found_in(folder, secrets) == []  # while it is open, with its write-ahead log
    services.close()
    assert found_in(folder, secrets) == []


def test_who_never_began_is_forgotten_after_the_closing_however_late(services: Services) -> None:
    ann, secrets = learn(services)
    services.upkeep.run(datetime.now(UTC) + timedelta(days=20))
    assert services.upkeep.failures == ()
    assert services.store.enrolments(ann) == []
    assert found_in(services.settings.data_dir, secrets) == []


def test_one_that_cannot_be_forgotten_now_is_told_and_tried_again(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, _ = learn(services)
    later = datetime.now(UTC) + timedelta(days=20)

    def fail(participant_id: str) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(services.store, "erase_enrolments", fail)
        services.upkeep.run(later)
    (failure,) = services.upkeep.failures
    assert (failure.participant_id, str(failure.error)) == (ann, "the disk is full")
    services.upkeep.run(later)
    assert services.upkeep.failures == ()
    assert services.store.enrolments(ann) == []


def test_a_session_that_ends_late_leaves_nothing_and_no_complaint(services: Services) -> None:
    ann, _ = learn(services)
    services.finish(ann, "submitted")
    services.writer.put(Enrolled(ann, FACES, SECRET, datetime.now(UTC) + timedelta(minutes=1)))
    while services.writer.waiting:
        pass
    assert services.store.enrolments(ann) == []
    assert services.writer.failed == ()


def test_no_backup_has_any_of_it(services: Services, tmp_path: Path) -> None:
    ann, secrets = learn(services)
    folder = tmp_path / "backups"
    folder.mkdir()
    backup(services.settings.data_dir, folder / "copy.tar", with_keys=True)
    assert found_in(folder, secrets) == []
    assert services.store.enrolments(ann), "the exam goes on"


def test_an_export_tells_that_it_is_there_and_not_what_it_holds(services: Services) -> None:
    ann, _ = learn(services, policy=Policy(frozenset({"book"})))
    files = dict(of_participant(services.store, ann))
    said = json.loads(files["participant.json"])
    (kept,) = said["known_again_by"]["kept_now"]
    assert (kept["kind"], kept["size"]) == (FACES, len(SECRET))
    assert said["meeting"]["policy"]["allowed_objects"] == ["book"]
    for form in forms(SECRET).values():
        assert all(form not in content for content in files.values())
    services.finish(ann, "submitted")
    said = json.loads(dict(of_participant(services.store, ann))["participant.json"])
    assert said["known_again_by"]["kept_now"] == []
    assert "destroyed when it ends" in said["known_again_by"]["about"]


@pytest.mark.parametrize("end", ["finish", "erase", "erase_enrolments"])
def test_nothing_of_it_is_left_in_any_table_of_supabase(tmp_path: Path, end: str) -> None:
    with closing(SealedStore(supabase_store(tmp_path), Sealer(bytes(32)))) as store:
        add_people(store, "m", "p")
        store.save_enrolment(enrolled(content=SECRET))
        secrets = traces(store, "p")
        hits = found_in_tables(secrets)
        assert hits
        assert all("sealed" in hit for hit in hits)
        arguments = {"finish": (at(9), "submitted"), "erase": (at(9),), "erase_enrolments": ()}
        getattr(store, end)("p", *arguments[end])
        assert found_in_tables(secrets) == []


def found_in_tables(secrets: dict[str, bytes]) -> list[str]:
    """In what the database would give anybody who may read all of it."""
    with supabase_stack.project().database() as database:
        tables = database.execute(
            "select format('%I.%I', table_schema, table_name) from information_schema.tables"
            " where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog')"
        ).fetchall()
        rows = [
            str(row[0]).encode()
            for (table,) in tables
            for row in database.execute(f"select t::text from {table} t").fetchall()
        ]
    hits = []
    for name, secret in secrets.items():
        for how, form in (forms(secret) | {"as it is": secret}).items():
            where = "sealed" if name.startswith("byte") else "plain"
            hits += [f"{where} {name} {how}" for row in rows if form in row]
    return hits

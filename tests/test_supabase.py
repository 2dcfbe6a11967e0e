"""What is special to the Supabase store: the schema that it needs, and a network that fails."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from making import occurrence
from stores import (
    add_people,
    at_once,
    event,
    evidence,
    participant,
    supabase_project,
    supabase_store,
)
from supabase_stack import Project

from proctoring.folding import fold
from proctoring.settings import SupabaseSettings
from proctoring.store import Rejected, StoreError
from proctoring.store.supabase.objects import BUCKET, PIECE, EvidenceObjects
from proctoring.store.supabase.store import SupabaseStore
from proctoring.types import Incident, Notice


@pytest.fixture
def project() -> Project:
    return supabase_project()


@pytest.fixture
def faulty(project: Project) -> Iterator[Project]:
    if project.is_live:
        pytest.skip("a hosted project makes no faults on demand")
    yield project
    project.fault("none", times=0)


@pytest.fixture
def store(project: Project, tmp_path: Path) -> Iterator[SupabaseStore]:
    """With meeting "m" and its participant "p"."""
    with closing(supabase_store(tmp_path)) as store:
        add_people(store, "m", "p")
        yield store


# --- starting ------------------------------------------------------------------------------


def test_a_key_that_was_revoked_is_told(project: Project) -> None:
    with pytest.raises(StoreError, match="refuses the key"):
        SupabaseStore(SupabaseSettings(project.url, "sb_secret_of_nobody"))


def test_a_project_that_is_not_there_is_told() -> None:
    with pytest.raises(StoreError, match="cannot be reached"):
        SupabaseStore(SupabaseSettings("http://127.0.0.1:9", "sb_secret_a"))


@pytest.mark.parametrize(
    ("known", "told"), [("99991231000000", "older.*db push"), ("20200101000000", "newer")]
)
def test_a_schema_of_another_version_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch, known: str, told: str
) -> None:
    monkeypatch.setattr("proctoring.store.supabase.client.SCHEMA", known)
    with pytest.raises(StoreError, match=told):
        SupabaseStore(SupabaseSettings(project.url, project.secret_key))


def test_a_project_without_the_schema_is_told(store: SupabaseStore) -> None:
    with pytest.raises(StoreError, match="npx supabase db push") as told:
        store._client.call("no_such_function")
    assert not isinstance(told.value, Rejected)


# --- faults --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["503", "500", "429", "408", "reset"])
@pytest.mark.parametrize("path", ["/rest", "/storage"])
def test_what_may_pass_can_be_tried_again(
    faulty: Project, store: SupabaseStore, kind: str, path: str
) -> None:
    owner = occurrence(0)
    store.save_occurrence(owner)
    picture = evidence(owner.id)
    faulty.fault(kind, path)
    with pytest.raises(StoreError) as told:
        store.save_evidence(picture)
    assert type(told.value) is StoreError
    store.save_evidence(picture)
    assert store.evidence(picture.id) == picture


def test_reading_does_not_sleep_over_a_fault(faulty: Project, store: SupabaseStore) -> None:
    faulty.fault("503", "/rest/v1/meeting", times=1)
    with pytest.raises(StoreError, match="503"):
        store.meeting("m")
    assert store.meeting("m").id == "m"


def test_an_answer_that_never_comes_is_a_fault(
    faulty: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("proctoring.store.supabase.client.TIMEOUT", 0.2)
    with closing(supabase_store(tmp_path)) as store:
        add_people(store, "m")
        faulty.fault("slow", "/rest/v1/meeting", delay_s=1)
        with pytest.raises(StoreError, match="ReadTimeout"):
            store.meeting("m")


def test_an_answer_that_was_lost_leaves_nothing_twice(
    faulty: Project, store: SupabaseStore
) -> None:
    owner = occurrence(0)
    picture, entry = evidence(owner.id), event()
    for save in (
        lambda: store.add_participant(participant(id="q")),
        lambda: store.save_occurrence(owner),
        lambda: store.save_notice(Notice(owner.id, owner.opened_at)),
        lambda: store.append_audit(entry),
    ):
        faulty.fault("lost")
        with pytest.raises(StoreError, match="cannot be reached"):
            save()
        save()
    for path in ("/storage", "/rest/v1/rpc/save_evidence"):
        faulty.fault("lost", path)
        with pytest.raises(StoreError, match="cannot be reached"):
            store.save_evidence(picture)
    before = store.feed("m")
    store.save_evidence(picture)
    assert store.feed("m") == before
    (incident,) = before.incidents
    assert incident.occurrences == (owner,)
    assert [ref.id for ref in store.evidence_of("p")] == [picture.id]
    assert [known.event for known in store.audit_log("m")] == [entry]
    assert [p.id for p in store.participants("m")] == ["p", "q"]


# --- several servers -----------------------------------------------------------------------


def test_a_reader_of_what_several_servers_write_at_once_misses_nothing(
    project: Project, store: SupabaseStore
) -> None:
    """Revisions are committed in their order: what comes later never has a lower one."""
    servers = [SupabaseStore(SupabaseSettings(project.url, project.secret_key)) for _ in range(3)]
    done = threading.Event()
    known: dict[str, Incident] = {}

    def write(server: SupabaseStore, number: int) -> None:
        for i in range(25):
            kind = ("multiple_faces", "no_face")[i % 2]
            server.save_occurrence(occurrence((i * 97 + number * 31) % 2400, kind=kind))

    def follow() -> None:
        revision, is_last = 0, False
        while not is_last:
            is_last = done.is_set()
            feed = store.feed("m", revision)
            revision = feed.revision
            for incident in feed.incidents:
                for member in incident.occurrences:
                    known.pop(member.id, None)
                known[incident.id] = incident

    def write_all() -> None:
        try:
            at_once(*(partial(write, server, i) for i, server in enumerate(servers)))
        finally:
            done.set()

    at_once(follow, write_all)
    for server in servers:
        server.close()
    whole = store.feed("m").incidents
    assert known == {incident.id: incident for incident in whole}
    assert sum(incident.count for incident in whole) == 75
    assert set(whole) == set(fold(o for incident in whole for o in incident.occurrences))


# --- evidence objects ----------------------------------------------------------------------


def objects_of(store: SupabaseStore) -> set[str]:
    """Names in the folder of participant "p"."""
    return {found["name"].rpartition("/")[2] for found in store._client.bucket(BUCKET).list("m/p")}


def test_an_object_is_named_by_its_hash_in_the_folder_of_its_participant(
    store: SupabaseStore,
) -> None:
    owner = occurrence(0)
    store.save_occurrence(owner)
    picture = evidence(owner.id, os.urandom(50))
    sound = evidence(owner.id, os.urandom(50), media_type="audio/wav")
    for given in (picture, sound):
        store.save_evidence(given)
    assert {f"{picture.sha256}.jpg", f"{sound.sha256}.wav"} <= objects_of(store)


def test_a_missing_object_is_told_and_saving_again_mends_it(store: SupabaseStore) -> None:
    owner = occurrence(0)
    store.save_occurrence(owner)
    picture = evidence(owner.id, os.urandom(50))
    store.save_evidence(picture)
    store._objects.remove([f"m/p/{picture.sha256}.jpg"])
    with pytest.raises(StoreError, match="missing"):
        store.evidence(picture.id)
    store.save_evidence(picture)
    assert store.evidence(picture.id) == picture


def test_a_changed_object_is_told(store: SupabaseStore) -> None:
    owner = occurrence(0)
    store.save_occurrence(owner)
    picture = evidence(owner.id, os.urandom(50))
    store._objects.write(f"m/p/{picture.sha256}.jpg", b"something else", "image/jpeg")
    store.save_evidence(picture)
    with pytest.raises(StoreError, match="changed"):
        store.evidence(picture.id)


def test_an_erasure_that_was_cut_short_is_ended_by_repeating_it(
    faulty: Project, store: SupabaseStore
) -> None:
    owner = occurrence(0)
    store.save_occurrence(owner)
    picture = evidence(owner.id, os.urandom(50))
    store.save_evidence(picture)
    faulty.fault("503", "/storage")
    with pytest.raises(StoreError, match="503"):
        store.erase("p", owner.opened_at)
    assert f"{picture.sha256}.jpg" in objects_of(store)
    store.erase("p", owner.opened_at)
    assert f"{picture.sha256}.jpg" not in objects_of(store)


def test_bytes_that_arrive_after_an_erasure_do_not_stay(
    store: SupabaseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = occurrence(0)
    store.save_occurrence(owner)
    picture = evidence(owner.id, os.urandom(50))
    write = EvidenceObjects.write

    def write_and_erase(objects: EvidenceObjects, *given: object) -> None:
        write(objects, *given)  # type: ignore[arg-type]
        store.erase("p", owner.opened_at)

    monkeypatch.setattr(EvidenceObjects, "write", write_and_erase)
    with pytest.raises(Rejected, match="erased"):
        store.save_evidence(picture)
    assert f"{picture.sha256}.jpg" not in objects_of(store)


def test_a_large_one_goes_in_pieces_and_goes_on_after_a_fault(
    faulty: Project, store: SupabaseStore
) -> None:
    owner = occurrence(0)
    store.save_occurrence(owner)
    sound = evidence(owner.id, os.urandom(2 * PIECE + 1000), media_type="audio/wav")
    faulty.fault("lost", "/storage/v1/upload/resumable/")  # the question how far it came
    with pytest.raises(StoreError, match="cannot be reached"):
        store.save_evidence(sound)
    store.save_evidence(sound)
    assert store.evidence(sound.id) == sound
    store.save_evidence(sound)
    assert store.evidence(sound.id) == sound


def test_a_type_that_the_bucket_does_not_take_is_rejected(store: SupabaseStore) -> None:
    with pytest.raises(Rejected, match="refuses the evidence"):
        store._objects.write("m/p/page.html", b"<html>", "text/html")

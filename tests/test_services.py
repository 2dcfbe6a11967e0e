"""The parts put together: what is kept is sealed, tidied and told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from making import occurrence
from starlette.applications import Starlette
from starlette.testclient import TestClient
from stores import evidence

from proctoring.api import health
from proctoring.cli import doctor
from proctoring.services import Services
from proctoring.settings import Settings
from proctoring.store import StoreError, Unknown
from proctoring.types import Meeting, Participant, Role

NOW = datetime.now(UTC)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    services = Services(Settings(data_dir=tmp_path / "data", keep_evidence_days=30))
    yield services
    services.close()


def closed(services: Services, ago: timedelta) -> Meeting:
    closes_at = NOW - ago
    return services.create_meeting(
        title="Algebra",
        opens_at=closes_at - timedelta(hours=2),
        closes_at=closes_at,
        length_s=3600,
        signals=("faces",),
    ).meeting


def open_now(services: Services) -> Meeting:
    return closed(services, -timedelta(hours=1))


def add(services: Services, meeting: Meeting, name: str, started: bool) -> Participant:
    begun = meeting.opens_at if started else None
    person = Participant(f"id of {name}", meeting.id, name, meeting.opens_at, started_at=begun)
    services.store.add_participant(person)
    return person


def test_who_left_and_never_came_back_has_finished_when_the_time_was_up(
    services: Services,
) -> None:
    meeting = closed(services, timedelta(hours=1))
    add(services, meeting, "gone", started=True)
    add(services, meeting, "never began", started=False)
    services.tidy()
    services.tidy()
    gone = services.store.participant("id of gone")
    assert gone.finished_at == meeting.opens_at + timedelta(hours=1)
    assert gone.finish_reason == "did not come back"
    assert services.store.participant("id of never began").finished_at is None


def test_one_exam_that_fails_does_not_stop_the_hourly_round(
    services: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken, well = (closed(services, timedelta(hours=1)) for _ in range(2))
    old = closed(services, timedelta(days=366))
    add(services, well, "gone", started=True)
    add(services, old, "old", started=True)
    ask = services.store.participants

    def fail(meeting_id: str) -> list[Participant]:
        if meeting_id == broken.id:
            raise StoreError("a name was changed")
        return ask(meeting_id)

    with monkeypatch.context() as patch:
        patch.setattr(services.store, "participants", fail)
        services.tidy()
    assert services.store.participant("id of gone").finished_at
    assert services.store.participant("id of old").erased_at
    assert services.upkeep.failures
    with TestClient(Starlette(routes=health.routes(services))) as client:
        told = client.get("/api/health")
    assert (told.status_code, told.json()["status"], told.json()["upkeep"]) == (
        200,
        "ok",
        "failing",
    )
    assert f"meeting {broken.id}: a name was changed" in caplog.text
    assert services.problem == "", "it is no matter of the proctors who watch now"
    services.tidy()
    assert services.upkeep.failures == ()


def test_the_doctor_names_what_should_be_gone(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENPROCTOR_DATA_DIR", str(tmp_path / "data"))
    old = closed(services, timedelta(days=367))
    add(services, old, "old", started=True)
    check = doctor._upkeep(services.settings)
    assert not check.is_ok
    assert check.detail == f"candidate id of old of meeting {old.id} is overdue"
    services.tidy()
    assert doctor._upkeep(services.settings).is_ok


def test_pictures_are_erased_when_their_days_are_over_and_names_are_not(services: Services) -> None:
    for name, ago in (("old", timedelta(days=31)), ("new", timedelta(days=29))):
        meeting = closed(services, ago)
        person = add(services, meeting, name, started=True)
        seen = occurrence(meeting_id=meeting.id, participant_id=person.id)
        services.store.save_occurrence(seen)
        services.store.save_evidence(evidence(seen.id, id=f"picture of {name}"))
    services.tidy()
    assert services.store.evidence("picture of new")
    with pytest.raises(Unknown, match="erased"):
        services.store.evidence("picture of old")
    assert services.store.participant("id of old").name == "old"


def test_no_name_lies_readable_in_the_data_folder(services: Services, tmp_path: Path) -> None:
    services.join(open_now(services).id, "Wilhelmina Hidden", "v1")
    services.close()
    kept = b"".join(path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file())
    assert b"Algebra" in kept
    assert b"Wilhelmina" not in kept


def test_servers_with_one_sealing_key_know_each_others_passes(tmp_path: Path) -> None:
    key = bytes(range(32))
    here, there = (Services(Settings(data_dir=tmp_path / n, sealing_key=key)) for n in "ab")
    meeting = open_now(here)
    bearers = here.store.capabilities(meeting.id)
    there.store.add_meeting(meeting, *bearers)
    token = here.admission.make_pass(bearers[0])
    assert there.admission.by_pass(token, frozenset(Role)) == bearers[0]
    here.close()
    there.close()

"""An exam under another policy, as the review desk asks for it: the same as deciding it anew."""

from __future__ import annotations

import pytest
from making import make_meeting
from passes import candidate_pass, capability_of, staff_pass
from reviewing import TO_DECIDE, sit
from starlette.applications import Starlette
from starlette.testclient import TestClient

from proctoring import what_if
from proctoring.api import review
from proctoring.policy.file import WrittenPolicy
from proctoring.policy.presets import PRESETS
from proctoring.traces.minutes import stretches
from proctoring.types import Role

SIGNALS = ("faces", "speakers")


class World:
    def __init__(self, services):
        self.services, self.store = services, services.store
        self.meeting = make_meeting(services, signals=SIGNALS)[0]
        self.sat = sit(self.store, self.meeting.id, SIGNALS, seen=TO_DECIDE[:1], others=())
        self.client = TestClient(Starlette(routes=review.routes(services)))

    def ask(self, query="", token="", person=None):
        token = token or staff_pass(self.services, self.meeting.id)
        headers = {"Authorization": f"Bearer {token}"}
        path = f"/api/review/what-if/{person or self.sat.participant.id}{query}"
        return self.client.get(path, headers=headers)


@pytest.fixture
def world(services):
    return World(services)


@pytest.mark.parametrize("preset", PRESETS)
def test_it_is_what_deciding_anew_gives(world, preset):
    told = world.ask(f"?preset={preset}").json()
    person = world.sat.participant.id
    meeting = world.store.meeting(world.meeting.id)
    was = WrittenPolicy(meeting.policy, meeting.signals, PRESETS[meeting.preset])
    wanted = WrittenPolicy(meeting.policy, meeting.signals, PRESETS[preset])
    would = what_if.decide(stretches(world.store.traces(person)), was, wanted)
    assert told["would"] == {
        "incidents": len(would.incidents),
        "points": round(would.score, 1),
    }
    kept = world.store.feed(meeting.id, participant_id=person).incidents
    pairs = what_if.side_by_side(kept, would.incidents)
    assert [(p["kind"], bool(p["was"]), bool(p["would"])) for p in told["pairs"]] == [
        (p.either.kind, p.was is not None, p.would is not None) for p in pairs
    ]


def test_what_is_switched_off_is_not_observed(world):
    (pair,) = [p for p in world.ask("?off=faces").json()["pairs"] if p["kind"] == "multiple_faces"]
    assert pair["was"]["summary"] == "2 faces"
    assert pair["would"] is None


def test_nothing_is_changed_by_asking(world):
    person = world.sat.participant.id
    before = world.store.feed(world.meeting.id, participant_id=person), world.store.acts(person)
    world.ask("?preset=strict")
    after = world.store.feed(world.meeting.id, participant_id=person), world.store.acts(person)
    assert before == after


def test_what_is_not_kept_cannot_be_decided_and_it_says_so(world):
    world.store.erase_evidence(world.sat.participant.id)
    answer = world.ask("?preset=strict")
    assert answer.status_code == 422
    assert "is not kept" in answer.json()["problem"]


@pytest.mark.parametrize("query", ["?preset=unknown", "?off=nothing", "?off=faces,../x"])
def test_what_there_is_not_is_refused(world, query):
    assert world.ask(query).status_code == 404


def test_it_is_for_staff_of_this_meeting_alone(world, services):
    other = make_meeting(services, title="Physics")[0]
    stranger = services.admission.make_pass(capability_of(services, Role.EXAMINER, other.id))
    own = services.join(world.meeting.id, "Bo", "v1")[0]
    for token in (stranger, candidate_pass(services, own), "x"):
        assert world.ask(token=token).status_code == 404
    assert world.ask(person="nobody").status_code == 404

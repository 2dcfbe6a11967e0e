"""Who sees a picture as it was taken: the candidate, and staff who said why, for ten minutes."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from making import make_meeting, occurrence
from passes import candidate_pass, capability_of
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from proctoring import evidence
from proctoring.access import tokens
from proctoring.acts import reveals
from proctoring.api import routes
from proctoring.ids import new_id
from proctoring.pictures.marks import marks_of
from proctoring.privacy import export
from proctoring.review import report
from proctoring.review.sheet import Clock
from proctoring.types import Role

FACE, OTHER = (260, 120, 380, 270), (60, 150, 130, 240)
REASON = "Who else is in the room?"
NOISE = np.random.default_rng(5).integers(0, 255, (480, 640, 3), np.uint8)
STAFF = (Role.REVIEWER, Role.PROCTOR, Role.EXAMINER)


class World:
    """One who has finished, and a picture of theirs with somebody else in it."""

    def __init__(self, services):
        self.services, self.store = services, services.store
        self.meeting = make_meeting(services)[0]
        self.store.add_capability(
            tokens.capability(Role.REVIEWER, self.meeting.id, tokens.new_secret())
        )
        self.ada = services.join(self.meeting.id, "Ada", "v1")[0]
        self.store.start(self.ada.id, datetime.now(UTC) - timedelta(minutes=5))
        self.seen = occurrence(meeting_id=self.meeting.id, participant_id=self.ada.id)
        self.store.save_occurrence(self.seen)
        self.picture = evidence.picture(
            self.seen.id, datetime.now(UTC), NOISE, (OTHER,),
            kind="multiple_faces", subject=FACE, others=(OTHER,),
        )  # fmt: skip
        self.store.save_evidence(self.picture)
        self.client = TestClient(Starlette(routes=routes(services)))

    def bearer(self, role):
        return capability_of(self.services, role, self.meeting.id)

    def ask(self, role, path="", method="GET", **options):
        who = self.bearer(role) if isinstance(role, Role) else role
        headers = {"Authorization": f"Bearer {self.services.admission.make_pass(who)}"}
        address = f"/api/evidence/{self.picture.id}{path}"
        return self.client.request(method, address, headers=headers, **options)

    def reveal(self, role, reason=REASON, said_id=None):
        said = {"id": said_id or new_id(), "reason": reason}
        return self.ask(role, "/reveal", "POST", content=json.dumps(said))

    def own(self, path=""):
        headers = {"Authorization": f"Bearer {candidate_pass(self.services, self.ada)}"}
        return self.client.get(f"/api/own{path}", headers=headers)

    def acts(self):
        return [act for act in self.store.acts(self.ada.id) if act.kind == reveals.REVEAL]

    def is_clean(self, data):
        return self.picture.data in data


@pytest.fixture
def world(services):
    return World(services)


@pytest.mark.parametrize("role", STAFF)
def test_staff_get_a_rendition_and_no_clean_byte(world, role):
    told = world.ask(role)
    assert told.status_code == 200
    assert marks_of(told.content).is_blurred
    assert not world.is_clean(told.content)
    assert world.ask(role, "/original").status_code == 404
    for wanted in ("bytes=0-", "bytes=-99999999", "bytes=0-5"):
        part = world.ask(role, headers=None) if wanted is None else _range(world, role, wanted)
        assert part.content in told.content


@pytest.mark.parametrize("role", STAFF)
def test_no_route_at_all_gives_staff_a_clean_byte(world, services, role):
    """Whatever there is to be asked for, with every id that there is."""
    token = services.admission.make_pass(world.bearer(role))
    secret = world.picture.data[-600:-2]
    ids = (world.picture.id, world.ada.id, world.meeting.id, world.seen.id)
    asked = 0
    for route in routes(services):
        is_asked = isinstance(route, Route) and "{" in route.path and "GET" in route.methods
        for wanted in ids if is_asked and not route.path.endswith("/events") else ():
            path = re.sub(r"\{\w+\}", wanted, route.path)
            told = world.client.get(path, headers={"Authorization": f"Bearer {token}"})
            assert secret not in told.content, path
            assert base64.b64encode(secret[:300])[4:-4] not in told.content, path
            asked += 1
    assert asked > 20


def _range(world, role, wanted):
    token = world.services.admission.make_pass(world.bearer(role))
    headers = {"Authorization": f"Bearer {token}", "Range": wanted}
    return world.client.get(f"/api/evidence/{world.picture.id}", headers=headers)


@pytest.mark.parametrize("role", STAFF)
def test_a_reason_opens_it_to_this_link_alone_and_the_log_has_it(world, role):
    answer = world.reveal(role)
    until = datetime.fromisoformat(answer.json()["until"])
    assert timedelta(minutes=9) < until - datetime.now(UTC) <= reveals.LASTS
    assert world.ask(role, "/original").content == world.picture.data
    assert world.ask(role, "/original").headers["cache-control"] == "private, no-store"
    assert marks_of(world.ask(role).content).is_blurred, "what is not asked for stays blurred"
    for other in STAFF:
        if other is not role:
            assert world.ask(other, "/original").status_code == 404
    (act,) = world.acts()
    assert (act.actor, act.role) == (world.bearer(role).id, role)
    assert json.loads(act.content)["reason"] == REASON
    logged = [e.event for e in world.store.audit_log(world.meeting.id)]
    (event,) = [one for one in logged if one.action == "act.reveal"]
    assert (event.actor, event.subject, event.detail) == (act.actor, world.ada.id, act.id)


@pytest.mark.parametrize("reason", ["", "short", " " * 40, "nine char\u202e", "x" * 201])
def test_without_a_reason_nothing_is_revealed(world, reason):
    answer = world.reveal(Role.REVIEWER, reason)
    assert answer.status_code == 422
    assert "A reason has at" in answer.json()["problem"]
    assert world.ask(Role.REVIEWER, "/original").status_code == 404
    assert not world.acts()


def test_what_is_said_twice_is_one_act(world):
    said_id = new_id()
    first, again = (world.reveal(Role.PROCTOR, said_id=said_id).json() for _ in range(2))
    assert first == again
    assert len(world.acts()) == 1


def test_it_ends_after_ten_minutes(world):
    bearer, now = world.bearer(Role.REVIEWER), datetime.now(UTC)
    for ago, status in ((timedelta(minutes=9, seconds=50), 200), (reveals.LASTS, 404)):
        act = reveals.reveal(bearer, new_id(), world.ada.id, world.picture, REASON, now - ago)
        world.store.save_act(act)
        is_open = reveals.open_until([act], bearer.id, world.picture.id, now)
        assert (is_open is not None) == (status == 200)
    late = reveals.open_until(world.acts(), bearer.id, world.picture.id, now + reveals.LASTS)
    assert late is None
    assert not reveals.open_until(world.acts(), bearer.id, new_id(), now), "of another picture"


def test_an_act_of_a_clock_that_runs_ahead_opens_nothing(world):
    bearer, now = world.bearer(Role.REVIEWER), datetime.now(UTC)
    later = now + timedelta(hours=1)
    act = reveals.reveal(bearer, new_id(), world.ada.id, world.picture, REASON, later)
    assert reveals.open_until([act], bearer.id, world.picture.id, now) is None


@pytest.mark.parametrize(
    "said", ["", "[]", "{}", '{"id": 1, "reason": "x"}', '{"id": "../x", "reason": "long enough"}']
)
def test_what_is_no_request_is_refused(world, said):
    assert world.ask(Role.REVIEWER, "/reveal", "POST", content=said).status_code == 404
    assert world.ask(Role.REVIEWER, "/reveal", "POST", content="x" * 9000).status_code == 404


def test_candidates_and_other_meetings_reveal_nothing(world, services):
    other = make_meeting(services, title="Physics")[0]
    stranger = capability_of(services, Role.EXAMINER, other.id)
    known = services.store.capabilities(world.meeting.id)
    own = next(one for one in known if one.participant_id == world.ada.id)
    for who in (stranger, own):
        assert world.reveal(who).status_code == 404
        assert world.ask(who, "/original").status_code == 404
    assert not world.acts()


def test_a_sound_is_not_revealed(world):
    clip = evidence.clip(world.seen.id, datetime.now(UTC), np.zeros(8000, np.float32), 16_000)
    world.store.save_evidence(clip)
    world.picture = clip
    assert world.reveal(Role.REVIEWER).status_code == 404


def test_the_candidate_sees_their_own_picture_and_who_looked_and_why(world):
    world.reveal(Role.REVIEWER)
    world.services.finish(world.ada.id, "submitted")
    assert world.own(f"/evidence/{world.picture.id}").content == world.picture.data
    (told,) = (one for one in world.own().json()["seen"] if one.get("revealed"))
    assert told["who"] == "Reviewer"
    assert told["revealed"]["reason"] == REASON
    at = datetime.fromisoformat(told["revealed"]["at"])
    assert at == world.picture.captured_at
    packed = zipfile.ZipFile(io.BytesIO(world.own("/export").content))
    acts = json.loads(packed.read("participant.json"))["acts"]
    assert [act["kind"] for act in acts] == ["reveal"]


def test_once_it_is_erased_a_reveal_shows_nothing(world):
    assert world.ask(Role.REVIEWER).status_code == 200
    world.reveal(Role.REVIEWER)
    world.services.finish(world.ada.id, "submitted")
    world.store.erase_evidence(world.ada.id)
    for path in ("", "/original"):
        assert world.ask(Role.REVIEWER, path).status_code == 404


def test_reports_carry_what_staff_see_and_exports_what_is_kept(world):
    """Whoever writes a report is an operator, and its readers are not; an export is for the
    candidate, made by an examiner and in the log."""
    world.services.finish(world.ada.id, "submitted")
    clock = Clock(ZoneInfo("UTC"), datetime.now(UTC))
    files = dict(report.files(world.store, world.meeting.id, clock))
    assert not any(world.is_clean(data) for data in files.values())
    page = files[f"candidates/{world.ada.id}/report.html"].decode()
    (shown,) = re.findall(r"data:image/jpeg;base64,([^\"]+)", page)
    assert not world.is_clean(base64.b64decode(shown))
    assert marks_of(base64.b64decode(shown)) is None, "they are drawn in, for paper"
    assert "is blurred" in page
    kept = dict(export.of_participant(world.store, world.ada.id))
    assert any(world.is_clean(data) for data in kept.values())

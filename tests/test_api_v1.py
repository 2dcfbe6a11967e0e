"""The API for programs: meetings, people, incidents, verdicts, reports."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from making import GREY, occurrence
from programs import bearer, make_key, meeting_form
from starlette.applications import Starlette
from starlette.testclient import TestClient

from proctoring import __version__, evidence
from proctoring.api import routes
from proctoring.api.v1 import OPERATIONS
from proctoring.integration.keys import KeyRole
from proctoring.services import NotInvited


class Program:
    def __init__(self, services):
        self.services = services
        self.key = make_key(services)
        self.http = TestClient(Starlette(routes=routes(services)), headers=bearer(self.key))

    def ask(self, method, path, status=200, token="", headers=None, **options):
        headers = (headers or {}) | (bearer(token) if token else {})
        answer = self.http.request(method, f"/api/v1{path}", headers=headers, **options)
        assert answer.status_code == status, answer.text
        return answer.json()

    def meeting(self, **changes):
        return self.ask("POST", "/meetings", 201, json=meeting_form(**changes))

    def person(self, meeting, name="Ada"):
        version = self.ask("GET", f"/meetings/{meeting['id']}/consent")["version"]
        form = {"name": name, "consent_version": version}
        return self.ask("POST", f"/meetings/{meeting['id']}/participants", 201, json=form)

    def incident(self, meeting, person, opened_s=0.0, **changes):
        began = datetime.now(UTC) - timedelta(minutes=5) + timedelta(seconds=opened_s)
        seen = occurrence(
            meeting_id=meeting["id"],
            participant_id=person["id"],
            opened_at=began,
            last_seen_at=began + timedelta(seconds=4),
            **changes,
        )
        self.services.store.save_occurrence(seen)
        return seen


@pytest.fixture
def program(services):
    return Program(services)


def test_a_key_makes_a_meeting_and_reads_it(program):
    made = program.meeting(policy={"allowed": ["book"]}, journey={"check_in": ["card"]})
    assert made["policy"]["allowed_objects"]
    assert made["journey"]["check_in"] == ["card"]
    read = program.ask("GET", f"/meetings/{made['id']}")
    assert {**made, **read} == made  # and no secret among it
    assert "proctor_secret" not in read
    assert made["proctor_link"].endswith(made["proctor_secret"])
    assert [one["id"] for one in program.ask("GET", "/meetings")["meetings"]] == [made["id"]]


def test_the_links_of_a_meeting_begin_with_the_public_address(tmp_path):
    from proctoring.services import Services
    from proctoring.settings import Settings

    services = Services(Settings(data_dir=tmp_path, public_url="https://exams.example.org"))
    made = Program(services).meeting()
    assert made["candidate_link"] == f"https://exams.example.org/exam?meeting={made['id']}"
    services.close()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": "  "}, "/title"),
        ({"length_s": 5}, "/length_s"),
        ({"opens_at": "2027-01-01T09:00:00"}, "/opens_at"),
        ({"closes_at": "2020-01-01T09:00:00Z"}, "closes_at has to be after"),
        ({"signals": ["mood"]}, "mood"),
        ({"policy": {"allowed": ["teacher"]}}, "teacher"),
        ({"policy": {"phrases": ["zxqv"]}}, "zxqv"),
        ({"journey": {"exam_url": "nowhere"}}, "address"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_what_a_meeting_cannot_be_is_said_in_a_sentence(program, changes, said):
    problem = program.ask("POST", "/meetings", 422, json=meeting_form(**changes))
    assert said in json.dumps(problem)
    assert problem["status"] == 422
    assert not program.ask("GET", "/meetings")["meetings"]


def test_a_request_with_an_idempotency_key_is_done_once(program):
    form, once = meeting_form(), {"Idempotency-Key": "a day in May"}
    first = program.ask("POST", "/meetings", 201, json=form, headers=once)
    again = program.http.post("/api/v1/meetings", json=form, headers=once)
    assert (again.status_code, again.json()) == (201, first)
    assert again.headers["idempotency-replayed"] == "true"
    assert len(program.ask("GET", "/meetings")["meetings"]) == 1
    program.ask("POST", "/meetings", 422, json=meeting_form(title="Other"), headers=once)
    program.key = make_key(program.services)
    other = program.ask("POST", "/meetings", 201, json=form, headers=once, token=program.key)
    assert other["id"] != first["id"]


def test_what_was_answered_lies_sealed(program, services):
    made = program.ask(
        "POST", "/meetings", 201, json=meeting_form(), headers={"Idempotency-Key": "1"}
    )
    for path in services.settings.data_dir.glob("api.db*"):
        assert made["examiner_secret"].encode() not in path.read_bytes()


def test_a_request_that_failed_may_be_tried_again(program):
    meeting = program.meeting(
        opens_at=(datetime.now(UTC) + timedelta(minutes=1)).isoformat(),
    )
    path, once = f"/meetings/{meeting['id']}/participants", {"Idempotency-Key": "ada"}
    form = {"name": "Ada", "consent_version": "v1"}
    for _ in range(2):
        problem = program.ask("POST", path, 409, json=form, headers=once)
        assert "opens on" in problem["detail"]


def test_a_candidate_joins_and_reads_themselves_by_their_own_token(program):
    meeting = program.meeting()
    ada = program.person(meeting)
    assert ada["state"] == "waiting"
    assert ada["token"] in ada["link"]
    own = program.ask("GET", f"/participants/{ada['id']}", token=ada["token"])
    assert own["name"] == "Ada"
    program.services.finish(ada["id"], "submitted")
    own = program.ask("GET", f"/participants/{ada['id']}", token=ada["token"])
    assert (own["state"], own["finish_reason"]) == ("finished", "submitted")


def test_a_list_goes_on_with_its_cursor_and_ends(program):
    meeting = program.meeting()
    names = [program.person(meeting, f"Candidate {number}")["name"] for number in range(5)]
    found, cursor = [], ""
    for _ in range(3):
        page = program.ask(
            "GET", f"/meetings/{meeting['id']}/participants", params={"limit": 2, "cursor": cursor}
        )
        found += [one["name"] for one in page["participants"]]
        cursor = page["next"]
    assert (found, cursor) == (names, "")
    program.ask(
        "GET", f"/meetings/{meeting['id']}/participants", 422, params={"cursor": "elsewhere"}
    )


def test_links_are_made_replaced_listed_and_ended(program):
    meeting = program.meeting()
    path = f"/meetings/{meeting['id']}"
    made = program.ask("POST", f"{path}/links", 201, json={"role": "reviewer"})
    program.ask("GET", f"{path}/incidents", token=made["secret"])
    newer = program.ask("POST", f"{path}/links", 201, json={"role": "reviewer", "replaces": True})
    program.ask("GET", f"{path}/incidents", 404, token=made["secret"])
    program.ask("GET", f"{path}/incidents", token=newer["secret"])
    known = program.ask("GET", f"{path}/links")["links"]
    last = next(one for one in known if one["role"] == "reviewer" and not one["revoked_at"])
    program.ask("DELETE", f"{path}/links/{last['id']}")
    program.ask("GET", f"{path}/incidents", 404, token=newer["secret"])
    program.ask("DELETE", f"{path}/links/nothing", 404)
    program.ask("POST", f"{path}/links", 422, json={"role": "examiner", "replaces": True})


def test_candidates_are_invited_by_name_once_and_come_by_their_own_link(program, services):
    meeting = program.meeting()
    path = f"/meetings/{meeting['id']}/invitations"
    guests = {"guests": [{"name": "Ada", "own_id": "s1", "extra_min": 5}, {"name": "Bo"}]}
    made = program.ask("POST", path, 201, json=guests)["invitations"]
    assert [(one["name"], one["own_id"]) for one in made] == [("Ada", "s1"), ("Bo", "")]
    secret = parse_qs(urlsplit(made[0]["link"]).query)["personal"][0]
    (again,) = program.ask("POST", path, 201, json={"guests": guests["guests"][:1]})["invitations"]
    assert again["id"] == made[0]["id"]
    assert again["link"] != made[0]["link"]
    with pytest.raises(NotInvited):
        services.join(meeting["id"], "", "v1", personal=secret)
    secret = parse_qs(urlsplit(again["link"]).query)["personal"][0]
    person, _ = services.join(meeting["id"], "", "v1", personal=secret)
    assert (person.id, person.name) == (again["id"], "Ada")
    listed = program.ask("GET", path)["invitations"]
    assert {one["name"]: one["state"] for one in listed} == {"Ada": "joined", "Bo": "expected"}


def test_incidents_come_in_order_and_what_changed_alone(program):
    meeting = program.meeting()
    ada, bo = program.person(meeting), program.person(meeting, "Bo")
    first = program.incident(meeting, ada)
    program.incident(meeting, bo, 60)
    path = f"/meetings/{meeting['id']}/incidents"
    told = program.ask("GET", path)
    assert [one["participant_id"] for one in told["incidents"]] == [ada["id"], bo["id"]]
    one = program.ask("GET", f"/incidents/{first.id}")
    assert one == told["incidents"][0]
    assert not program.ask("GET", path, params={"after": told["revision"]})["incidents"]
    own = program.ask("GET", path, params={"participant_id": bo["id"]})
    assert len(own["incidents"]) == 1
    program.ask("GET", path, 422, params={"participant_id": "nobody"})


def test_a_picture_is_shown_by_the_rules_of_the_pages_and_logged(program, services):
    meeting = program.meeting()
    seen = program.incident(meeting, program.person(meeting))
    picture = evidence.picture(seen.id, datetime.now(UTC), GREY, ())
    services.store.save_evidence(picture)
    told = program.ask("GET", f"/incidents/{seen.id}")
    (ref,) = told["occurrences"][0]["evidence"]
    shown = program.http.get(f"/api/v1/evidence/{ref['id']}")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert "no-store" in shown.headers["cache-control"]
    log = [entry.event.action for entry in services.store.audit_log(meeting["id"])]
    assert "evidence.seen" in log


def test_a_verdict_is_given_once_and_read_back(program):
    meeting = program.meeting()
    ada = program.person(meeting)
    program.incident(meeting, ada)
    path = f"/participants/{ada['id']}"
    (item,) = program.ask("GET", f"{path}/review")["candidate"]["items"]
    form = {
        "id": "0190c2a8-5a3b-7c3d-8e4f-0123456789ab",
        "item": item["id"],
        "decision": "dismissed",
        "because": "allowed",
    }
    for _ in range(2):
        said = program.ask("POST", f"{path}/verdicts", 201, json=form)
    (given,) = said["candidate"]["items"][0]["verdicts"]
    assert given["decision"] == "dismissed"
    problem = program.ask(
        "POST", f"{path}/verdicts", 422, json=form | {"id": form["id"][:-1] + "c", "because": ""}
    )
    assert "says why" in problem["detail"]


def test_the_report_is_json_csv_or_everything(program):
    meeting = program.meeting()
    ada = program.person(meeting)
    program.incident(meeting, ada)
    path = f"/meetings/{meeting['id']}/report"
    assert program.ask("GET", path)["candidates"][0]["name"] == "Ada"
    table = program.http.get(f"/api/v1{path}?format=csv")
    assert "Ada" in table.text
    whole = program.http.get(f"/api/v1{path}?format=zip")
    names = zipfile.ZipFile(io.BytesIO(whole.content)).namelist()
    assert f"candidates/{ada['id']}/report.pdf" in names
    program.ask("GET", path, 422, params={"zone": "../etc/passwd"})
    program.ask("GET", path, 422, params={"format": "doc"})


def test_a_proctors_acts_are_done_by_programs_too(program, services):
    meeting = program.meeting()
    ada = program.person(meeting)
    services.open_page(ada["id"])
    path = f"/participants/{ada['id']}/acts"
    program.ask("POST", path, 201, json={"kind": "end", "content": {"reason": "The line is down."}})
    assert program.ask("GET", f"/participants/{ada['id']}")["state"] == "finished"
    program.ask("POST", path, 422, json={"kind": "applaud"})


def test_who_has_the_newest_already_is_told_so(program):
    meeting = program.meeting()
    address = f"/api/v1/meetings/{meeting['id']}"
    tag = program.http.get(address).headers["etag"]
    same = program.http.get(address, headers={"If-None-Match": tag})
    assert (same.status_code, same.content) == (304, b"")


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", "/nowhere", {}, 404),
        ("PATCH", "/meetings", {}, 405),
        (
            "POST",
            "/meetings",
            {"content": b"{", "headers": {"Content-Type": "application/json"}},
            400,
        ),
        ("POST", "/meetings", {"content": b"a=b", "headers": {"Content-Type": "text/plain"}}, 415),
        ("POST", "/meetings", {"json": {"title": "x" * 300_000}}, 413),
        ("GET", "/meetings?limit=0", {}, 422),
        ("GET", "/meetings?pages=1", {}, 422),
    ],
)
def test_every_problem_is_problem_json(program, method, path, options, status):
    answer = program.http.request(method, f"/api/v1{path}", **options)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["detail"].endswith(".")


def test_too_many_requests_are_told_when_to_come_again(program, monkeypatch):
    from proctoring.api.v1 import serving

    monkeypatch.setattr(serving, "BURST", 3)
    http = TestClient(Starlette(routes=routes(program.services)), headers=bearer(program.key))
    statuses = {http.get("/api/v1/meetings").status_code for _ in range(60)}
    assert statuses == {200, 429}
    assert int(http.get("/api/v1/meetings").headers.get("retry-after", 1)) >= 1


def test_nothing_is_allowed_to_pages_of_other_sites(program):
    answer = program.http.get("/api/v1/policies", headers={"Origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]
    asked = program.http.options("/api/v1/meetings", headers={"Origin": "https://evil.example"})
    assert asked.status_code == 405


def test_the_document_and_its_page_tell_every_operation(program):
    document = program.ask("GET", "/openapi.json")
    assert (document["openapi"], document["info"]["version"]) == ("3.1.0", __version__)
    told = {node["operationId"] for path in document["paths"].values() for node in path.values()}
    assert told == {one.id for one in OPERATIONS}
    page = program.http.get("/api/v1/docs")
    assert all(f"id='{one.id}'" in page.text for one in OPERATIONS)
    for loaded in ("<script", "src=", "@import", "url("):
        assert loaded not in page.text
    for one in OPERATIONS:
        if one.form and one.id not in ("addParticipant",):
            one.form.model_validate(one.example)


def test_pictures_and_sound_are_analysed_without_an_exam(program):
    from material import ROOT

    face = (ROOT / "tests/data/faces/sk_astronaut.jpg").read_bytes()
    jpeg = {"Content-Type": "image/jpeg"}
    told = program.ask("POST", "/analyze/frames", content=face, headers=jpeg)["frames"]
    assert [one["people_count"] for one in told] == [1]
    two = (ROOT / "tests/data/audio/one_voice.flac").read_bytes()
    heard = program.ask(
        "POST", "/analyze/audio", content=two, headers={"Content-Type": "audio/flac"}
    )
    assert heard["speaker_count"] == 1
    program.ask("POST", "/analyze/frames", 422, content=b"nothing", headers=jpeg)
    program.ask("POST", "/analyze/audio", 422, content=b"x", headers={"Content-Type": "audio/wav"})
    program.ask("POST", "/analyze/frames", 422, json={"images": ["%%%"]})
    assert make_key(program.services, KeyRole.ANALYSIS)

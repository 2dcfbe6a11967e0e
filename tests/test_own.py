"""A candidate's own record: theirs alone, complete, and open to what they say to it."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from making import GREY, make_meeting, occurrence
from passes import candidate_pass, staff_pass
from starlette.applications import Starlette
from starlette.testclient import TestClient

from proctoring import evidence
from proctoring.acts import appeals
from proctoring.acts.appeals import CannotSay
from proctoring.acts.kinds import make
from proctoring.api import routes
from proctoring.audit import events
from proctoring.ids import new_id
from proctoring.review import verdicts
from proctoring.types import Act, Role

WAYS = [("GET", "/api/own"), ("POST", "/api/own"), ("GET", "/api/own/export")]


@pytest.fixture
def client(services):
    with TestClient(Starlette(routes=routes(services))) as client:
        yield client


@pytest.fixture
def bo(services, meeting):
    return services.join(meeting.id, "Bo", "v1")[0]


def finished(services, person):
    services.open_page(person.id)
    services.finish(person.id, "submitted")
    return person


def seen(services, person, **changes):
    found = occurrence(
        meeting_id=person.meeting_id,
        participant_id=person.id,
        opened_at=datetime.now(UTC),
        last_seen_at=datetime.now(UTC) + timedelta(seconds=4),
        **changes,
    )
    picture = evidence.picture(found.id, datetime.now(UTC), GREY, ())
    services.store.save_occurrence(found)
    services.store.save_evidence(picture)
    return found, picture


def ask(client, services, person, path="", method="GET", **options):
    headers = {"Authorization": f"Bearer {candidate_pass(services, person)}"}
    return client.request(method, f"/api/own{path}", headers=headers, **options)


def say(client, services, person, **said):
    body = {"kind": "appeal", "id": new_id(), "text": "Please look again."} | said
    return ask(client, services, person, method="POST", content=json.dumps(body))


def test_it_is_there_once_the_exam_is_finished(client, services, ada):
    services.open_page(ada.id)
    assert ask(client, services, ada).status_code == 404
    services.finish(ada.id, "submitted")
    told = ask(client, services, ada).json()
    assert (told["name"], told["finish_reason"]) == ("Ada", "submitted")
    assert {ribbon["title"] for ribbon in told["ribbons"]} >= {"Camera"}


def test_each_incident_stands_there_with_its_numbers_and_evidence(client, services, ada):
    found, picture = seen(services, ada)
    finished(services, ada)
    (told,) = ask(client, services, ada).json()["incidents"]
    assert told["title"] == found.title
    assert told["why"].startswith("2 faces, for 4.0 s")
    assert [one["id"] for one in told["evidence"]] == [picture.id]
    assert told["verdict"] == {"is": "open"}
    answer = ask(client, services, ada, f"/evidence/{picture.id}")
    assert answer.content == picture.data
    assert "no-store" in answer.headers["cache-control"]


def test_nothing_of_another_is_to_be_had_by_any_way(client, services, ada, bo):
    found, picture = seen(services, ada)
    finished(services, ada)
    finished(services, bo)
    assert ask(client, services, bo).json()["incidents"] == []
    assert ask(client, services, bo, f"/evidence/{picture.id}").status_code == 404
    explained = {"kind": "explanation", "incident": found.id}
    assert say(client, services, bo, **explained).status_code == 404
    packed = ask(client, services, bo, "/export").content
    for text in (ask(client, services, bo).text, _unpacked(packed)["participant.json"]):
        for secret in (found.id, picture.id, ada.id, "Ada"):
            assert secret not in text


def test_a_link_of_staff_opens_no_candidates_own_page(client, services, ada):
    finished(services, ada)
    for role in (Role.PROCTOR, Role.EXAMINER):
        headers = {"Authorization": f"Bearer {staff_pass(services, ada.meeting_id, role)}"}
        for method, path in WAYS:
            assert client.request(method, path, headers=headers).status_code == 404


@pytest.mark.parametrize(
    "wanted", ["unknown", "..%5csigning.key", "%00", "x" * 3000, "' OR 1=1 --", new_id()]
)
def test_evidence_that_is_not_there_looks_like_what_is_not_theirs(client, services, ada, wanted):
    finished(services, ada)
    answer = ask(client, services, ada, f"/evidence/{wanted}")
    assert (answer.status_code, answer.text) == (404, "Not found.\n")


@pytest.mark.parametrize(("method", "path"), WAYS)
def test_who_was_erased_has_no_record(client, services, ada, method, path):
    finished(services, ada)
    headers = {"Authorization": f"Bearer {candidate_pass(services, ada)}"}
    services.store.erase(ada.id, datetime.now(UTC))
    assert client.request(method, path, headers=headers).status_code == 404


# --- what they say -----------------------------------------------------------------------------


def test_an_appeal_is_kept_once_however_often_it_is_sent(client, services, ada):
    finished(services, ada)
    said_id = new_id()
    for _ in range(3):
        told = say(client, services, ada, id=said_id).json()
    assert [one["text"] for one in told["appeals"]] == ["Please look again."]
    (act,) = services.store.acts(ada.id)
    assert (act.kind, act.role) == ("appeal", "candidate")


def test_a_note_stands_beside_its_incident(client, services, ada):
    found, _ = seen(services, ada)
    finished(services, ada)
    explained = {"kind": "explanation", "incident": found.id, "text": "My brother came in."}
    (told,) = say(client, services, ada, **explained).json()["incidents"]
    assert [one["text"] for one in told["explanations"]] == ["My brother came in."]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"text": "  "}, 422),
        ({"text": "x" * 5000}, 422),
        ({"text": "x" * 40_000}, 404),
        ({"kind": "verdict"}, 404),
        ({"kind": "end"}, 404),
        ({"id": "../1"}, 404),
        ({"text": None}, 404),
        ({"kind": "explanation"}, 404),
        ({"kind": "explanation", "incident": ["x"]}, 404),
    ],
)
def test_what_is_no_appeal_is_not_kept(client, services, ada, said, status):
    finished(services, ada)
    assert say(client, services, ada, **said).status_code == status
    assert services.store.acts(ada.id) == []


def test_the_fourth_appeal_goes_to_the_office(client, services, ada):
    finished(services, ada)
    for _ in range(3):
        assert say(client, services, ada).status_code == 200
    refused = say(client, services, ada)
    assert refused.status_code == 422
    assert "exam office" in refused.json()["problem"]


def test_after_the_deadline_nothing_is_taken(services, ada, meeting):
    finished(services, ada)
    bearer = next(c for c in services.store.capabilities(meeting.id) if c.participant_id)
    until = appeals.open_until(meeting, 30)
    assert until == meeting.closes_at + timedelta(days=14)
    assert appeals.open_until(meeting, 5) == meeting.closes_at + timedelta(days=5)
    with pytest.raises(CannotSay, match="is over"):
        appeals.say(bearer, new_id(), "appeal", "Late.", known=[], until=until, now=until)


# --- what others did ---------------------------------------------------------------------------


def decided(services, person, incident_id, decision, because="", reviewer="r1", at=None):
    content = verdicts.content(incident_id, decision, because, "between us")
    at = at or datetime.now(UTC)
    services.store.save_act(
        Act(new_id(), person.id, at, reviewer, "reviewer", verdicts.KIND, content)
    )


def test_a_verdict_is_told_once_it_is_settled_and_its_note_never(client, services, ada):
    found, _ = seen(services, ada)
    finished(services, ada)
    decided(services, ada, found.id, "dismissed", "false_alarm")
    if verdicts.is_sampled(found.id):
        (told,) = ask(client, services, ada).json()["incidents"]
        assert told["verdict"] == {"is": "open"}
        decided(services, ada, found.id, "dismissed", "false_alarm", reviewer="r2")
    answer = ask(client, services, ada)
    (told,) = answer.json()["incidents"]
    assert (told["verdict"]["is"], told["verdict"]["because"]) == ("dismissed", "false_alarm")
    assert "between us" not in answer.text


def test_who_looked_is_told_by_role_and_time_and_without_a_name(client, services, ada, bo):
    _, picture = seen(services, ada)
    _, other = seen(services, bo)
    finished(services, ada)
    token = staff_pass(services, ada.meeting_id, Role.PROCTOR)
    headers = {"Authorization": f"Bearer {token}"}
    for one in (picture, picture, other):
        assert client.get(f"/api/evidence/{one.id}", headers=headers).status_code == 200
    told = ask(client, services, ada).json()["seen"]
    assert [(one["who"], one["did"]) for one in told] == [
        ("Proctor", "looked at a picture or sound of yours")
    ]
    log = services.store.audit_log(ada.meeting_id)
    looked = [one.event.subject for one in log if one.event.action == events.EVIDENCE_SEEN]
    assert looked == [picture.id, other.id]


def test_what_was_done_in_the_exam_is_told_with_its_reason(client, services, ada):
    pause = make("pause", {"reason": "Fire alarm"}, participant_id=ada.id)
    note = make("note", {"text": "seemed nervous"}, participant_id=ada.id)
    more = make("extra_time", {"seconds": 600, "reason": "Fire alarm"}, participant_id=ada.id)
    for act in (pause, note, more):
        services.store.save_act(act)
    finished(services, ada)
    answer = ask(client, services, ada)
    assert [(one["words"], one["reason"]) for one in answer.json()["done"]] == [
        ("Your exam was paused", "Fire alarm"),
        ("You were given more time (10 min)", "Fire alarm"),
    ]
    assert "nervous" not in answer.text


# --- all of it -----------------------------------------------------------------------------------


def test_everything_can_be_taken_away(client, services, ada):
    found, picture = seen(services, ada)
    finished(services, ada)
    say(client, services, ada)
    decided(services, ada, found.id, "confirmed")
    answer = ask(client, services, ada, "/export")
    assert answer.headers["content-type"] == "application/zip"
    files = _unpacked(answer.content, as_text=False)
    assert files[f"pictures/{picture.id}.jpg"] == picture.data
    about = json.loads(files["participant.json"])
    assert about["participant"]["name"] == "Ada"
    assert [act["kind"] for act in about["acts"]] == ["appeal"]


def test_it_says_what_is_erased_when_and_that_a_hold_stops_it(client, services, meeting, ada):
    finished(services, ada)
    kept = ask(client, services, ada).json()["kept"]
    days = services.settings.keep_evidence_days
    assert kept["evidence_until"] == (meeting.closes_at + timedelta(days=days)).isoformat()
    assert kept["is_held"] is False
    services.store.hold(meeting.id, "Appeal 7")
    answer = ask(client, services, ada)
    assert answer.json()["kept"]["is_held"] is True
    assert "Appeal 7" not in answer.text


def test_what_is_out_of_measure_is_refused_before_it_is_read(client, services, ada):
    finished(services, ada)
    for content in (b"\xff\xfe", b"x" * 100_000, b"[]", b"{"):
        answer = ask(client, services, ada, method="POST", content=content)
        assert (answer.status_code, answer.text) == (404, "Not found.\n")


def test_an_exam_that_measured_nothing_has_a_record_all_the_same(client, services):
    meeting = make_meeting(services, signals=("page",))[0]
    eve = services.join(meeting.id, "Eve", "v1")[0]
    finished(services, eve)
    assert ask(client, services, eve).status_code == 200


def _unpacked(packed, *, as_text=True):
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    return (
        {name: data.decode(errors="replace") for name, data in files.items()} if as_text else files
    )


def test_an_appeal_is_read_by_reviewers_and_working_notes_not_by_candidates(client, services, ada):
    finished(services, ada)
    say(client, services, ada, text="The second face is a poster.")
    content = json.dumps({"text": "between us"})
    note = Act(new_id(), ada.id, datetime.now(UTC), "r1", "reviewer", "review_note", content)
    services.store.save_act(note)
    token = staff_pass(services, ada.meeting_id, Role.PROCTOR)
    headers = {"Authorization": f"Bearer {token}"}
    read = client.get(f"/api/review/candidate/{ada.id}", headers=headers)
    assert "The second face is a poster." in read.text
    assert "between us" not in ask(client, services, ada).text
    packed = _unpacked(ask(client, services, ada, "/export").content)
    assert "between us" not in packed["participant.json"]

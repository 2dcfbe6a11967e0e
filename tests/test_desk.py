"""The proctor's desk: its socket says what the store holds, as it changes; its page lets in
whoever has the secret and nobody else."""

import json
import re
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from making import GREY, make_meeting, occurrence
from material import ROOT
from passes import capability_of, staff_pass
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import proctoring.server
from proctoring import evidence
from proctoring.access.tokens import WATCHES
from proctoring.analysers import analyser_types
from proctoring.api import desk, desk_line, desk_stills, guard
from proctoring.api import evidence as evidence_route
from proctoring.api.room import Room
from proctoring.ids import new_id
from proctoring.live.session import Still
from proctoring.types import Category, CoverageSpan, Measured, Notice, Role, VideoFrame

ORIGIN = {"origin": "http://testserver"}
ENTRY = str(Path(__file__).parent.parent / "pages" / "_navigation.py")
SOME = 40  # messages; the desk is told something every second


@pytest.fixture
def client(services):
    routes = [*desk.routes(services), *evidence_route.routes(services)]
    with TestClient(Starlette(routes=routes)) as client:
        yield client


def save(services, participant, **changes):
    found = occurrence(meeting_id=participant.meeting_id, participant_id=participant.id, **changes)
    services.store.save_occurrence(found)
    return found


def add_picture(services, found):
    picture = evidence.drawing(found.id, found.opened_at, GREY)  # shown as it is
    services.store.save_evidence(picture)
    return picture


@contextmanager
def open_desk(client, services, meeting, **hello):
    with client.websocket_connect("/api/desk", headers=ORIGIN) as socket:
        socket.send_json({"pass": staff_pass(services, meeting.id), **hello})
        yield socket


@pytest.fixture
def socket(client, services, meeting, ada):
    with open_desk(client, services, meeting) as socket:
        yield socket


def next_message(socket):
    """JSON or bytes, whatever comes; what is taken in is said to be."""
    message = socket.receive()
    if message["type"] == "websocket.close":
        raise WebSocketDisconnect(message["code"])
    if message.get("bytes") is not None:
        return message["bytes"]
    found = json.loads(message["text"])
    if found["type"] == "candidates":
        socket.send_json({"type": "taken", "number": found["number"]})
    return found


def until(socket, kind, fits=lambda message: True):
    for _ in range(SOME):
        message = next_message(socket)
        if isinstance(message, dict) and message["type"] == kind and fits(message):
            return message
    raise AssertionError(f"no such message came: {kind}")


# --- what the desk is told -----------------------------------------------------------------


def test_a_desk_begins_with_all_that_the_store_holds(client, services, meeting, ada):
    found = save(services, ada)
    picture = add_picture(services, found)
    services.store.save_notice(Notice(found.id, datetime.now(UTC)))
    with open_desk(client, services, meeting) as socket:
        message = until(socket, "incidents")
        (candidate,) = until(socket, "candidates")["candidates"]
    (incident,) = message["incidents"]
    assert message["whole"]
    assert (incident["id"], incident["participant_id"]) == (found.id, ada.id)
    assert incident["occurrences"][0]["evidence"][0]["id"] == picture.id
    assert incident["occurrences"][0]["shown_at"]
    assert (candidate["name"], candidate["score"]) == ("Ada", 40)


def test_what_is_saved_later_arrives_and_its_evidence_after_it(socket, services, ada):
    assert until(socket, "incidents")["incidents"] == []
    found = save(services, ada)
    first = until(socket, "incidents")["incidents"][0]["occurrences"][0]
    assert (first["id"], first["evidence"]) == (found.id, [])
    clip = evidence.clip(found.id, found.opened_at, GREY.reshape(-1) / 255, 16_000)
    services.store.save_evidence(clip)
    later = until(socket, "incidents")
    assert not later["whole"]
    assert later["incidents"][0]["occurrences"][0]["evidence"][0]["media_type"] == "audio/wav"


def test_a_desk_that_comes_back_is_told_only_what_it_missed(client, services, meeting, ada):
    save(services, ada)
    with open_desk(client, services, meeting) as socket:
        revision = until(socket, "incidents")["revision"]
    missed = save(services, ada, kind="no_face")
    with open_desk(client, services, meeting, revision=revision) as socket:
        message = until(socket, "incidents")
        (candidate,) = until(socket, "candidates")["candidates"]
    assert [incident["id"] for incident in message["incidents"]] == [missed.id]
    assert not message["whole"]
    assert candidate["score"] == 64  # of both


def test_a_revision_from_other_records_begins_anew(client, services, meeting, ada):
    save(services, ada)
    with open_desk(client, services, meeting, revision=10**9) as socket:
        message = until(socket, "incidents")
    assert message["whole"]
    assert len(message["incidents"]) == 1


def test_a_candidate_who_joins_appears(socket, services, meeting, ada):
    bo, _ = services.join(meeting.id, "Bo", "v1")
    message = until(socket, "candidates", lambda m: len(m["candidates"]) == 2)
    assert [candidate["id"] for candidate in message["candidates"]] == [ada.id, bo.id]


def test_stills_come_as_bytes_once_each(socket, services, ada):
    seat, _, _ = services.open_page(ada.id)
    seat.session.offer(VideoFrame(seat.session.clock(), GREY))
    messages = [next_message(socket) for _ in range(8)]
    stills = [message for message in messages if isinstance(message, bytes)]
    while not stills:
        message = next_message(socket)
        stills = [message] if isinstance(message, bytes) else []
    name = ada.id.encode()
    assert len(stills) == 1
    assert stills[0][: 1 + len(name)] == bytes([len(name)]) + name
    assert stills[0][1 + len(name) :].startswith(b"\xff\xd8")  # JPEG


def test_nothing_piles_up_for_a_slow_desk(client, services, meeting, ada, monkeypatch):
    monkeypatch.setattr(desk_line, "CANDIDATES_EVERY_S", 0.0)  # candidates are due in every round
    kinds = []
    with open_desk(client, services, meeting) as socket:
        for number in range(4):
            save(services, ada, kind=f"kind_{number}")
            while kinds.count("incidents") <= number:
                kinds.append(json.loads(socket.receive()["text"])["type"])  # nothing is taken in
    assert kinds.count("candidates") <= 1


def test_a_problem_of_storing_is_told(socket, services):
    services.writer.put(Notice("nothing like it", datetime.now(UTC)))
    assert "nothing like it" in until(socket, "server", lambda m: m["problem"])["problem"]


def test_coverage_comes_for_the_candidate_looked_at(socket, services, ada):
    begun = datetime.now(UTC) - timedelta(minutes=1)
    services.store.start(ada.id, begun)
    signal = analyser_types()[0].rules[0].signal
    until_then = begun + timedelta(seconds=30)
    span = CoverageSpan(new_id(), ada.id, signal, Measured.MEASURED, "", begun, until_then)
    services.store.save_coverage([span])
    socket.send_json({"type": "look", "participant": ada.id})
    message = until(socket, "coverage")
    assert message["participant_id"] == ada.id
    assert 0 < message["signals"][0]["measured"] < 1


@pytest.mark.parametrize(
    "words", ['{"type": "open sesame"}', "[" * 60_000, b"bytes"], ids=["words", "nested", "bytes"]
)
def test_a_desk_that_says_what_it_must_not_is_hung_up_on(socket, words):
    socket.send_text(words) if isinstance(words, str) else socket.send_bytes(words)
    with pytest.raises(WebSocketDisconnect) as hung_up:
        until(socket, "never")
    assert hung_up.value.code == guard.POLICY_VIOLATION


# --- the room ------------------------------------------------------------------------------


def test_nobody_sees_the_coverage_of_another_meeting(services, meeting):
    other, *_ = make_meeting(services, title="Physics")
    stranger, _ = services.join(other.id, "Eve", "v1")
    services.store.start(stranger.id, datetime.now(UTC))
    room = Room(services, meeting.id)
    assert room.coverage(stranger.id) is None
    assert room.coverage("nobody") is None


def test_news_of_other_meetings_is_no_news(services, meeting):
    other, *_ = make_meeting(services, title="Physics")
    stranger, _ = services.join(other.id, "Eve", "v1")
    room = Room(services, meeting.id)
    room.begin(0)
    save(services, stranger)
    assert room.news() is None
    assert room.candidates()["candidates"] == []


def test_an_occurrence_that_comes_late_is_counted_once(services, meeting, ada):
    room = Room(services, meeting.id)
    late = occurrence(0, meeting_id=meeting.id, participant_id=ada.id, weight=0.5)
    save(services, ada, opened_s=60, weight=0.5)
    room.begin(0)
    assert room.candidates()["candidates"][0]["score"] == 50
    services.store.save_occurrence(late)
    news = room.news()
    assert [incident["id"] for incident in news["incidents"]] == [late.id]
    assert room.candidates()["candidates"][0]["score"] == 75


def test_technical_and_conduct_stay_apart(services, meeting, ada):
    room = Room(services, meeting.id)
    save(services, ada, kind="lost", category=Category.TECHNICAL, weight=0.0)
    (incident,) = room.begin(0)["incidents"]
    assert incident["category"] == "technical"
    assert room.candidates()["candidates"][0]["score"] == 0


# --- evidence ------------------------------------------------------------------------------


@pytest.fixture
def picture(services, ada):
    return add_picture(services, save(services, ada))


def get_evidence(client, services, meeting, evidence_id, **headers):
    headers["authorization"] = f"Bearer {staff_pass(services, meeting.id)}"
    return client.get(f"/api/evidence/{evidence_id}", headers=headers)


def test_evidence_is_served_as_what_it_is_and_kept_by_nobody_else(
    client, services, meeting, picture
):
    response = get_evidence(client, services, meeting, picture.id)
    assert response.content == picture.data
    assert response.headers["content-type"] == "image/jpeg"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize(
    ("wanted", "part"),
    [
        ("bytes=0-3", slice(0, 4)),
        ("bytes=10-", slice(10, None)),
        ("bytes=-5", slice(-5, None)),
        ("bytes=0-999999", slice(None)),
        ("bytes=-999999", slice(None)),
    ],
)
def test_a_range_of_evidence_is_served(client, services, meeting, picture, wanted, part):
    response = get_evidence(client, services, meeting, picture.id, range=wanted)
    expected = picture.data[part]
    start, size = picture.data.index(expected), len(picture.data)
    assert response.status_code == 206
    assert response.content == expected
    last = start + len(expected) - 1
    assert response.headers["content-range"] == f"bytes {start}-{last}/{size}"


@pytest.mark.parametrize("wanted", ["bytes=5-3", "bytes=0-1,4-5", "items=0-1", "bytes=-", "x"])
def test_a_range_that_says_nothing_is_answered_in_full(client, services, meeting, picture, wanted):
    response = get_evidence(client, services, meeting, picture.id, range=wanted)
    assert (response.status_code, response.content) == (200, picture.data)


@pytest.mark.parametrize("wanted", ["bytes=999999-", "bytes=-0"])
def test_a_range_beyond_the_end_is_refused(client, services, meeting, picture, wanted):
    response = get_evidence(client, services, meeting, picture.id, range=wanted)
    assert response.status_code == 416
    assert response.headers["content-range"] == f"bytes */{len(picture.data)}"


# --- the page ------------------------------------------------------------------------------


@pytest.fixture
def pages_services(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENPROCTOR_DATA_DIR", str(tmp_path))
    proctoring.server.services.cache_clear()
    services = proctoring.server.services()
    yield services
    services.close()
    proctoring.server.services.cache_clear()


def open_page(**query):
    app = AppTest.from_file(ENTRY, default_timeout=20)
    for name, value in query.items():
        app.query_params[name] = value
    app._page_hash = calc_hash("desk")  # switch_page() knows files, not addresses
    app.run()
    assert not app.exception
    return app


def drawn(app):
    return str(app._tree)


def test_the_page_opens_for_the_secret(pages_services):
    meeting, secret, _ = make_meeting(pages_services, title="Algebra *I*")
    app = open_page(meeting=meeting.id, key=secret)
    assert app.subheader[0].value == r"Algebra \*I\*"
    assert "minutes each" in app.caption[0].value.replace("\\", "")
    own = capability_of(pages_services, Role.PROCTOR, meeting.id)
    token = app.session_state[f"pass-{own.id}"][1]
    assert pages_services.admission.by_pass(token, WATCHES) == own


def test_a_wrong_secret_and_an_unknown_meeting_get_the_same_page_and_nothing_else(pages_services):
    meeting, secret, _ = make_meeting(pages_services, title="Algebra")
    queries = [
        {},
        {"meeting": meeting.id},
        {"meeting": meeting.id, "key": "wrong"},
        {"meeting": meeting.id, "key": secret[:-1]},
        {"meeting": "unknown", "key": secret},
        {"meeting": make_meeting(pages_services, title="Physics")[0].id, "key": secret},
    ]
    apps = [open_page(**query) for query in queries]
    assert len({drawn(app) for app in apps}) == 1
    assert "Algebra" not in drawn(apps[0])
    assert not any("let in" in app.session_state for app in apps)


def test_what_analysers_say_while_they_learn_is_what_tiles_are_quiet_about():
    source = (ROOT / "proctoring" / "ui" / "desk_words.js").read_text()
    (listed,) = re.findall(r"const LEARNING = \[(.+?)\];", source, re.DOTALL)
    said = "".join(path.read_text() for path in (ROOT / "proctoring" / "analysers").glob("*.py"))
    reasons = re.findall(r'"(.+)"', listed)
    assert reasons
    assert [reason for reason in reasons if f'"{reason}"' not in said] == []


# --- what needs a person -----------------------------------------------------------------------

DESK = {"desk": "desk-of-bo", "name": "Bo"}


def do(socket, participant, kind, act_id, **content):
    act = {"type": "act", "id": act_id, "participant": participant.id, "kind": kind}
    socket.send_json(act | {"content": content})


def test_a_desk_is_told_the_order_and_what_others_decided(client, services, meeting, ada):
    services.store.start(ada.id, datetime.now(UTC))
    now = datetime.now(UTC)
    small = save(services, ada, kind="whisper", opened_at=now, last_seen_at=now, severity=0)
    grave = save(services, ada, kind="no_face", opened_at=now, last_seen_at=now)
    with open_desk(client, services, meeting, **DESK) as socket:
        told = until(socket, "duty", lambda message: len(message["queue"]) == 2)
        assert [one["id"] for one in told["queue"]] == [grave.id, small.id]
        assert told["desks"] == [{"id": "desk-of-bo", "name": "Bo"}]
        assert told["budget"] == {"used": 0, "of": 12, "minutes": 10}
        with open_desk(client, services, meeting, desk="desk-of-cy") as other:
            until(other, "duty")
            do(
                other,
                ada,
                "looked",
                "look-0001",
                desk="desk-of-cy",
                incident=grave.id,
                outcome="review",
            )
            told = until(socket, "duty", lambda message: message["decided"])
    assert [one["id"] for one in told["queue"]] == [small.id]
    assert told["decided"][0] | {"at": "", "name": ""} == {
        "id": grave.id,
        "participant_id": ada.id,
        "outcome": "review",
        "name": "",
        "at": "",
    }
    assert told["budget"] == {"used": 1, "of": 24, "minutes": 10}


def test_a_desk_is_told_who_is_with_whom_and_whom_nobody_looked_at(client, services, meeting, ada):
    services.store.start(ada.id, datetime.now(UTC) - timedelta(minutes=16))
    with open_desk(client, services, meeting, **DESK) as socket:
        told = until(socket, "duty", lambda message: message["looks"])
        assert told["looks"][0]["participant_id"] == ada.id
        do(socket, ada, "looked", "look-0001", **DESK)
        do(socket, ada, "claim", "claim-0001", **DESK)
        told = until(socket, "duty", lambda message: message["claims"] and not message["looks"])
    assert told["claims"][ada.id]["name"] == "Bo"


def test_a_desk_says_what_it_is_called(client, services, meeting, ada):
    with open_desk(client, services, meeting, **DESK) as socket:
        until(socket, "duty")
        socket.send_json({"type": "name", "name": "  Cy\nder zweite  " + "x" * 90})
        told = until(socket, "duty", lambda message: message["desks"][0]["name"] != "Bo")
    assert told["desks"][0]["name"].startswith("Cy der zweite x")
    assert len(told["desks"][0]["name"]) == 40


@pytest.mark.parametrize("desk_id", ["short", "x" * 65, "no/slashes", 7, "späßchen"])
def test_a_desk_that_gives_itself_no_proper_id_is_refused(client, services, meeting, desk_id):
    with (
        pytest.raises(WebSocketDisconnect) as closed,
        open_desk(client, services, meeting, desk=desk_id) as socket,
    ):
        until(socket, "duty")
    assert closed.value.code == guard.POLICY_VIOLATION


def test_of_many_calm_candidates_stills_come_less_often_and_say_their_age(services, meeting, ada):
    class Seen:
        def still(self, one):
            return newest

    at = datetime.now(UTC)
    views = [
        {"id": str(n), "marks": ["in_exam", *(["look"] if n == 0 else [])], "picture_age_s": 0.0}
        for n in range(desk_stills.MANY + 1)
    ]
    stills, newest = desk_stills.Stills(Seen(), None), Still(b"", at)
    assert [one for one, _ in stills.due(views, "")] == [view["id"] for view in views]
    newest = Still(b"", at + timedelta(seconds=1))
    assert [one for one, _ in stills.due(views, "1")] == ["0", "1"]
    assert [view["picture_age_s"] for view in views[:3]] == [0.0, 0.0, 1.0]


def test_the_last_ten_minutes_come_for_whoever_is_looked_at(client, services, meeting, ada):
    seat, _, _ = services.open_page(ada.id)
    seat.session.offer(VideoFrame(seat.session.clock(), GREY))
    with open_desk(client, services, meeting, **DESK) as socket:
        until(socket, "candidates")
        found = None
        for _ in range(20):  # it is asked for again until something was measured
            socket.send_json({"type": "look", "participant": ada.id})
            found = until(socket, "recent")
            if found["plots"]:
                break
    assert found["participant_id"] == ada.id
    assert {"signal", "lines", "limits", "bad", "unsure", "range"} <= found["plots"][0].keys()

"""The exam page's socket: who may open it, what it tells, and what it takes."""

import json
from dataclasses import replace
from datetime import datetime

import pytest
from making import GREY, occurrence
from passes import candidate_pass, staff_pass
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from waiting import wait_until

from proctoring.analysers.faces import FaceCounter
from proctoring.api import candidate
from proctoring.types import BrowserEvent, Role, VideoFrame

ORIGIN = {"origin": "http://testserver"}


@pytest.fixture
def client(services):
    with TestClient(Starlette(routes=candidate.routes(services))) as client:
        yield client


def hello(services, participant, page):
    return {"pass": candidate_pass(services, participant), "page": page}


def event(event_id, name="page_hidden", **more):
    return {"type": "event", "id": event_id, "name": name, **more}


def is_ack(message):
    return message["type"] == "ack"


def until(socket, fits):
    """The first message that fits; the socket speaks about twice a second, and tells what was
    said apart."""
    for _ in range(40):
        message = socket.receive_json()
        if message["type"] != "messages" and fits(message):
            return message
    raise AssertionError("it was never told")


def warned(services, participant, **changes):
    found = occurrence(meeting_id=participant.meeting_id, participant_id=participant.id, **changes)
    services.store.save_occurrence(found)
    return found


def test_a_page_of_another_site_is_refused(client, services, ada):
    with client.websocket_connect("/api/exam", headers={"origin": "http://evil"}) as socket:
        socket.send_json(hello(services, ada, 1))
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 1008


@pytest.mark.parametrize("role", [None, Role.PROCTOR])
def test_a_forged_pass_and_another_roles_pass_are_refused(client, services, ada, role):
    token = staff_pass(services, ada.meeting_id, role) if role else "forged.pass"
    with client.websocket_connect("/api/exam", headers=ORIGIN) as socket:
        socket.send_json({"pass": token, "page": 1})
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 1008


def test_it_tells_time_left_media_and_signals(client, services, ada):
    _, _, page = services.open_page(ada.id)
    with client.websocket_connect("/api/exam", headers=ORIGIN) as socket:
        socket.send_json(hello(services, ada, page))
        status = socket.receive_json()
    assert status["is"] == "running"
    assert 1790 <= status["left_s"] <= 1800
    assert status["media"] == {"camera": False, "microphone": False}
    assert [signal["state"] for signal in status["signals"]] == ["not_measured", "not_measured"]
    assert [signal["reason"] for signal in status["signals"]] == ["no picture", "no sound"]
    assert status["warnings"] == []


def test_an_analyser_that_broke_is_not_said_to_be_starting(client, services, ada):
    seat, _, page = services.open_page(ada.id)
    seat.session._watch._stretches.pipeline.broken["faces"] = FaceCounter.title
    seat.session.offer(VideoFrame(seat.session.clock(), GREY))
    with client.websocket_connect("/api/exam", headers=ORIGIN) as socket:
        socket.send_json(hello(services, ada, page))
        message = until(
            socket, lambda message: message["signals"][0]["reason"] == "it stopped working"
        )
    assert message["signals"][0]["state"] == "not_measured"


def test_an_open_incident_is_told_until_it_closes(client, services, ada):
    _, _, page = services.open_page(ada.id)
    found = warned(services, ada)
    with client.websocket_connect("/api/exam", headers=ORIGIN) as socket:
        socket.send_json(hello(services, ada, page))
        (warning,) = until(socket, lambda message: message["warnings"])["warnings"]
        assert (warning["id"], warning["advice"]) == (found.id, found.advice)
        assert datetime.fromisoformat(warning["opened_at"]) == found.opened_at
        services.store.save_occurrence(replace(found, closed_at=found.last_seen_at))
        until(socket, lambda message: not message["warnings"])


def test_nobody_is_told_of_another_candidates_incident(client, services, meeting, ada):
    other = services.join(meeting.id, "Ada", "v1")[0]
    warned(services, other)
    _, _, page = services.open_page(ada.id)
    with client.websocket_connect("/api/exam", headers=ORIGIN) as socket:
        socket.send_json(hello(services, ada, page))
        assert socket.receive_json()["warnings"] == []


def test_a_warning_that_was_shown_is_on_record_and_no_other(client, services, meeting, ada):
    other = services.join(meeting.id, "Grace", "v1")[0]
    _, _, page = services.open_page(ada.id)
    not_hers, hers = warned(services, other), warned(services, ada)
    with client.websocket_connect("/api/exam", headers=ORIGIN) as socket:
        socket.send_json(hello(services, ada, page))
        until(socket, lambda message: message["warnings"])
        for found in (not_hers, hers):
            socket.send_json({"type": "shown", "occurrence": found.id})
        notices = wait_until(lambda: services.store.notices([not_hers.id, hers.id]))
    assert [notice.occurrence_id for notice in notices] == [hers.id]


def test_an_event_reaches_the_session_and_is_acknowledged(client, services, ada):
    seat, _, page = services.open_page(ada.id)
    offered = []
    seat.session.offer = offered.append
    with client.websocket_connect("/api/exam", headers=ORIGIN) as socket:
        socket.send_json(hello(services, ada, page))
        socket.send_json(event("1-7", detail="x" * 999))
        assert until(socket, is_ack)["id"] == "1-7"
    (sample,) = offered
    assert isinstance(sample, BrowserEvent)
    assert sample.name == "page_hidden"
    assert len(sample.detail) == candidate.MAX_DETAIL
    assert 0 <= sample.t <= seat.session.clock()


def test_an_event_that_is_sent_again_on_a_new_line_counts_once(client, services, ada):
    seat, _, page = services.open_page(ada.id)
    offered = []
    seat.session.offer = offered.append
    for events in (["1-1", "1-2"], ["1-1", "1-2", "1-3"]):
        with client.websocket_connect("/api/exam", headers=ORIGIN) as socket:
            socket.send_json(hello(services, ada, page))
            for event_id in events:
                socket.send_json(event(event_id, detail=event_id))
            assert [until(socket, is_ack)["id"] for _ in events] == events
    assert [sample.detail for sample in offered] == ["1-1", "1-2", "1-3"]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(event("1", "Robert'); DROP TABLE")),
        json.dumps(event("1", "a" * 99)),
        json.dumps(event("1" * 65)),
        json.dumps(event("<1>")),
        '{"type": "event", "name": "page_hidden"}',
        '{"type": "anything"}',
        '"no object"',
        json.dumps({"type": "shown", "occurrence": "x" * 70_000}),
    ],
)
def test_what_the_page_never_says_closes_the_socket(client, services, ada, text):
    _, _, page = services.open_page(ada.id)
    with client.websocket_connect("/api/exam", headers=ORIGIN) as socket:
        socket.send_json(hello(services, ada, page))
        socket.send_text(text)
        with pytest.raises(WebSocketDisconnect) as closed:
            until(socket, lambda message: False)
    assert closed.value.code == 1008


def test_the_newest_page_wins_and_the_older_one_is_told(client, services, ada):
    seat, _, old = services.open_page(ada.id)
    offered = []
    seat.session.offer = offered.append
    with client.websocket_connect("/api/exam", headers=ORIGIN) as socket:
        socket.send_json(hello(services, ada, old))
        assert socket.receive_json()["is"] == "running"
        services.open_page(ada.id)
        until(socket, lambda message: message["is"] == "elsewhere")
        socket.send_json(event("1-1"))
        until(socket, is_ack)
    assert offered == []


def test_the_end_is_told(client, services, ada):
    _, _, page = services.open_page(ada.id)
    with client.websocket_connect("/api/exam", headers=ORIGIN) as socket:
        socket.send_json(hello(services, ada, page))
        assert socket.receive_json()["is"] == "running"
        services.finish(ada.id, "submitted")
        until(socket, lambda message: message["is"] == "finished")


def test_a_candidate_whose_session_rests_is_told_so(client, services, ada):
    with client.websocket_connect("/api/exam", headers=ORIGIN) as socket:
        socket.send_json(hello(services, ada, 1))
        assert socket.receive_json()["is"] == "resting"


def test_the_seat_knows_whether_its_page_is_there(client, services, ada):
    seat, _, page = services.open_page(ada.id)
    assert not seat.is_connected
    with client.websocket_connect("/api/exam", headers=ORIGIN) as socket:
        socket.send_json(hello(services, ada, page))
        socket.receive_json()
        assert seat.is_connected
    assert wait_until(lambda: not seat.is_connected)

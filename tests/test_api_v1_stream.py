"""A candidate without a browser: pictures and sound in, observations and incidents out; and what a
dashboard is told."""

import json
import time
from contextlib import contextmanager, suppress

import cv2
import httpx
import numpy as np
import pytest
from making import GREY, occurrence
from material import ROOT
from programs import bearer, listening, make_key, meeting_form
from starlette.applications import Starlette
from starlette.testclient import TestClient
from waiting import WITHIN_S, wait_until
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from proctoring.api import routes

TWO_FACES = (ROOT / "tests/data/faces/in_woman_man.jpg").read_bytes()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    from proctoring.services import Services
    from proctoring.settings import Settings

    services = Services(Settings(data_dir=tmp_path_factory.mktemp("data")))
    with listening(services) as url:
        yield services, url
    services.close()


class Exam:
    def __init__(self, server, **changes):
        self.services, self.url = server
        self.key = make_key(self.services)
        self.http = httpx.Client(
            base_url=f"{self.url}/api/v1", headers=bearer(self.key), timeout=60
        )
        self.meeting = self.http.post("/meetings", json=meeting_form(**changes)).json()
        form = {"name": "Ada", "consent_version": "v1"}
        self.ada = self.http.post(f"/meetings/{self.meeting['id']}/participants", json=form).json()

    @contextmanager
    def stream(self, token=None, **hello):
        with connect(f"ws{self.url[4:]}/api/v1/stream", max_size=None) as socket:
            said = {"token": token or self.ada["token"], "participant_id": self.ada["id"]}
            socket.send(json.dumps({"type": "hello"} | said | hello))
            yield socket


@pytest.fixture
def exam(server):
    exam = Exam(server)
    yield exam
    exam.http.close()


def until(socket, kind, fits=lambda message: True, feed=None):
    """The first that fits; meanwhile `feed` is called, about as often as a camera would be."""
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        if feed:
            feed()
        try:
            message = json.loads(socket.recv(timeout=0.2))
        except TimeoutError:
            continue
        if message["type"] == kind and fits(message):
            return message
    raise AssertionError(f"{kind} was never told")


def is_closed(socket):
    with suppress(ConnectionClosed):
        for _ in range(1000):
            socket.recv(timeout=WITHIN_S)
        raise AssertionError("it stayed open")


def jpeg(image):
    return cv2.imencode(".jpg", image)[1].tobytes()


def test_two_faces_become_an_incident_with_its_warning_and_its_picture(exam):
    with exam.stream() as socket:
        welcome = json.loads(socket.recv())
        assert welcome["type"] == "welcome"
        assert welcome["participant_id"] == exam.ada["id"]

        def feed():
            socket.send(b"\x01" + TWO_FACES)

        seen = until(
            socket,
            "observations",
            lambda m: any(
                one["signal"] == "face_count" and one["value"] == 2 for one in m["signals"]
            ),
            feed,
        )
        assert seen
        told = until(socket, "incident", lambda m: m["incident"]["kind"] == "multiple_faces", feed)[
            "incident"
        ]
        warned = until(socket, "warnings", lambda m: m["warnings"], feed)["warnings"]
        assert warned[0]["advice"]
        socket.send(json.dumps({"type": "shown", "occurrence": warned[0]["id"]}))
        socket.send(json.dumps({"type": "finish"}))
        assert until(socket, "finished")["reason"] == "submitted"
    incidents = exam.http.get(f"/meetings/{exam.meeting['id']}/incidents").json()["incidents"]
    assert told["id"] in [one["id"] for one in incidents]

    def picture():
        found = exam.http.get(f"/incidents/{told['id']}").json()
        return found["occurrences"][0]["evidence"]

    (ref, *_) = wait_until(picture)
    assert exam.http.get(f"/evidence/{ref['id']}").headers["content-type"] == "image/jpeg"
    wait_until(lambda: exam.http.get(f"/participants/{exam.ada['id']}").json()["finished_at"])


def test_sound_of_any_length_becomes_samples(server):
    exam = Exam(server, signals=["speakers"])
    exam.http.close()
    with exam.stream() as socket:
        until(socket, "welcome")
        piece = (np.sin(np.arange(3000) / 5) * 8000).astype("<i2").tobytes()
        for _ in range(10):
            socket.send(b"\x02" + piece)
        assert until(socket, "taken", lambda m: m["samples"] == 30_000)
    seat = exam.services.seat(exam.ada["id"])
    wait_until(lambda: seat.session.status.audio_t)


def test_pictures_beyond_the_rate_are_not_analysed_and_a_broken_one_is_told(exam):
    with exam.stream() as socket:
        until(socket, "welcome")
        grey = b"\x01" + jpeg(GREY)
        for _ in range(20):
            socket.send(grey)
        taken = until(socket, "taken", lambda m: m["pictures"] == 20)
        assert 1 <= taken["analysed"] < 20
        deadline = time.monotonic() + WITHIN_S
        while time.monotonic() < deadline:
            socket.send(b"\x01nothing")
            if json.loads(socket.recv())["type"] == "problem":
                break
        else:
            raise AssertionError("it was never told")
        assert until(socket, "taken", feed=lambda: socket.send(grey))


def test_a_key_may_feed_its_own_candidates_and_a_proctor_nobody(exam):
    with exam.stream(token=exam.key) as socket:
        assert json.loads(socket.recv())["type"] == "welcome"
    with exam.stream(token=exam.meeting["proctor_secret"]) as socket:
        problem = json.loads(socket.recv())
        assert problem["type"] == "problem"
        is_closed(socket)


def test_the_newest_line_has_the_seat(exam):
    with exam.stream() as first:
        until(first, "welcome")
        with exam.stream() as second:
            until(second, "welcome")
            said = until(first, "problem")
            assert "taken this seat" in said["detail"]


def test_a_token_that_ends_closes_the_line(exam):
    with exam.stream() as socket:
        until(socket, "welcome")
        links = exam.http.get(f"/meetings/{exam.meeting['id']}/links").json()["links"]
        (own,) = [one for one in links if one["participant_id"] == exam.ada["id"]]
        exam.http.delete(f"/meetings/{exam.meeting['id']}/links/{own['id']}")
        assert until(socket, "problem")["detail"] == "The token has ended."


@pytest.mark.parametrize(
    "sent", [b"\x07zzz", b"\x02odd", "[]", '{"type": "dance"}', b"\x01" + b"x" * 1_000_001]
)
def test_what_is_no_message_ends_the_line(exam, sent):
    with exam.stream() as socket:
        until(socket, "welcome")
        socket.send(sent)
        assert "docs/api.md" in until(socket, "problem")["detail"]
        is_closed(socket)


def test_a_page_of_another_site_cannot_open_a_stream(services, ada):
    with (
        TestClient(Starlette(routes=routes(services))) as client,
        client.websocket_connect("/api/v1/stream", headers={"origin": "http://evil"}) as socket,
    ):
        assert socket.receive_json()["type"] == "problem"


def test_who_has_finished_is_told_so(exam):
    exam.services.finish(exam.ada["id"], "submitted")
    with exam.stream() as socket:
        assert json.loads(socket.recv())["detail"] == "The exam is over for this candidate."


class Events:
    """Lines of a stream of events, as they come."""

    def __init__(self, lines):
        self._lines = lines

    def until(self, kind):
        found = {}
        for line in self._lines:
            name, _, value = line.partition(": ")
            found[name] = value
            if not line:
                if found.get("event") == kind:
                    return found.get("id"), json.loads(found["data"])
                found = {}
        raise AssertionError(f"{kind} was never told")


def test_a_dashboard_is_told_what_happens_and_goes_on_where_it_was(exam):
    address = f"/meetings/{exam.meeting['id']}/events"
    with exam.http.stream("GET", address) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = Events(answer.iter_lines())
        assert events.until("participant")[1]["name"] == "Ada"
        seen = occurrence(meeting_id=exam.meeting["id"], participant_id=exam.ada["id"])
        exam.services.store.save_occurrence(seen)
        number, told = events.until("incident")
        assert told["id"] == seen.id
    other = occurrence(60, meeting_id=exam.meeting["id"], participant_id=exam.ada["id"], kind="x")
    exam.services.store.save_occurrence(other)
    with exam.http.stream("GET", address, headers={"Last-Event-ID": number}) as answer:
        assert Events(answer.iter_lines()).until("incident")[1]["id"] == other.id


def test_events_are_for_those_who_may_read_and_end_with_their_right(exam):
    address = f"{exam.url}/api/v1/meetings/{exam.meeting['id']}/events"
    assert httpx.get(address).status_code == 401
    assert httpx.get(address, headers=bearer(exam.ada["token"])).status_code == 404
    with exam.http.stream("GET", f"/meetings/{exam.meeting['id']}/events") as answer:
        lines = answer.iter_lines()
        Events(lines).until("participant")
        (key,) = [
            one
            for one in exam.services.integration.keys.list()
            if exam.services.integration.keys.capability_of(one.id, exam.meeting["id"])
        ]
        exam.services.integration.keys.revoke(key.id)
        assert list(lines) is not None  # it ends

"""From the session's thread to the candidate's page and back: what is asked, and the answer."""

from __future__ import annotations

import json
from typing import ClassVar

import pytest
from making import Meter, make_pipeline, rule
from passes import candidate_pass
from starlette.applications import Starlette
from starlette.testclient import TestClient
from waiting import wait_until

from proctoring.analysers.challenger import DOUBT_FOR_S, SEEN, SHOWN, SKIPPED, Challenger
from proctoring.api import candidate
from proctoring.challenge import Asked
from proctoring.live.session import Session
from proctoring.types import BrowserEvent, Observation, Tick

ORIGIN = {"origin": "http://testserver"}


class Doubter:
    """Is in doubt at every tick, and asks by the real rules."""

    name: ClassVar[str] = "doubter"
    title: ClassVar[str] = "Doubter"
    medium: ClassVar[str] = "camera"
    explains: ClassVar[str] = ""
    accepts: ClassVar[tuple[type, ...]] = (Tick, BrowserEvent)
    rules = (rule(),)

    def __init__(self) -> None:
        self.challenger = Challenger(is_on=True)
        self.heard: list[BrowserEvent] = []

    @property
    def asked(self) -> Asked | None:
        return self.challenger.asked

    def analyse(self, sample):
        if isinstance(sample, BrowserEvent):
            self.heard.append(sample)
            self.challenger.hear(sample)
        else:
            self.challenger.doubt(sample.t, 1.0, may_colour=False)
            yield Observation(sample.t, "face_count", 1.0)


@pytest.fixture
def doubter():
    return Doubter()


@pytest.fixture
def session(doubter):
    session = Session(lambda *of: make_pipeline(doubter), lambda record: None, name="p")
    yield session
    session.close()


def doubt(session):
    """For longer than is needed; media time is ours here."""
    for t in (0.0, DOUBT_FOR_S / 2, DOUBT_FOR_S, DOUBT_FOR_S + 1):
        session.offer(Tick(t))


def test_the_session_hears_of_its_page_only_when_that_comes_or_goes(session, doubter):
    for is_there in (True, True, True, False, False, True):
        session.attend(is_there)
    wait_until(lambda: len(doubter.heard) >= 3)
    assert [event.name for event in doubter.heard] == ["page_opened", "page_closed", "page_opened"]
    assert all(0 <= event.t <= session.clock() for event in doubter.heard)


def test_the_status_tells_what_is_asked_until_it_is_answered(session, doubter):
    doubt(session)
    session.attend(True)
    session.offer(Tick(DOUBT_FOR_S + 2))
    asked = wait_until(lambda: session.status.asked)
    session.report("1", SEEN, asked.id)
    session.report("2", SKIPPED, asked.id)
    wait_until(lambda: session.status.asked is None)


def test_the_time_of_what_the_page_says_is_the_sessions_own(session, doubter):
    before = session.clock()
    session.report("1", SHOWN, "anything")
    wait_until(lambda: doubter.heard)
    assert before <= doubter.heard[0].t <= session.clock()


def test_an_analyser_that_broke_asks_nothing(doubter):
    pipeline = make_pipeline(doubter)
    doubter.challenger.hear(BrowserEvent(0.0, "page_opened"))
    for t in (0.0, 2.0, 4.0):
        pipeline.process(Tick(t))
    assert pipeline.asked is not None
    pipeline.broken["doubter"] = "Doubter"
    assert pipeline.asked is None


def test_analysers_that_never_ask_are_no_matter():
    assert make_pipeline(Meter([1])).asked is None


def until(socket, fits):
    for _ in range(200):
        message = socket.receive_json()
        if fits(message):
            return message
    raise AssertionError("it was never told")


def test_the_page_is_told_the_steps_and_not_the_seed(services, ada, session):
    seat, _, number = services.open_page(ada.id)
    seat.session.close()
    seat.session = session
    app = Starlette(routes=candidate.routes(services))
    with TestClient(app) as client, client.websocket_connect("/api/exam", headers=ORIGIN) as socket:
        socket.send_json({"pass": candidate_pass(services, ada), "page": number})
        assert until(socket, lambda message: message["type"] == "status")["challenge"] is None
        doubt(session)
        asked = until(socket, lambda message: message.get("challenge"))["challenge"]
        assert asked.keys() == {"id", "kind", "steps"}
        assert asked["kind"] == "turn"
        assert all(step.keys() == {"start_s", "end_s", "ask"} for step in asked["steps"])
        assert repr(session.status.asked.challenge.seed) not in json.dumps(asked)
        socket.send_json({"type": "event", "id": "1-1", "name": SKIPPED, "detail": asked["id"]})
        until(socket, lambda message: message["type"] == "status" and not message["challenge"])

"""The socket of the built-in paper: who may open it, what it tells, and what it takes."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from passes import candidate_pass, staff_pass
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from whole_paper import SECRETS, attach_whole

from proctoring.acts import kinds
from proctoring.api import paper
from proctoring.store import StoreError
from proctoring.types import Role

ORIGIN = {"origin": "http://testserver"}


@pytest.fixture
def client(services):
    with TestClient(Starlette(routes=paper.routes(services))) as client:
        yield client


@pytest.fixture
def sits(services, ada):
    """Ada, who has begun."""
    attach_whole(services.store, ada.meeting_id)
    services.store.start(ada.id, datetime.now(UTC))
    return ada


@contextmanager
def page(client, services, participant):
    with client.websocket_connect("/api/paper", headers=ORIGIN) as socket:
        socket.send_json({"pass": candidate_pass(services, participant), "page": 0})
        yield socket


def until(socket, *types):
    """The first message of such a type; the socket speaks every two seconds."""
    for _ in range(40):
        message = socket.receive_json()
        if message["type"] in types:
            return message
    raise AssertionError("it was never told")


def answer(question="halting", revision=1, value="Because", **more):
    return {"type": "answer", "question": question, "revision": revision, "value": value, **more}


def put(socket, *given, **more):
    socket.send_json(answer(*given, **more))
    return until(socket, "saved", "newer", "refused", "later")


def kept(services, participant):
    found = services.store.answers(participant.id)
    return {one.question_id: (one.revision, json.loads(one.content)) for one in found}


def closed_with(socket):
    with pytest.raises(WebSocketDisconnect) as closed:
        until(socket, "never")
    return closed.value.code


def test_a_page_of_another_site_is_refused(client, services, sits):
    with client.websocket_connect("/api/paper", headers={"origin": "http://evil"}) as socket:
        socket.send_json({"pass": candidate_pass(services, sits)})
        assert closed_with(socket) == 1008


@pytest.mark.parametrize("role", [None, Role.PROCTOR, Role.EXAMINER])
def test_a_forged_pass_and_another_roles_pass_are_refused(client, services, sits, role):
    token = staff_pass(services, sits.meeting_id, role) if role else "forged.pass"
    with client.websocket_connect("/api/paper", headers=ORIGIN) as socket:
        socket.send_json({"pass": token})
        assert closed_with(socket) == 1008


def test_it_tells_the_paper_and_never_what_solves_it(client, services, sits):
    said = []
    with page(client, services, sits) as socket:
        said.append(until(socket, "state"))
        socket.send_json({"type": "paper"})
        said.append(until(socket, "paper"))
        for question in (q for section in said[1]["sections"] for q in section["questions"]):
            said.append(put(socket, question["id"], 1, "x"))
            said.append(put(socket, question["id"], 1, None))
        socket.send_json({"type": "open", "question": "quick"})
        said.append(until(socket, "question"))
        socket.send_json({"type": "answers"})
        said.append(until(socket, "answers"))
    assert said[0]["is"] == "running"
    assert 1790 <= said[0]["left_s"] <= 1800
    assert said[1]["title"] == "Physics and computing"
    everything = json.dumps(said)
    for secret in (*SECRETS, "solution", "tolerance", "guide", "alternatives"):
        assert secret not in everything


def test_a_question_with_a_time_of_its_own_is_not_told_before_it_is_opened(client, services, sits):
    with page(client, services, sits) as socket:
        socket.send_json({"type": "paper"})
        shown = until(socket, "paper")
        assert "Quickly now" not in json.dumps(shown)
        socket.send_json({"type": "open", "question": "quick"})
        assert until(socket, "question")["question"]["text"] == [["p", "Quickly now"]]
        assert 58 <= until(socket, "state")["questions"]["quick"] <= 60
        socket.send_json({"type": "paper"})
        assert "Quickly now" in json.dumps(until(socket, "paper"))


def test_an_answer_is_acknowledged_when_it_is_kept_and_told_on_another_page(client, services, sits):
    with page(client, services, sits) as socket:
        told = put(socket)
        assert (told["type"], told["question"], told["revision"]) == ("saved", "halting", 1)
        assert kept(services, sits) == {"halting": (1, "Because")}
        assert put(socket)["type"] == "saved"
    with page(client, services, sits) as socket:
        assert until(socket, "state")["revisions"] == {"halting": 1}
        socket.send_json({"type": "answers"})
        (found,) = until(socket, "answers")["answers"]
        assert (found["question"], found["revision"], found["value"]) == ("halting", 1, "Because")
        told = put(socket, value="something else")
        assert (told["type"], told["newest"], told["value"]) == ("newer", 1, "Because")


def test_no_message_reaches_the_answers_of_somebody_else(client, services, meeting, sits):
    other = services.join(meeting.id, "Grace", "v1")[0]
    services.store.start(other.id, datetime.now(UTC))
    with page(client, services, other) as socket:
        put(socket, value="Grace's own words")
    forged = {"participant": other.id, "participant_id": other.id, "id": other.id}
    with page(client, services, sits) as socket:
        assert until(socket, "state")["revisions"] == {}
        assert put(socket, value="forged", **forged)["type"] == "saved"
        socket.send_json({"type": "answers", **forged})
        assert [one["value"] for one in until(socket, "answers")["answers"]] == ["forged"]
        assert put(socket, other.id, 1, "x", **forged)["why"] == "unknown"
    assert kept(services, other) == {"halting": (1, "Grace's own words")}


@pytest.mark.parametrize("revision", [0, -3, 2000, 2**31, 10**40])
def test_a_revision_that_no_page_counts_to_changes_nothing(client, services, sits, revision):
    with page(client, services, sits) as socket:
        assert put(socket, revision=revision)["type"] == "newer"
        assert put(socket)["type"] == "saved"


def test_what_is_no_answer_is_refused_in_words_and_the_page_goes_on(client, services, sits):
    with page(client, services, sits) as socket:
        told = put(socket, value="x" * 501)
        assert (told["type"], told["why"]) == ("refused", "form")
        assert "501 characters" in told["text"]
        assert put(socket, "nothing", 1, "x")["why"] == "unknown"
        assert put(socket, "~opened.quick", 1, {})["why"] == "unknown"
        assert put(socket, "~marked", 1, ["halting"])["type"] == "saved"
        assert put(socket)["type"] == "saved"


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "anything"}',
        '"no object"',
        json.dumps(answer(revision="1")),
        json.dumps(answer(revision=True)),
        json.dumps(answer(question=7)),
        json.dumps(answer(age_ms="long")),
        json.dumps(answer(age_ms=float("nan"))),
        json.dumps(answer(value="x" * 70_000)),
        "[" * 50_000,
    ],
)
def test_what_the_page_never_says_closes_the_socket(client, services, sits, text):
    with page(client, services, sits) as socket:
        socket.send_text(text)
        assert closed_with(socket) == 1008
    assert kept(services, sits) == {}


def test_finishing_twice_is_finishing_once_and_then_nothing_is_taken(client, services, sits):
    with page(client, services, sits) as socket:
        put(socket)
        for _ in range(2):
            socket.send_json({"type": "finish"})
            while until(socket, "state")["is"] != "finished":
                pass
        assert put(socket, revision=2, value="more")["why"] == "finished"
        socket.send_json({"type": "paper"})
        socket.send_json({"type": "answers"})
        assert until(socket, "state", "paper", "answers")["type"] == "state"
    person = services.store.participant(sits.id)
    assert person.finish_reason == "submitted"
    with page(client, services, sits) as socket:
        assert until(socket, "state")["is"] == "finished"
        socket.send_json({"type": "finish"})
        until(socket, "state")
    assert services.store.participant(sits.id) == person


def test_nothing_is_told_or_taken_before_the_exam_begins(client, services, ada):
    attach_whole(services.store, ada.meeting_id)
    with page(client, services, ada) as socket:
        state = until(socket, "state")
        assert (state["is"], "revisions" in state) == ("waiting", False)
        assert put(socket)["why"] == "not begun"
        socket.send_json({"type": "paper"})
        assert until(socket, "state", "paper")["type"] == "state"
        socket.send_json({"type": "finish"})
        assert closed_with(socket) == 1008
    assert services.store.participant(ada.id).finished_at is None


def test_a_late_answer_is_refused_with_how_late_it_was(client, services, ada):
    attach_whole(services.store, ada.meeting_id)
    services.store.start(ada.id, datetime.now(UTC) - timedelta(seconds=1800 + 30))
    with page(client, services, ada) as socket:
        assert until(socket, "state")["is"] in ("over", "finished")
        told = put(socket, age_ms=1000)
        assert told["why"] == "late"
        assert 30 <= told["late_s"] <= 40
        assert put(socket, age_ms=55_000)["type"] == "saved", "it was made in time"


def test_what_cannot_be_kept_now_is_not_acknowledged_and_may_come_again(
    client, services, sits, monkeypatch
):
    with page(client, services, sits) as socket:
        until(socket, "state")
        with monkeypatch.context() as full:
            full.setattr(services.store, "save_answer", _is_full)
            assert put(socket)["type"] == "later"
        assert put(socket)["type"] == "saved"


def _is_full(answer):
    raise StoreError("The disk is full.")


def test_many_answers_at_once_wait_and_none_is_lost(client, services, sits):
    with page(client, services, sits) as socket:
        for number in range(1, 41):
            socket.send_json(answer(revision=number, value=f"text {number}"))
        told = [until(socket, "saved", "newer", "refused")["type"] for _ in range(40)]
    assert set(told) == {"saved"}
    assert kept(services, sits) == {"halting": (40, "text 40")}


def test_two_pages_at_once_agree_on_one_answer(client, services, sits):
    with page(client, services, sits) as one, page(client, services, sits) as other:
        one.send_json(answer(value="one"))
        other.send_json(answer(value="other"))
        told = sorted(until(socket, "saved", "newer")["type"] for socket in (one, other))
    assert told == ["newer", "saved"]
    assert kept(services, sits)["halting"][0] == 1


# --- what people do about the exam ---------------------------------------------------------


def act(services, participant, kind, at=None, **content):
    """As a proctor does it."""
    made = kinds.make(kind, content, participant_id=participant.id, at=at)
    services.store.save_act(made)


def test_a_pause_stops_the_clock_and_what_is_written_in_it_is_not_taken(client, services, sits):
    act(services, sits, "pause", datetime.now(UTC) - timedelta(seconds=20), reason="Fire alarm.")
    with page(client, services, sits) as socket:
        state = until(socket, "state")
        assert (state["is"], state["reason"]) == ("paused", "Fire alarm.")
        left = state["left_s"]
        assert put(socket, age_ms=0)["why"] == "paused"
        assert put(socket, age_ms=60_000)["type"] == "saved", "it was written before"
        assert abs(until(socket, "state")["left_s"] - left) <= 1
        act(services, sits, "resume")
        while until(socket, "state")["is"] != "running":
            pass
        assert put(socket, revision=2, value="goes on")["type"] == "saved"


def test_extra_time_is_time_to_answer(client, services, ada):
    attach_whole(services.store, ada.meeting_id)
    services.store.start(ada.id, datetime.now(UTC) - timedelta(seconds=1800 + 300))
    with page(client, services, ada) as socket:
        assert put(socket)["why"] == "late"
        act(services, ada, "extra_time", seconds=600)
        assert put(socket)["type"] == "saved"
        state = until(socket, "state")
        assert state["is"] == "running"
        assert 290 <= state["left_s"] <= 300

"""What people do about one candidate's exam takes effect: on its clock, on what is measured."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from making import GREY, make_meeting, occurrence
from passes import candidate_pass, capability_of, staff_pass
from starlette.applications import Starlette
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect
from waiting import wait_until

from proctoring.access.tokens import Refused
from proctoring.acts.acting import AT_ONCE, TooSoon
from proctoring.acts.kinds import BadAct, content_of
from proctoring.acts.outage import FILE, lost_s
from proctoring.api import candidate, desk
from proctoring.live.seats import NotLetIn, left_s
from proctoring.services import ENDED, Services
from proctoring.settings import Settings
from proctoring.types import (
    Act,
    Capability,
    CoverageSpan,
    Journey,
    Measured,
    Meeting,
    Participant,
    Role,
    VideoFrame,
)

ORIGIN = {"origin": "http://testserver"}


def proctor(services: Services, meeting: Meeting) -> Capability:
    return capability_of(services, Role.PROCTOR, meeting.id)


def own(services: Services, person: Participant) -> Capability:
    known = services.store.capabilities(person.meeting_id)
    return next(c for c in known if c.participant_id == person.id)


def do(services: Services, person: Participant, kind: str, **content: Any) -> Act:
    by = capability_of(services, Role.PROCTOR, person.meeting_id)
    return services.acting.act(by, person.id, kind, content)


def say(services: Services, person: Participant, kind: str, **content: Any) -> Act:
    return services.acting.act(own(services, person), person.id, kind, content)


# --- who may -------------------------------------------------------------------------------


def test_a_proctor_and_the_examiner_act_and_nobody_else(
    services: Services, meeting: Meeting, ada: Participant
) -> None:
    for role in (Role.PROCTOR, Role.EXAMINER):
        by = capability_of(services, role, meeting.id)
        services.acting.act(by, ada.id, "message", {"text": "Hello"})
    other = make_meeting(services).meeting
    services.office.make_link(capability_of(services, Role.EXAMINER, meeting.id), Role.REVIEWER)
    reviewer = capability_of(services, Role.REVIEWER, meeting.id)
    with pytest.raises(Refused):
        services.acting.act(reviewer, ada.id, "message", {"text": "Hello"})
    with pytest.raises(Refused):
        services.acting.act(proctor(services, other), ada.id, "message", {"text": "Hello"})
    assert len(services.store.acts(ada.id)) == 2


def test_a_candidate_acts_for_themselves_alone(
    services: Services, meeting: Meeting, ada: Participant
) -> None:
    bob = services.join(meeting.id, "Bob", "v1")[0]
    say(services, ada, "message", text="Hello")
    with pytest.raises(Refused):
        services.acting.act(own(services, ada), bob.id, "message", {"text": "Hello"})
    with pytest.raises(BadAct):
        say(services, ada, "extra_time", seconds=600)
    assert services.store.acts(bob.id) == []


def test_a_revoked_link_does_nothing_more(
    services: Services, meeting: Meeting, ada: Participant
) -> None:
    by = proctor(services, meeting)
    services.store.revoke(by.id, datetime.now(UTC))
    with pytest.raises(Refused):
        services.acting.act(by, ada.id, "message", {"text": "Hello"})


def test_an_explanation_is_of_an_incident_of_one_s_own(
    services: Services, meeting: Meeting, ada: Participant
) -> None:
    bob = services.join(meeting.id, "Bob", "v1")[0]
    of_ada, of_bob = (
        occurrence(meeting_id=meeting.id, participant_id=person.id) for person in (ada, bob)
    )
    for one in (of_ada, of_bob):
        services.store.save_occurrence(one)
    say(services, ada, "explanation", incident=of_ada.id, text="My brother came in.")
    with pytest.raises(Refused):
        say(services, ada, "explanation", incident=of_bob.id, text="My brother came in.")


def test_the_same_act_asked_for_again_is_done_once(
    services: Services, meeting: Meeting, ada: Participant
) -> None:
    by = proctor(services, meeting)
    for _ in range(3):
        services.acting.act(by, ada.id, "extra_time", {"seconds": 60}, "0123456789ab")
    fresh = Services(services.settings)  # it does not remember, and asks the store
    fresh.acting.act(by, ada.id, "extra_time", {"seconds": 60}, "0123456789ab")
    assert fresh.standing(ada.id).extra_s == 60
    fresh.close()


def test_who_writes_too_much_at_once_waits(services: Services, ada: Participant) -> None:
    for number in range(AT_ONCE):
        say(services, ada, "message", text=str(number))
    with pytest.raises(TooSoon) as told:
        say(services, ada, "message", text="more")
    assert 0 < told.value.wait_s <= 5
    assert len(services.store.acts(ada.id)) == AT_ONCE


def test_each_act_is_logged_without_what_was_said(
    services: Services, meeting: Meeting, ada: Participant
) -> None:
    done = do(services, ada, "pause", reason="a fire alarm in the building")
    (entry,) = [
        one.event for one in services.store.audit_log(meeting.id) if one.event.action == "act.pause"
    ]
    assert (entry.actor, entry.subject) == (done.actor, ada.id)
    assert entry.detail == done.id
    assert "fire" not in str(entry)


# --- the clock -----------------------------------------------------------------------------


def test_more_time_and_pauses_move_the_end(services: Services, ada: Participant) -> None:
    seat, _, _ = services.open_page(ada.id)
    do(services, ada, "extra_time", seconds=600)
    now = datetime.now(UTC)
    assert 2395 <= left_s(seat, now) <= 2400
    do(services, ada, "pause", reason="a moment, please")
    before = left_s(seat, datetime.now(UTC))
    assert left_s(seat, datetime.now(UTC) + timedelta(hours=1)) == before, "it stands still"
    services.tend()
    assert services.seat(ada.id) is seat
    do(services, ada, "resume")
    assert seat.held.paused_at is None


def test_an_adjusted_share_is_of_the_exam_s_length(services: Services, ada: Participant) -> None:
    do(services, ada, "adjustment", extra_percent=50)
    seat, _, _ = services.open_page(ada.id)
    assert 2695 <= left_s(seat, datetime.now(UTC)) <= 2700


def test_an_act_of_another_server_moves_it_too(services: Services, ada: Participant) -> None:
    seat, _, _ = services.open_page(ada.id)
    other = Services(services.settings)  # another process with the same records
    do(other, ada, "extra_time", seconds=600)

    def is_longer() -> bool:
        services.tend()
        return left_s(seat, datetime.now(UTC)) > 2300

    wait_until(is_longer)
    other.close()


def test_an_end_finishes_with_its_reason(services: Services, ada: Participant) -> None:
    services.open_page(ada.id)
    do(services, ada, "end", reason="At the candidate's own wish.")
    person = services.store.participant(ada.id)
    assert person.finished_at is not None
    assert person.finish_reason == ENDED
    assert services.standing(ada.id).ended == "At the candidate's own wish."
    assert services.seat(ada.id) is None
    with pytest.raises(BadAct, match="finished"):
        do(services, ada, "extra_time", seconds=60)
    do(services, ada, "note", text="They felt unwell.")


def test_nobody_begins_who_has_to_be_let_in(services: Services) -> None:
    meeting = make_meeting(services, journey=Journey(needs_letting_in=True)).meeting
    ada = services.join(meeting.id, "Ada", "v1")[0]
    with pytest.raises(NotLetIn):
        services.open_page(ada.id)
    say(services, ada, "ask_in", reason="I am ready.")
    with pytest.raises(NotLetIn):
        services.open_page(ada.id)
    do(services, ada, "let_in")
    services.open_page(ada.id)


def test_a_candidate_takes_the_breaks_they_have_and_no_more(
    services: Services, ada: Participant
) -> None:
    services.open_page(ada.id)
    with pytest.raises(BadAct, match="break"):
        say(services, ada, "pause", reason="a break")
    do(services, ada, "adjustment", break_min=5)
    say(services, ada, "pause", reason="a break")
    assert services.standing(ada.id).is_on_break
    later = datetime.now(UTC) + timedelta(minutes=6)
    seat = services.seat(ada.id)
    assert seat
    seat.held = seat.held.at(later)
    services._do_what_is_due(later)
    assert services.standing(ada.id, later).paused_at is None


# --- what is measured ------------------------------------------------------------------------


def test_in_a_pause_nothing_is_measured_and_the_coverage_says_so(
    services: Services, ada: Participant
) -> None:
    seat, _, _ = services.open_page(ada.id)
    do(services, ada, "pause", reason="a moment, please")
    wait_until(lambda: seat.session.status.is_paused)
    assert {one.reason for one in seat.session.status.signals} == {"paused"}
    seat.session.offer(VideoFrame(seat.session.clock(), GREY))
    wait_until(lambda: seat.session.still is not None)
    do(services, ada, "resume")
    wait_until(lambda: not seat.session.status.is_paused)
    services.finish(ada.id, "submitted")
    wait_until(lambda: services.writer.waiting == 0)
    spans = [span for span in services.store.coverage(ada.id) if span.reason == "paused"]
    assert {span.state for span in spans} == {Measured.NOT_MEASURED}
    assert len({span.signal for span in spans}) == len(spans) > 3
    assert services.store.feed(ada.meeting_id).incidents == ()


def test_what_is_off_for_one_candidate_is_exempt(services: Services, ada: Participant) -> None:
    do(services, ada, "adjustment", signals_off=["faces"])
    seat, _, _ = services.open_page(ada.id)
    wait_until(lambda: seat.session.status.t > 0)
    status = seat.session.status
    assert "face_count" in status.exempt
    assert "face_count" not in {one.signal for one in status.signals}
    services.finish(ada.id, "submitted")
    wait_until(lambda: services.writer.waiting == 0)
    reasons = {s.reason for s in services.store.coverage(ada.id) if s.signal == "face_count"}
    assert reasons <= {"exempt"}


def test_an_adjustment_in_the_exam_holds_from_then_on(services: Services, ada: Participant) -> None:
    seat, _, _ = services.open_page(ada.id)
    wait_until(lambda: bool(seat.session.status.signals))
    assert "face_count" not in seat.session.status.exempt
    do(services, ada, "adjustment", signals_off=["faces"])
    wait_until(lambda: "face_count" in seat.session.status.exempt)
    do(services, ada, "adjustment")
    wait_until(lambda: "face_count" not in seat.session.status.exempt)


# --- an outage -------------------------------------------------------------------------------


@pytest.fixture
def gone(services: Services, ada: Participant) -> datetime:
    """Ada began ten minutes ago; the server was last there five minutes ago."""
    now = datetime.now(UTC)
    services.store.start(ada.id, now - timedelta(minutes=10))
    return now - timedelta(minutes=5)


def covered(ada: Participant, start: datetime, end: datetime) -> CoverageSpan:
    return CoverageSpan("span", ada.id, "face_count", Measured.MEASURED, "", start, end)


def restarted(services: Services, gone: datetime) -> Services:
    (services.settings.data_dir / FILE).write_text(json.dumps({"at": gone.isoformat()}))
    return Services(services.settings)


def test_what_an_outage_took_is_given_back_once(
    services: Services, ada: Participant, gone: datetime
) -> None:
    services.store.save_coverage([covered(ada, gone - timedelta(minutes=5), gone)])
    again = restarted(services, gone)
    for _ in range(3):
        again.tend()
    assert 300 <= again.standing(ada.id).extra_s <= 330
    (given,) = again.store.acts(ada.id)
    assert (given.role, content_of(given)["reason"]) == ("server", "server outage")
    again.close()
    once_more = restarted(services, gone)
    once_more.tend()
    assert len(once_more.store.acts(ada.id)) == 1
    once_more.close()


def test_who_was_not_there_when_it_began_gets_nothing(
    services: Services, ada: Participant, gone: datetime
) -> None:
    long_ago = gone - timedelta(minutes=4)
    services.store.save_coverage([covered(ada, gone - timedelta(minutes=5), long_ago)])
    again = restarted(services, gone)
    again.tend()
    assert again.store.acts(ada.id) == []
    again.close()


@pytest.mark.parametrize("ago", [timedelta(seconds=3), timedelta(hours=3), timedelta(days=3)])
def test_a_blink_and_what_is_for_people_to_judge_are_left_alone(
    services: Services, ada: Participant, gone: datetime, ago: timedelta
) -> None:
    services.store.start(ada.id, datetime.now(UTC) - timedelta(days=4))
    again = restarted(services, datetime.now(UTC) - ago)
    again.tend()
    assert again.store.acts(ada.id) == []
    again.close()


def test_whoever_was_paused_lost_nothing(
    services: Services, ada: Participant, gone: datetime
) -> None:
    paused = do(services, ada, "pause", reason="a moment, please")
    services.store.save_act(replace(paused, id="earlier", at=gone - timedelta(minutes=1)))
    again = restarted(services, gone)
    again.tend()
    assert {one.kind for one in again.store.acts(ada.id)} == {"pause"}
    again.close()


def test_who_went_on_at_another_server_lost_nothing_or_a_little(ada: Participant) -> None:
    gone = datetime.now(UTC)
    back = gone + timedelta(minutes=5)
    before = covered(ada, gone - timedelta(minutes=5), gone - timedelta(seconds=3))
    went_on = covered(ada, gone - timedelta(minutes=5), gone + timedelta(minutes=4))
    moved = covered(ada, gone + timedelta(seconds=20), back)
    assert lost_s([went_on], gone, back) == 0
    assert lost_s([before, moved], gone, back) == 30
    assert lost_s([before], gone, back) == 310
    assert lost_s([], gone, back) == 310


def test_a_damaged_note_of_the_last_time_is_no_outage(
    services: Services, ada: Participant, gone: datetime, tmp_path: Path
) -> None:
    for text in ("", "{}", '{"at": 7}', '{"at": "yesterday"}', '{"at": "2026-01-01T00:00:00"}'):
        (services.settings.data_dir / FILE).write_text(text)
        again = Services(Settings(data_dir=services.settings.data_dir))
        again.tend()
        again.close()
    assert services.store.acts(ada.id) == []


# --- over the sockets ------------------------------------------------------------------------


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    routes = [*candidate.routes(services), *desk.routes(services)]
    with TestClient(Starlette(routes=routes)) as client:
        yield client


def until(socket: WebSocketTestSession, kind: str, **fits: Any) -> dict[str, Any]:
    for _ in range(80):
        message = socket.receive()
        if message["type"] == "websocket.close":
            raise WebSocketDisconnect(message["code"])
        if message.get("text") is None:
            continue
        found: dict[str, Any] = json.loads(message["text"])
        if found["type"] == "candidates":
            socket.send_json({"type": "taken", "number": found["number"]})
        if found["type"] == kind and all(found.get(k) == v for k, v in fits.items()):
            return found
    raise AssertionError(f"{kind} was never told")


def test_what_a_desk_does_reaches_the_candidate_and_their_answer_the_desk(
    client: TestClient, services: Services, meeting: Meeting, ada: Participant
) -> None:
    _, _, page = services.open_page(ada.id)
    with (
        client.websocket_connect("/api/desk", headers=ORIGIN) as at_desk,
        client.websocket_connect("/api/exam", headers=ORIGIN) as at_page,
    ):
        at_desk.send_json({"pass": staff_pass(services, meeting.id)})
        at_page.send_json({"pass": candidate_pass(services, ada), "page": page})
        at_desk.send_json({"type": "look", "participant": ada.id})
        asked = {"type": "act", "participant": ada.id, "kind": "message", "id": "desk-0001"}
        at_desk.send_json(asked | {"content": {"text": "All well?"}})
        assert until(at_desk, "done")["id"] == "desk-0001"
        while not (told := until(at_page, "messages")["messages"]):
            pass  # none is told at first
        (said,) = told
        assert (said["from"], said["kind"], said["text"]) == ("proctor", "message", "All well?")
        until(at_page, "status", watched=True)
        at_page.send_json(
            {"type": "act", "id": "page-0001", "kind": "message", "content": {"text": "Yes."}}
        )
        assert until(at_page, "done")["id"] == "page-0001"
        while len((talk := until(at_desk, "talk"))["acts"]) < 2:
            pass
        assert [(a["role"], a["text"]) for a in talk["acts"]] == [
            ("proctor", "All well?"),
            ("candidate", "Yes."),
        ]
        asked |= {"kind": "pause", "id": "desk-0002"}
        at_desk.send_json(asked | {"content": {"reason": "fire alarm"}})
        while (status := until(at_page, "status"))["paused"] is None:
            pass
        assert status["paused"]["reason"] == "fire alarm"


def test_what_cannot_be_done_is_said_and_the_line_stays(
    client: TestClient, services: Services, meeting: Meeting, ada: Participant
) -> None:
    services.open_page(ada.id)
    with client.websocket_connect("/api/desk", headers=ORIGIN) as at_desk:
        at_desk.send_json({"pass": staff_pass(services, meeting.id)})
        at_desk.send_json(
            {
                "type": "act",
                "id": "desk-0001",
                "participant": ada.id,
                "kind": "end",
                "content": {"reason": "no"},
            }
        )
        refused = until(at_desk, "not_done")
        assert "at least 10" in refused["text"]
        until(at_desk, "candidates")


def test_a_reviewer_s_desk_cannot_act(
    client: TestClient, services: Services, meeting: Meeting, ada: Participant
) -> None:
    examiner = capability_of(services, Role.EXAMINER, meeting.id)
    services.office.make_link(examiner, Role.REVIEWER)
    with client.websocket_connect("/api/desk", headers=ORIGIN) as at_desk:
        at_desk.send_json({"pass": staff_pass(services, meeting.id, Role.REVIEWER)})
        at_desk.send_json(
            {
                "type": "act",
                "id": "desk-0001",
                "participant": ada.id,
                "kind": "message",
                "content": {"text": "Hello"},
            }
        )
        with pytest.raises(WebSocketDisconnect):
            until(at_desk, "never")
    assert services.store.acts(ada.id) == []


def test_the_desk_hears_of_explanations_and_of_raised_hands(
    client: TestClient, services: Services, meeting: Meeting, ada: Participant
) -> None:
    services.open_page(ada.id)
    found = occurrence(meeting_id=meeting.id, participant_id=ada.id)
    services.store.save_occurrence(found)
    with client.websocket_connect("/api/desk", headers=ORIGIN) as at_desk:
        at_desk.send_json({"pass": staff_pass(services, meeting.id)})
        say(services, ada, "explanation", incident=found.id, text="My brother came in.")
        say(services, ada, "hand_raised", text="May I ask something?")
        (told,) = until(at_desk, "explanations")["explanations"]
        assert (told["incident"], told["text"]) == (found.id, "My brother came in.")
        while not (view := until(at_desk, "candidates")["candidates"][0])["hand"]:
            pass
        assert "hand" in view["marks"]
        assert view["hand"]["text"] == "May I ask something?"

"""Who is let in, how often one may try, and that a full hall can join."""

from __future__ import annotations

import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from making import make_meeting
from passes import capability_of

import proctoring.joining
from proctoring.access import tokens
from proctoring.access.admission import Admission, Counted, TooMany
from proctoring.access.tokens import MANAGES, READS, SITS, WATCHES, Refused
from proctoring.joining import Door
from proctoring.plaintext import LONGEST_INSTRUCTIONS, LONGEST_NAME, LONGEST_TITLE
from proctoring.services import Full
from proctoring.types import Role

HALL = "192.0.2.7"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def admission(services, clock):
    passes = tokens.Passes(bytes(tokens.KEY_BYTES))
    services.admission = Admission(services.store, passes, clock)
    services.door = Door(services.store, services.admission, lambda: services.acting)
    return services.admission


# --- roles -----------------------------------------------------------------------------------


def test_an_examiner_may_all_that_a_proctor_may_and_nobody_sits_for_another(services):
    meeting, proctor, examiner = make_meeting(services)
    _, token = services.join(meeting.id, "Ada", "v1")
    may = {
        secret: [
            roles
            for roles in (MANAGES, WATCHES, READS, SITS)
            if services.admission.by_secret(roles, meeting.id, secret)
        ]
        for secret in (examiner, proctor, token)
    }
    assert may == {examiner: [MANAGES, WATCHES, READS], proctor: [WATCHES, READS], token: [SITS]}


def test_a_link_with_an_end_works_until_then(services):
    meeting, *_ = make_meeting(services)
    examiner = capability_of(services, Role.EXAMINER, meeting.id)
    soon = datetime.now(UTC) + timedelta(seconds=0.15)
    secret = services.office.make_link(examiner, Role.REVIEWER, soon)
    found = services.admission.by_secret(READS, meeting.id, secret)
    assert found
    token = services.admission.make_pass(found)
    time.sleep(0.2)
    assert services.admission.by_secret(READS, meeting.id, secret) is None
    with pytest.raises(Refused):
        services.admission.by_pass(token, READS)


# --- how often ---------------------------------------------------------------------------------


def test_a_hall_of_200_behind_one_address_joins_within_two_minutes(services, admission, clock):
    meeting, *_ = make_meeting(services)
    for number in range(200):
        clock.now += 120 / 200
        services.join(meeting.id, f"Candidate {number}", "v1", HALL)
    assert len(services.store.participants(meeting.id)) == 200


def test_a_hundred_at_once_are_welcome_and_a_flood_waits(services, admission, clock):
    meeting, *_ = make_meeting(services)
    for _ in range(100):
        admission.check_joining(meeting.id, HALL)
    with pytest.raises(TooMany, match="Try again in 1 second"):
        services.join(meeting.id, "Eve", "v1", HALL)
    services.join(meeting.id, "Ada", "v1", "192.0.2.8")
    clock.now += 1
    services.join(meeting.id, "Eve", "v1", HALL)


def test_one_meeting_takes_so_many_in_a_second_from_everywhere(admission):
    for number in range(500):
        admission.check_joining("m", f"192.0.2.{number}")
    with pytest.raises(TooMany):
        admission.check_joining("m", "198.51.100.1")


def test_a_meeting_takes_so_many_candidates_and_no_more(services, monkeypatch):
    monkeypatch.setattr(proctoring.joining, "MOST_CANDIDATES", 2)
    meeting, *_ = make_meeting(services)
    for name in ("Ada", "Bo"):
        services.join(meeting.id, name, "v1")
    with pytest.raises(Full, match="no more candidates"):
        services.join(meeting.id, "Cy", "v1")


def test_making_exams_without_end_is_slowed_down(services, admission, clock):
    for _ in range(20):
        make_meeting(services, address=HALL)
    with pytest.raises(TooMany, match="Try again in 30 seconds"):
        make_meeting(services, address=HALL)
    assert len(services.store.meetings()) == 20
    clock.now += 30
    make_meeting(services, address=HALL)


def test_wrong_keys_lock_their_address_out_of_that_meeting_for_a_while(services, admission, clock):
    meeting, secret, _ = make_meeting(services)
    other, its_secret, _ = make_meeting(services)

    def come(of=meeting, key=secret, address=HALL):
        return admission.by_secret(READS, of.id, key, address)

    assert come()
    for _ in range(10):
        assert come(key="wrong") is None
    with pytest.raises(TooMany, match="Try again in 1 second"):
        come(key="wrong")
    with pytest.raises(TooMany):
        come()
    assert come(address="192.0.2.8")
    assert come(of=other, key=its_secret)
    clock.now += 1
    assert come()
    assert come(key="wrong") is None
    with pytest.raises(TooMany, match="2 seconds"):
        come()


def test_nobody_in_a_hall_can_lock_the_others_out_of_their_exams(services, admission):
    meeting, *_ = make_meeting(services)
    _, token = services.join(meeting.id, "Ada", "v1")
    for _ in range(150):
        assert admission.by_secret(SITS, meeting.id, "wrong", HALL) is None
    assert admission.by_secret(SITS, meeting.id, token, HALL)


def test_so_many_are_held_at_once_and_what_is_let_go_is_free_again():
    counted = Counted(2)
    with ExitStack() as held:
        for key in ("a", "a", "b"):
            held.enter_context(counted.hold(key))
        with pytest.raises(TooMany):
            held.enter_context(counted.hold("a"))
    with counted.hold("a"):
        pass
    assert not counted._held


# --- what is typed -------------------------------------------------------------------------------


def test_what_is_typed_is_bounded_and_cleaned_before_it_is_kept(services):
    meeting, *_ = make_meeting(
        services, title="A" * 10_000 + "\n\x00", instructions="line\nline\x07" + "x" * 100_000
    )
    assert meeting.title == "A" * LONGEST_TITLE
    assert meeting.instructions.startswith("line\nlinex")
    assert len(meeting.instructions) <= LONGEST_INSTRUCTIONS
    ada, _ = services.join(meeting.id, " \u202eAda\u2028\ud800 \x00 *Lovelace* " + "👋" * 500, "v1")
    assert ada.name.startswith("Ada *Lovelace* 👋")
    assert len(ada.name) == LONGEST_NAME
    assert services.store.participant(ada.id) == ada


@pytest.mark.parametrize(
    "name", ["نیلوفر\u200cها", "Zoë O’Brien-Łuksza", "李小龙", "👩\u200d🚀 Ada"]
)
def test_names_of_all_languages_stay_as_they_are(services, name):
    meeting, *_ = make_meeting(services)
    assert services.join(meeting.id, name, "v1")[0].name == name

"""Candidates who are invited by name: their links, their seats, and what is different for them."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from making import make_meeting
from passes import capability_of
from stores import at_once

from proctoring.access.tokens import SITS, Refused
from proctoring.acts.adjustments import Adjustments
from proctoring.office import invitations as office
from proctoring.office.guests import Guest
from proctoring.office.lists import set_state
from proctoring.privacy import retention
from proctoring.services import NotInvited, Services
from proctoring.settings import Settings
from proctoring.store import Rejected
from proctoring.types import Role

ADA = Guest("Ada Lovelace", "1815", "ada@example.org")
ALAN = Guest("=Alan", "@7", "", 30, Adjustments(longer_looks=True, break_min=10))


@pytest.fixture
def services(tmp_path):
    services = Services(Settings(data_dir=tmp_path))
    yield services
    services.close()


@pytest.fixture
def meeting(services):
    return make_meeting(services).meeting


@pytest.fixture
def examiner(services, meeting):
    return capability_of(services, Role.EXAMINER, meeting.id)


def test_a_personal_link_sits_its_own_candidate_by_name_and_resumes(services, meeting, examiner):
    ((ada, secret),) = office.invite(services.office, examiner, [ADA])
    assert office.expected(services.store, meeting.id, []) == 1
    person, token = services.join(meeting.id, "somebody else", "1", personal=secret)
    assert (person.id, person.name, token) == (ada.id, "Ada Lovelace", secret)
    seat = services.admission.by_secret(SITS, meeting.id, secret)
    assert seat is not None
    assert seat.participant_id == ada.id
    again, _ = services.join(meeting.id, "", "1", personal=secret)
    assert again == person, "the same link on another device"
    assert office.expected(services.store, meeting.id, [person]) == 0
    known = office.by_secret(services.store, meeting.id, secret)
    assert known is not None
    assert services.door.resume(known) == person


def test_two_devices_at_once_make_one_candidate(services, meeting, examiner):
    ((_, secret),) = office.invite(services.office, examiner, [ADA])
    come = [lambda: services.join(meeting.id, "", "1", personal=secret)] * 4
    at_once(*come)
    assert len(services.store.participants(meeting.id)) == 1


def test_what_is_different_holds_before_anything_is_detected(services, meeting, examiner):
    ((alan, secret),) = office.invite(services.office, examiner, [ALAN])
    person, _ = services.join(meeting.id, "", "1", personal=secret)
    held = services.standing(person.id)
    assert held.adjustments == ALAN.adjustments
    assert held.extra_s == 1800
    services.door.resume(alan)
    assert services.standing(person.id).extra_s == 1800, "given once"


def test_a_server_that_died_while_somebody_joined_leaves_them_what_is_theirs(
    services, meeting, examiner, monkeypatch
):
    ((alan, secret),) = office.invite(services.office, examiner, [ALAN])
    with monkeypatch.context() as patch:
        patch.setattr(services.door, "_adjust", lambda *_: None)
        person, _ = services.join(meeting.id, "", "1", personal=secret)
    assert services.standing(person.id).extra_s == 0
    services.door.resume(alan)
    assert services.standing(person.id).extra_s == 1800


def test_a_new_link_takes_the_place_of_the_old_one_before_and_after_they_came(
    services, meeting, examiner
):
    ((ada, first),) = office.invite(services.office, examiner, [ADA])
    ((ada, second),) = office.new_links(services.office, examiner, [ada])
    with pytest.raises(NotInvited):
        services.join(meeting.id, "", "1", personal=first)
    person, _ = services.join(meeting.id, "", "1", personal=second)
    ((ada, third),) = office.new_links(services.office, examiner, [ada])
    assert services.admission.by_secret(SITS, meeting.id, second) is None
    seat = services.admission.by_secret(SITS, meeting.id, third)
    assert seat is not None
    assert seat.participant_id == person.id


def test_a_revoked_link_opens_neither_the_door_nor_the_exam(services, meeting, examiner):
    (ada, first), (_, other) = office.invite(services.office, examiner, [ADA, ALAN])
    services.join(meeting.id, "", "1", personal=first)
    office.revoke(services.office, examiner, ada)
    assert services.admission.by_secret(SITS, meeting.id, first) is None
    assert office.by_secret(services.store, meeting.id, first) is None
    with pytest.raises(NotInvited):
        services.join(meeting.id, "", "1", personal=first)
    services.join(meeting.id, "", "1", personal=other)


def test_only_by_a_personal_link_keeps_out_who_has_none_and_nobody_who_is_in(
    services, meeting, examiner
):
    services.join(meeting.id, "Early", "1")
    set_state(services.office, examiner, invited_only=True)
    assert services.store.meeting(meeting.id).journey.invited_only
    with pytest.raises(NotInvited):
        services.join(meeting.id, "Late", "1")
    ((_, secret),) = office.invite(services.office, examiner, [ADA])
    services.join(meeting.id, "", "1", personal=secret)
    set_state(services.office, examiner, invited_only=False)
    services.join(meeting.id, "Later", "1")
    assert len(services.store.participants(meeting.id)) == 3


def test_a_link_of_another_exam_opens_nothing_here(services, meeting, examiner):
    other = make_meeting(services).meeting
    ((_, secret),) = office.invite(services.office, examiner, [ADA])
    assert office.by_secret(services.store, other.id, secret) is None
    with pytest.raises(NotInvited):
        services.join(other.id, "", "1", personal=secret)


def test_only_an_examiner_invites(services, meeting):
    proctor = capability_of(services, Role.PROCTOR, meeting.id)
    for act in (
        lambda: office.invite(services.office, proctor, [ADA]),
        lambda: office.new_links(services.office, proctor, []),
        lambda: set_state(services.office, proctor, invited_only=True),
    ):
        with pytest.raises(Refused):
            act()


def test_who_is_invited_already_is_not_invited_again(services, meeting, examiner):
    office.invite(services.office, examiner, [ADA])
    known = office.invitations(services.store, meeting.id)
    new = [Guest("Ada L.", "1815"), Guest("Eve"), Guest("eve")]
    assert [one.name for one in office.new_among(known, new)] == ["Eve", "eve"]


def test_no_cell_of_an_export_is_a_formula(services, meeting, examiner):
    made = office.invite(services.office, examiner, [ALAN, ADA])
    rows = list(
        csv.reader(io.StringIO(office.links_csv(made, "https://x/exam?meeting=m").decode()))
    )
    assert rows[1][:2] == ["'=Alan", "'@7"]
    assert rows[2][3].startswith("https://x/exam?meeting=m&personal=")
    listed = office.list_csv([one for one, _ in made], {}).decode("utf-8-sig")
    assert "'=Alan,'@7,,30,expected" in listed


def test_the_log_names_nobody(services, meeting, examiner):
    ((ada, secret),) = office.invite(services.office, examiner, [ADA])
    office.revoke(services.office, examiner, ada)
    log = str(services.store.audit_log(meeting.id))
    assert "asked.invite" in log
    assert "Lovelace" not in log
    assert secret not in log


def test_five_thousand_are_invited_and_no_more(services, meeting, examiner):
    made = office.invite(
        services.office, examiner, [Guest(f"Candidate {n}", str(n)) for n in range(5000)]
    )
    assert len({secret for _, secret in made}) == 5000
    assert len(services.store.invited(meeting.id)) == 5000
    with pytest.raises(Rejected, match="at most 5000"):
        office.invite(services.office, examiner, [ADA])


def test_names_of_who_never_came_go_with_the_others_names(services, meeting, examiner):
    office.invite(services.office, examiner, [ADA])
    policy = retention.Policy.of_days(30, 365)
    soon = meeting.closes_at + timedelta(days=364)
    retention.run(services.store, soon, policy, pytest.fail)
    assert len(office.invitations(services.store, meeting.id)) == 1
    late = meeting.closes_at + timedelta(days=366)
    services.store.hold(meeting.id, "appeal")
    retention.run(services.store, late, policy, pytest.fail)
    assert len(office.invitations(services.store, meeting.id)) == 1
    services.store.hold(meeting.id, "")
    retention.run(services.store, late, policy, pytest.fail)
    assert office.invitations(services.store, meeting.id) == []
    assert list(retention.overdue(services.store, late + timedelta(days=9), policy)) == []


def test_an_erased_candidate_is_invited_no_more(services, meeting, examiner):
    ((ada, secret),) = office.invite(services.office, examiner, [ADA])
    services.join(meeting.id, "", "1", personal=secret)
    services.office.erase(examiner, ada.id, "asked for it")
    assert office.invitations(services.store, meeting.id) == []
    with pytest.raises(NotInvited):
        services.join(meeting.id, "", "1", personal=secret)
    assert datetime.now(UTC) > meeting.created_at

"""All exams of one examiner: by a link, by an account; opened, copied, archived, taken off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from exams import answer_key, paper
from making import make_meeting
from passes import capability_of

from proctoring.access.tokens import MANAGES, Refused, new_secret
from proctoring.office import lists
from proctoring.office.copies import copy_paper, settings_of
from proctoring.office.lists import State
from proctoring.services import Services
from proctoring.settings import Settings
from proctoring.types import Policy, Role
from proctoring.ui.office import matching

HOUR = timedelta(hours=1)


@pytest.fixture
def services(tmp_path):
    services = Services(Settings(data_dir=tmp_path))
    yield services
    services.close()


@pytest.fixture
def owner():
    return lists.owner_of_secret(new_secret())


def listed(services, owner, now=None):
    return lists.listed(services.store, owner, now or datetime.now(UTC))


def test_exams_are_listed_for_their_owner_alone_with_state_and_counts(services, owner):
    now = datetime.now(UTC)
    running = make_meeting(services, title="Running").meeting
    coming = make_meeting(
        services, title="Coming", opens_at=now + HOUR, closes_at=now + 2 * HOUR
    ).meeting
    over = make_meeting(
        services, title="Over", opens_at=now - 3 * HOUR, closes_at=now - HOUR
    ).meeting
    make_meeting(services, title="Somebody else's")
    for one in (over, running, coming):
        lists.put_on(services.store, one.id, owner)
        lists.put_on(services.store, one.id, owner)
    person, _ = services.join(running.id, "Ada", "1")
    services.join(running.id, "Bob", "1")
    services.finish(person.id, "submitted")
    found = listed(services, owner)
    assert [(one.meeting.title, one.state) for one in found] == [
        ("Coming", State.UPCOMING),
        ("Running", State.RUNNING),
        ("Over", State.FINISHED),
    ]
    assert [(one.joined, one.done) for one in found] == [(0, 0), (2, 1), (0, 0)]
    assert listed(services, lists.owner_of_secret("other")) == []
    assert [one.meeting.title for one in matching(found, "RUN", "")] == ["Running"]
    assert [one.meeting.title for one in matching(found, "", State.FINISHED)] == ["Over"]


def test_an_exam_opens_from_its_list_for_half_a_day_and_the_log_tells(services, owner):
    meeting = make_meeting(services).meeting
    lists.put_on(services.store, meeting.id, owner)
    secret = lists.open_exam(services.office, owner, meeting.id)
    bearer = services.admission.by_secret(MANAGES, meeting.id, secret)
    assert bearer is not None
    assert bearer.expires_at is not None
    assert bearer.expires_at - bearer.created_at <= timedelta(hours=12, seconds=1)
    told = [entry.event for entry in services.store.audit_log(meeting.id)]
    assert any(e.action == lists.OPENED and e.subject == bearer.id for e in told)
    assert secret not in str(told)
    assert owner not in str(told)
    other = make_meeting(services).meeting
    with pytest.raises(Refused):
        lists.open_exam(services.office, owner, other.id)


def test_an_exam_that_was_taken_off_opens_by_no_list(services, owner):
    meeting = make_meeting(services).meeting
    account = lists.owner_of_account("Ann@Uni.example")
    assert account == lists.owner_of_account("ann@uni.example")
    for one in (owner, account):
        lists.put_on(services.store, meeting.id, one)
    assert lists.on_lists(services.store, meeting.id) == 2
    examiner = capability_of(services, Role.EXAMINER, meeting.id)
    assert lists.take_off_all(services.office, examiner) == 2
    assert not lists.is_list(services.store, owner)
    with pytest.raises(Refused):
        lists.open_exam(services.office, owner, meeting.id)
    lists.put_on(services.store, meeting.id, owner)
    assert lists.is_list(services.store, owner)


def test_a_list_gets_a_new_link_and_the_old_one_opens_nothing(services, owner):
    meetings = [make_meeting(services).meeting for _ in range(3)]
    for one in meetings:
        lists.put_on(services.store, one.id, owner)
    new = lists.owner_of_secret("new")
    lists.moved(services.store, owner, new)
    assert listed(services, owner) == []
    assert len(listed(services, new)) == 3


def test_archived_exams_step_back_and_come_again(services, owner):
    meeting = make_meeting(services).meeting
    lists.put_on(services.store, meeting.id, owner)
    lists.archive(services.office, owner, meeting.id, archived=True)
    (one,) = listed(services, owner)
    assert one.state is State.ARCHIVED
    assert matching([one], "", "") == []
    lists.archive(services.office, owner, meeting.id, archived=False)
    assert listed(services, owner)[0].state is State.RUNNING
    made = [c for c in services.store.capabilities(meeting.id) if c.expires_at]
    assert len(made) == 2
    assert all(c.revoked_at for c in made), "what was made for it is gone"


def test_wrong_links_of_lists_are_counted(services):
    for _ in range(10):
        assert services.admission.list_owner(new_secret(), lambda _: False, "1.2.3.4") == ""
    with pytest.raises(Exception, match="Too many tries"):
        services.admission.list_owner(new_secret(), lambda _: True, "1.2.3.4")
    assert services.admission.list_owner("right", lambda _: True, "5.6.7.8")


def test_a_copy_has_the_settings_and_the_paper_and_nobody_in_it(services):
    policy = Policy(frozenset({"book"}), thresholds=("no_face.enter_after_s=9",))
    meeting = make_meeting(services, policy=policy, preset="strict", instructions="Read.").meeting
    services.store.save_paper(
        paper(meeting_id=meeting.id, revision=4), answer_key(meeting_id=meeting.id, revision=4)
    )
    services.join(meeting.id, "Ada", "1")
    now = datetime.now(UTC)
    copy = services.create_meeting(
        title="Again", opens_at=now, closes_at=now + HOUR, **settings_of(meeting)
    ).meeting
    assert copy_paper(services.store, meeting.id, copy.id)
    same = ("length_s", "signals", "instructions", "preset", "policy", "journey")
    assert [getattr(copy, name) for name in same] == [getattr(meeting, name) for name in same]
    kept = services.store.paper(copy.id)
    assert kept is not None
    assert kept.revision == 1
    assert services.store.participants(copy.id) == []
    assert not copy_paper(services.store, make_meeting(services).meeting.id, copy.id)

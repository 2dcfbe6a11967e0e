"""What a candidate's answers are taken for, by the server's clock and by their revisions."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from whole_paper import attach_whole, whole

from proctoring.live.sitting import MOST_AHEAD, Sitting
from proctoring.paper import notes
from proctoring.paper.lateness import GRACE_S
from proctoring.paper.outcome import Newer, Refused, Saved, Times, Why
from proctoring.paper.questions import Question

START = datetime.now(UTC)
LENGTH = timedelta(minutes=30)


def later(**length: float) -> datetime:
    return START + timedelta(**length)


@pytest.fixture
def store(services, ada):
    attach_whole(services.store, ada.meeting_id)
    services.store.start(ada.id, START)
    return services.store


class Clock:
    """How the exam stands, as the test says."""

    def __init__(self) -> None:
        self.times = Times(START + LENGTH)

    def __call__(self, *_: object) -> Times:
        return self.times


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def sitting(store, ada, clock):
    return Sitting(store, ada.id, clock)


def kept(store, ada):
    return {
        one.question_id: (one.revision, json.loads(one.content)) for one in store.answers(ada.id)
    }


def test_an_answer_is_kept_and_the_next_one_takes_its_place(sitting, store, ada):
    first = sitting.save("halting", 1, "Because", 0, later(minutes=1))
    assert first == Saved(1, later(minutes=1))
    assert isinstance(sitting.save("halting", 2, "Because of it", 0, later(minutes=2)), Saved)
    assert kept(store, ada) == {"halting": (2, "Because of it")}


def test_what_comes_twice_is_kept_once_and_acknowledged_twice(sitting, store, ada):
    first = sitting.save("halting", 1, "Because", 0, later(minutes=1))
    assert sitting.save("halting", 1, "Because", 0, later(minutes=5)) == first
    assert kept(store, ada) == {"halting": (1, "Because")}


def test_what_another_server_saved_is_not_written_over(sitting, store, ada, clock):
    sitting.save("halting", 1, "here", 0, later(minutes=1))
    Sitting(store, ada.id, clock).save("halting", 2, "there", 0, later(minutes=1))
    told = sitting.save("halting", 1, "here again", 0, later(minutes=1))
    assert told == Newer(2, "there", later(minutes=1))


def test_who_does_not_know_the_newest_cannot_write_over_it(sitting):
    sitting.save("halting", 1, "from the other device", 0, later(minutes=1))
    told = sitting.save("halting", 1, "from this one", 0, later(minutes=2))
    assert told == Newer(1, "from the other device", later(minutes=1))


@pytest.mark.parametrize("revision", [-1, 0, MOST_AHEAD + 1, 2**31 - 1, 2**31, 10**30])
def test_revisions_cannot_be_used_up(sitting, store, ada, revision):
    assert isinstance(sitting.save("halting", revision, "x", 0, later(minutes=1)), Newer)
    assert kept(store, ada) == {}


def test_a_page_that_knows_of_more_than_this_server_is_believed(sitting, store, ada):
    sitting.save("halting", 1, "here", 0, later(minutes=1))
    told = sitting.save("halting", 6, "after four at another server", 0, later(minutes=2))
    assert isinstance(told, Saved)
    assert kept(store, ada) == {"halting": (6, "after four at another server")}


@pytest.mark.parametrize(
    ("question", "value", "why"),
    [
        ("nothing", "x", Why.UNKNOWN),
        ("~opened.quick", {"at": "2000-01-01T00:00:00+00:00", "paused_s": 0}, Why.UNKNOWN),
        ("vector", "no choice", Why.FORM),
        ("vector", ["Velocity"], Why.FORM),
        ("units", "x", Why.FORM),
        ("units", [{}], Why.FORM),
        ("halting", "x" * 501, Why.FORM),
        ("halting", 7, Why.FORM),
        ("light", float("nan"), Why.FORM),
        (notes.MARKED, ["nothing"], Why.FORM),
        (notes.MARKED, "vector", Why.FORM),
        ("quick", "x", Why.NOT_OPENED),
    ],
)
def test_what_is_no_answer_to_a_question_is_refused(sitting, store, ada, question, value, why):
    told = sitting.save(question, 1, value, 0, later(minutes=1))
    assert isinstance(told, Refused)
    assert told.why is why
    assert kept(store, ada) == {}


def test_marks_for_later_are_kept_with_the_answers(sitting, store, ada):
    assert isinstance(sitting.save(notes.MARKED, 1, ["vector"], 0, later(minutes=1)), Saved)
    assert kept(store, ada) == {notes.MARKED: (1, ["vector"])}
    assert [one.question_id for one in sitting.answers()] == [notes.MARKED]


def test_advice_comes_with_a_number_that_cannot_be_read(sitting):
    told = sitting.save("light", 1, "quite fast", 0, later(minutes=1))
    assert isinstance(told, Saved)
    assert "no number" in told.advice


# --- time --------------------------------------------------------------------------------


def test_what_was_answered_in_time_may_come_a_little_late(sitting):
    now = START + LENGTH + timedelta(seconds=GRACE_S - 1)
    assert isinstance(sitting.save("halting", 1, "in time", GRACE_S, now), Saved)


@pytest.mark.parametrize(
    ("after_s", "age_s"), [(1, 0), (GRACE_S - 1, GRACE_S - 5), (GRACE_S + 1, 3600), (1, -50)]
)
def test_what_was_answered_late_or_comes_very_late_is_not_taken(
    sitting, store, ada, after_s, age_s
):
    now = START + LENGTH + timedelta(seconds=after_s)
    told = sitting.save("halting", 1, "late", age_s, now)
    assert isinstance(told, Refused)
    assert (told.why, told.late_s) == (Why.LATE, after_s)
    assert kept(store, ada) == {}


def test_a_late_answer_that_is_kept_already_is_acknowledged_all_the_same(sitting):
    first = sitting.save("halting", 1, "in time", 0, later(minutes=29))
    assert sitting.save("halting", 1, "in time", 9999, later(minutes=40)) == first


def test_after_finishing_nothing_is_taken_not_even_in_the_grace(sitting, store, ada):
    store.finish(ada.id, later(minutes=10), "submitted")
    told = sitting.save("halting", 1, "more", 5, later(minutes=10, seconds=2))
    assert isinstance(told, Refused)
    assert told.why is Why.FINISHED
    assert sitting.state(later(minutes=11)).stage == "finished"


def test_who_was_ended_by_somebody_else_keeps_what_was_on_its_way(sitting, store, ada):
    store.finish(ada.id, later(minutes=10), "ended by the proctor")
    now = later(minutes=10, seconds=5)
    assert isinstance(sitting.save("halting", 1, "before", 6, now), Saved)
    told = sitting.save("total", 1, "after", 1, now)
    assert isinstance(told, Refused)
    assert told.why is Why.LATE


def test_before_the_beginning_there_is_nothing_to_see_or_to_answer(services, meeting, clock):
    attach_whole(services.store, meeting.id)
    grace = services.join(meeting.id, "Grace", "v1")[0]
    sitting = Sitting(services.store, grace.id, clock)
    assert sitting.state(START).stage == "waiting"
    told = sitting.save("halting", 1, "x", 0, START)
    assert isinstance(told, Refused)
    assert told.why is Why.NOT_BEGUN
    assert isinstance(sitting.open("quick", START), Refused)


def test_the_papers_own_time_ends_it_before_the_exam(services, ada, clock):
    text = "minutes: 5\nquestions:\n  - {kind: long, id: halting, question: Why}\n"
    attach_whole(services.store, ada.meeting_id, text)
    services.store.start(ada.id, START)
    sitting = Sitting(services.store, ada.id, clock)
    state = sitting.state(later(minutes=1))
    assert (state.stage, state.ends_at, state.is_shorter) == ("running", later(minutes=5), True)
    assert sitting.state(later(minutes=6)).stage == "over"
    assert isinstance(sitting.save("halting", 1, "x", 0, later(minutes=6)), Refused)
    clock.times = replace(clock.times, extra_s=120.0, paused_s=60.0)
    assert isinstance(sitting.save("halting", 1, "x", 0, later(minutes=7)), Saved)


def test_in_a_pause_nothing_new_is_taken_and_what_was_on_its_way_is(sitting, clock):
    clock.times = replace(clock.times, paused_at=later(minutes=5), pause_reason="Fire alarm.")
    state = sitting.state(later(minutes=6))
    assert (state.stage, state.reason) == ("paused", "Fire alarm.")
    told = sitting.save("halting", 1, "in the pause", 0, later(minutes=6))
    assert isinstance(told, Refused)
    assert told.why is Why.PAUSED
    assert isinstance(sitting.save("halting", 1, "before", 61, later(minutes=6)), Saved)
    assert isinstance(sitting.open("quick", later(minutes=6)), Refused)


def test_a_question_with_a_time_of_its_own_runs_from_when_it_is_first_opened(sitting, clock):
    opened = sitting.open("quick", later(minutes=2))
    assert isinstance(opened, Question)
    sitting.open("quick", later(minutes=2, seconds=50))
    ends_at = later(minutes=3)
    assert sitting.state(later(minutes=2)).questions == {"quick": ends_at}
    assert isinstance(sitting.save("quick", 1, "yes", 0, later(minutes=2, seconds=59)), Saved)
    told = sitting.save("quick", 2, "no", 0, later(minutes=3, seconds=30))
    assert isinstance(told, Refused)
    assert (told.why, told.late_s) == (Why.QUESTION_OVER, 30)
    assert isinstance(sitting.save("quick", 2, "no", 31, later(minutes=3, seconds=30)), Saved)


def test_the_time_of_a_question_survives_the_server(sitting, store, ada, clock):
    sitting.open("quick", later(minutes=2))
    again = Sitting(store, ada.id, clock)
    assert again.paper()[2] == {"quick"}
    assert again.state(later(minutes=4)).questions == {"quick": later(minutes=3)}


def test_a_pause_and_extra_time_lengthen_the_time_of_a_question(sitting, clock):
    sitting.open("quick", later(minutes=2))
    clock.times = replace(clock.times, paused_s=30.0, extra_s=LENGTH.total_seconds() / 2)
    # Half as much again of its minute, and the pause.
    ends_at = later(minutes=2) + timedelta(seconds=90 + 30)
    assert sitting.state(later(minutes=2)).questions == {"quick": ends_at}


# --- the paper ---------------------------------------------------------------------------


def test_the_order_is_the_candidates_own_and_the_same_on_another_device(
    services, store, sitting, meeting, ada, clock
):
    again = Sitting(store, ada.id, clock)
    assert again.paper() == sitting.paper()
    orders = set()
    for name in "abcdefgh":
        other = services.join(meeting.id, name, "v1")[0]
        _, questions, _ = Sitting(store, other.id, clock).paper()
        orders.add(tuple(one.id for one in questions))
    assert len(orders) > 1
    assert {frozenset(order) for order in orders} == {
        frozenset(one.id for one in whole().questions)
    }


def test_another_revision_is_taken_while_the_exam_runs(sitting, store, ada):
    sitting.save("halting", 1, "kept", 0, later(minutes=1))
    attach_whole(store, ada.meeting_id, "questions:\n  - {kind: long, id: halting, question: Oh}\n")
    assert sitting.state(later(minutes=2)).revision == 2
    assert [one.id for one in sitting.paper()[1]] == ["halting"]
    assert isinstance(sitting.save("halting", 2, "more", 0, later(minutes=2)), Saved)
    told = sitting.save("vector", 1, None, 0, later(minutes=2))
    assert isinstance(told, Refused)
    assert told.why is Why.UNKNOWN


def test_after_erasure_nothing_is_kept(sitting, store, ada):
    store.erase(ada.id, later(minutes=3))
    told = sitting.save("halting", 1, "x", 0, later(minutes=4))
    assert isinstance(told, Refused)
    assert told.why is Why.ERASED

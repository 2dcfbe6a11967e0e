"""What a proctor is shown first: urgency, the budget, what is left for the review, whom to look at.

With incidents made up at random, because it has to hold for all of them.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import at, occurrence

from proctoring import cards
from proctoring.attention import (
    BUDGET,
    BUSY,
    DONE,
    GRAVITY,
    PAST,
    UNKNOWN_PRECISION,
    WINDOW,
    attention,
    precision,
    to_be_looked_at,
)
from proctoring.types import Category, Incident, Severity

NOW_S = 3600.0
KINDS = ("multiple_faces", "phone_seen", "whisper", "no_face")


def incident(opened_s: float, **changes: object) -> Incident:
    return Incident((occurrence(opened_s, **changes),))  # type: ignore[arg-type]


@st.composite
def incidents(draw: st.DrawFn) -> list[Incident]:
    found = []
    for number in range(draw(st.integers(0, 40))):
        opened = draw(st.floats(0, NOW_S - 1))
        closed = draw(st.one_of(st.none(), st.floats(opened, NOW_S)))
        found.append(
            incident(
                opened,
                id=f"i{number}",
                participant_id=f"p{draw(st.integers(0, 9))}",
                kind=draw(st.sampled_from(KINDS)),
                severity=draw(st.sampled_from(Severity)),
                category=draw(st.sampled_from(Category)),
                closed_at=None if closed is None else at(closed),
            )
        )
    return found


@st.composite
def meetings(draw: st.DrawFn) -> tuple[list[Incident], dict[str, object]]:
    known = draw(incidents())
    ids = [one.id for one in known]
    decided = draw(st.dictionaries(st.sampled_from(ids or ["-"]), st.floats(0, NOW_S), max_size=20))
    return known, {
        "decided": {one: at(s) for one, s in decided.items()},
        "finished": frozenset(draw(st.sets(st.sampled_from([f"p{n}" for n in range(10)])))),
        "proctors": draw(st.integers(0, 3)),
        "budget": draw(st.integers(1, 15)),
    }


def of(found: tuple[list[Incident], dict[str, object]], known: list[Incident] | None = None):  # type: ignore[no-untyped-def]
    return attention(known or found[0], now=at(NOW_S), **found[1])  # type: ignore[arg-type]


# --- for all of them -------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(meetings())
def test_whatever_nobody_decided_is_in_the_queue_or_left_for_the_review_and_once(found) -> None:  # type: ignore[no-untyped-def]
    known, given_ = found
    shown = of(found)
    ids = [one.incident.id for one in (*shown.queue, *shown.left)]
    wanted = {
        i.id
        for i in known
        if i.category is Category.CONDUCT
        and not (i.id in given_["decided"] and i.opened_at <= given_["decided"][i.id])
    }
    assert sorted(ids) == sorted(wanted)


@settings(max_examples=150, deadline=None)
@given(meetings())
def test_the_budget_is_never_exceeded_and_never_left_unused(found) -> None:  # type: ignore[no-untyped-def]
    shown = of(found)
    assert shown.budget == found[1]["budget"] * max(1, found[1]["proctors"])
    assert len(shown.queue) <= max(0, shown.budget - shown.decided)
    if any(one.why == BUSY for one in shown.left):
        assert len(shown.queue) == max(0, shown.budget - shown.decided)


@settings(max_examples=150, deadline=None)
@given(meetings())
def test_the_queue_is_in_order_of_urgency_and_nothing_left_for_want_of_room_was_more_urgent(
    found,  # type: ignore[no-untyped-def]
) -> None:
    shown = of(found)
    urgency = [one.urgency for one in shown.queue]
    assert urgency == sorted(urgency, reverse=True)
    roomy = attention(found[0], now=at(NOW_S), **found[1] | {"budget": 1000})
    whole = [one.incident.id for one in roomy.queue]
    assert [one.incident.id for one in shown.queue] == whole[: len(shown.queue)]


@settings(max_examples=100, deadline=None)
@given(meetings(), st.randoms(use_true_random=False))
def test_every_desk_has_the_same_order_however_the_records_came(found, chance) -> None:  # type: ignore[no-untyped-def]
    mixed = list(found[0])
    chance.shuffle(mixed)
    assert of(found, mixed) == of(found)


@given(st.sampled_from(KINDS), st.floats(0, 3000), st.floats(1, 500))
def test_who_waits_longer_and_what_is_graver_comes_first(
    kind: str, waited: float, more: float
) -> None:
    older = incident(NOW_S - waited - more, id="b", participant_id="p", kind=kind)
    newer = incident(NOW_S - waited, id="a", participant_id="q", kind=kind)
    info = replace(newer.first, id="c", participant_id="r", severity=Severity.INFO)
    shown = attention([Incident((info,)), newer, older], {}, at(NOW_S))
    assert [one.incident.id for one in shown.queue] == ["b", "a", "c"]


# --- by hand ---------------------------------------------------------------------------------


def test_an_alert_takes_the_place_of_what_can_wait_and_that_is_left_for_the_review() -> None:
    small = [
        incident(NOW_S - 30 - n, id=f"s{n}", participant_id=f"p{n}", severity=Severity.INFO)
        for n in range(BUDGET)
    ]
    assert not attention(small, {}, at(NOW_S)).left
    grave = incident(NOW_S, id="grave", participant_id="q", severity=Severity.ALERT)
    shown = attention([*small, grave], {}, at(NOW_S))
    assert shown.queue[0].incident.id == "grave"
    assert [(one.incident.id, one.why) for one in shown.left] == [("s0", BUSY)]


def test_two_proctors_have_room_for_twice_as_much() -> None:
    many = [incident(NOW_S - n, id=f"i{n}", participant_id=f"p{n}") for n in range(30)]
    assert len(attention(many, {}, at(NOW_S)).queue) == BUDGET
    assert len(attention(many, {}, at(NOW_S), proctors=2).queue) == 2 * BUDGET


def test_what_was_decided_uses_the_budget_for_ten_minutes() -> None:
    many = [incident(0, id=f"i{n}", participant_id=f"p{n}") for n in range(30)]
    decided = {f"i{n}": at(NOW_S) for n in range(5)}
    assert len(attention(many, decided, at(NOW_S)).queue) == BUDGET - 5
    later = at(NOW_S) + WINDOW
    assert len(attention(many, decided, later).queue) == BUDGET


def test_what_recurs_after_it_was_decided_comes_back_and_counts_less() -> None:
    first = occurrence(NOW_S - 300, id="i", closed_at=at(NOW_S - 290))
    again = occurrence(NOW_S - 60, id="j")
    decided = {"i": at(NOW_S - 200)}
    assert not attention([Incident((first,))], decided, at(NOW_S)).queue
    (back,) = attention([Incident((first, again))], decided, at(NOW_S)).queue
    assert (back.novelty, back.waited_s) == (0.5, 60.0)


def test_what_has_been_over_for_long_is_left_for_the_review_and_so_is_a_finished_exam() -> None:
    past = incident(0, id="past", participant_id="p", closed_at=at(NOW_S) - WINDOW)
    lasts = incident(0, id="lasts", participant_id="p")
    done = incident(NOW_S - 5, id="done", participant_id="q")
    shown = attention([past, lasts, done], {}, at(NOW_S), finished=frozenset({"q"}))
    assert [one.incident.id for one in shown.queue] == ["lasts"]
    assert [(one.incident.id, one.why) for one in shown.left] == [("done", DONE), ("past", PAST)]


def test_technical_trouble_is_no_matter_of_the_queue() -> None:
    lost = incident(NOW_S, category=Category.TECHNICAL)
    assert not attention([lost], {}, at(NOW_S)).queue


def test_precision_is_measured_and_few_cases_say_little() -> None:
    assert precision("no such kind") == UNKNOWN_PRECISION
    for kind in cards.all_cards():
        assert 0 < precision(kind) < 1, kind
    faces = cards.all_cards()["multiple_faces"].rows[0]
    hit = (faces.found + 1) / (faces.n_positive + 2)
    wrong = (faces.false + 1) / (faces.n_negative + 2)
    assert precision("multiple_faces") == pytest.approx(hit / (hit + wrong))


# --- an hour of forty candidates --------------------------------------------------------------


def test_in_an_hour_of_forty_nobody_starves_and_the_gravest_is_first_at_once() -> None:
    """Two proctors who need 20 s for each incident; 90 incidents, six of them grave."""
    chance = random.Random(7)
    made = [
        occurrence(
            s := chance.uniform(0, 3000),
            id=f"i{n}",
            participant_id=f"p{chance.randrange(40)}",
            kind="different_person" if n % 15 == 0 else chance.choice(KINDS),
            severity=Severity.ALERT if n % 15 == 0 else Severity.INFO,
            closed_at=at(s + chance.uniform(5, 60)),
        )
        for n in range(90)
    ]
    decided = {}
    for second in range(0, 3600, 10):
        so_far = [Incident((one,)) for one in made if one.opened_at <= at(second)]
        shown = attention(so_far, decided, at(second), proctors=2)
        assert len(shown.queue) + shown.decided <= shown.budget
        fresh = {
            i.id
            for i in so_far
            if i.first.severity is Severity.ALERT
            and at(second) - i.opened_at < timedelta(seconds=10)
        }
        waiting = [one.incident.id for one in shown.queue]
        for one in fresh - decided.keys():
            assert waiting.index(one) < len(GRAVITY), "a grave one waits behind others"
        for one in waiting[: 1 if second % 20 else 0]:
            decided[one] = at(second)
    left = {
        one.incident.id for one in attention([Incident((o,)) for o in made], decided, at(3600)).left
    }
    assert decided.keys() | left == {one.id for one in made}
    assert {f"i{n}" for n in range(0, 90, 15)} <= decided.keys()


def test_who_was_not_looked_at_for_too_long_is_named_the_longest_first() -> None:
    looked = {"a": at(0), "b": at(3000), "c": at(100), "d": at(NOW_S)}
    due = to_be_looked_at(looked, at(NOW_S), timedelta(minutes=15))
    assert due == [("a", 3600.0), ("c", 3500.0)]
    assert to_be_looked_at({}, at(0), timedelta(minutes=15)) == []

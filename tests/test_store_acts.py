"""What every store promises of what people do about one candidate's exam."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from exams import act
from making import at
from stores import add_people, at_once, meeting, participant, store

from proctoring.audit import events
from proctoring.store import Rejected, Store, Unknown
from proctoring.store.contents import (
    LONGEST_ACT,
    LONGEST_ACT_ID,
    LONGEST_ACT_KIND,
    LONGEST_SEALED_ACT,
)
from proctoring.types import Act, Journey

__all__ = ["store"]  # the fixture

JOURNEYS = [
    Journey(),
    Journey("https://lms.example/q?x=1&y=ü"),
    Journey(legal_basis="Art. 6 (1) e\n\ue000 \x00", needs_letting_in=True),
    Journey(check_in=frozenset({"identity", "card", "voice"}), full_screen=True),
    Journey(needs_letting_in=True),
]


# --- how candidates come in ----------------------------------------------------------------


@pytest.mark.parametrize("journey", JOURNEYS)
def test_a_journey_comes_back(store: Store, journey: Journey) -> None:
    given = meeting(id="n", journey=journey)
    store.add_meeting(given)
    store.add_meeting(given)
    assert store.meeting("n") == store.meetings()[-1] == given


def test_another_journey_makes_another_meeting(store: Store) -> None:
    with pytest.raises(Rejected):
        store.add_meeting(meeting(journey=Journey()))


def test_a_journey_that_is_too_long_is_rejected(store: Store) -> None:
    with pytest.raises(Rejected):
        store.add_meeting(meeting(id="n", journey=Journey(legal_basis="x" * 40_000)))


def test_a_journey_is_proved_by_the_log() -> None:
    details = {events.kept(meeting(journey=journey))[0].detail for journey in JOURNEYS}
    assert len(details) == len(JOURNEYS)


# --- acts ----------------------------------------------------------------------------------


def test_acts_come_back_by_time_and_then_by_id(store: Store) -> None:
    assert store.acts("p") == []
    given = [act(3), act(1), act(2, id="b", at=at(5)), act(4, id="a", at=at(5))]
    for one in given:
        store.save_act(one)
    assert store.acts("p") == [given[1], given[0], given[3], given[2]]


def test_saving_an_act_again_changes_nothing(store: Store) -> None:
    for _ in range(3):
        store.save_act(act())
    assert store.acts("p") == [act()]
    assert len(store.act_feed("m").acts) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"content": '{"text": "other"}'},
        {"at": at(9)},
        {"kind": "pause"},
        {"actor": "x"},
        {"role": "examiner"},
        {"participant_id": "q"},
    ],
)
def test_another_act_of_the_same_id_is_rejected(store: Store, changes: dict[str, object]) -> None:
    store.add_participant(participant(id="q", name="Bob"))
    store.save_act(act())
    with pytest.raises(Rejected):
        store.save_act(replace(act(), **changes))  # type: ignore[arg-type]
    assert (store.acts("p"), store.acts("q")) == ([act()], [])


@pytest.mark.parametrize(
    "changes",
    [
        {"id": ""},
        {"id": "x" * (LONGEST_ACT_ID + 1)},
        {"actor": ""},
        {"kind": ""},
        {"kind": "x" * (LONGEST_ACT_KIND + 1)},
        {"role": "boss"},
        {"role": ""},
        {"content": json.dumps({"text": "x" * LONGEST_SEALED_ACT})},
        {"content": '{"text": "\ud800"}'},
    ],
)
def test_an_act_that_is_none_is_rejected(store: Store, changes: dict[str, object]) -> None:
    with pytest.raises(Rejected):
        store.save_act(replace(act(), **changes))  # type: ignore[arg-type]
    assert store.acts("p") == []


@pytest.mark.parametrize(
    "changes",
    [
        {"content": json.dumps({"text": "x" * (LONGEST_ACT - 12)})},
        {"content": '{"text": "sealed: \ue000 👋\\u0000"}'},
        {"id": "é" * (LONGEST_ACT_ID // 2)},
        {"id": "\x00" * LONGEST_ACT_ID},
        {"kind": "x" * LONGEST_ACT_KIND},
        {"role": "server", "actor": "server"},
    ],
)
def test_one_that_is_as_long_as_may_be_comes_back(store: Store, changes: dict[str, object]) -> None:
    given = replace(act(), **changes)  # type: ignore[arg-type]
    store.save_act(given)
    assert store.acts("p") == list(store.act_feed("m").acts) == [given]


def test_acts_of_nobody_are_unknown(store: Store) -> None:
    for ask in (
        lambda: store.acts("x"),
        lambda: store.act_feed("x"),
        lambda: store.save_act(act(participant_id="x")),
    ):
        with pytest.raises(Unknown):
            ask()


# --- the feed ------------------------------------------------------------------------------


def test_the_feed_gives_what_came_after_in_the_order_of_arrival(store: Store) -> None:
    add_people(store, "n", "of n")
    store.add_participant(participant(id="q", name="Bob"))
    assert store.act_feed("m").acts == ()
    first, late = act(5), act(1, participant_id="q")
    store.save_act(first)
    store.save_act(act(2, participant_id="of n"))
    begun = store.act_feed("m")
    assert begun.acts == (first,)
    store.save_act(late)
    more = store.act_feed("m", begun.revision)
    assert more.acts == (late,)
    assert store.act_feed("m", more.revision).acts == ()
    assert store.act_feed("m").acts == (first, late)
    assert [one.id for one in store.act_feed("n").acts] == ["act 2"]


def test_a_feed_from_beyond_begins_anew(store: Store) -> None:
    store.save_act(act())
    beyond = store.act_feed("m").revision + 1000
    assert store.act_feed("m", beyond).acts == (act(),)


def test_whoever_follows_the_feed_misses_nothing_of_many_that_save_at_once(store: Store) -> None:
    store.add_participant(participant(id="q", name="Bob"))
    given = [act(n, participant_id=random.choice("pq")) for n in range(40)]
    seen: list[Act] = []

    def save(first: int) -> None:
        for one in given[first::4]:
            store.save_act(one)

    def follow() -> None:
        after = 0
        while len(seen) < len(given):
            feed = store.act_feed("m", after)
            seen.extend(feed.acts)
            after = feed.revision

    at_once(follow, *(lambda first=first: save(first) for first in range(4)))
    assert sorted(one.id for one in seen) == sorted(one.id for one in given)


# --- the end -------------------------------------------------------------------------------


def test_erasing_destroys_the_acts_and_takes_no_more(store: Store) -> None:
    store.add_participant(participant(id="q", name="Bob"))
    other = act(2, participant_id="q")
    for one in (other, act()):
        store.save_act(one)
    revision = store.act_feed("m").revision
    store.erase("p", at(100))
    for again in (act(), act(3)):
        with pytest.raises(Rejected, match="erased"):
            store.save_act(again)
    assert store.acts("p") == []
    assert store.acts("q") == [other]
    newest = act(4, participant_id="q")
    store.save_act(newest)
    assert store.act_feed("m", revision).acts[-1:] == (newest,)


def test_what_is_done_while_it_is_erased_is_gone(store: Store) -> None:
    def save() -> None:
        for number in range(1, 20):
            try:
                store.save_act(act(number))
            except Rejected:
                return

    at_once(save, lambda: store.erase("p", at(100)))
    assert store.acts("p") == []

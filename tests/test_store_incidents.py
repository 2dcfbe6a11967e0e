"""What every store promises of occurrences, incidents and the feed."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from making import at, occurrence
from stores import add_people, at_once, evidence, participant, store

from proctoring.folding import FOLD, fold
from proctoring.ids import new_id
from proctoring.store import Rejected, Store, Unknown
from proctoring.types import Incident, Notice, Occurrence

__all__ = ["store"]  # the fixture


# --- incidents -----------------------------------------------------------------------------


def test_an_occurrence_comes_back_as_it_was_given(store: Store) -> None:
    given_ = occurrence(0.000001, summary="2 façes", value=2.1, closed_at=at(5), last_seen_at=at(4))
    incident_id = store.save_occurrence(given_)
    assert incident_id == given_.id
    assert store.incident(incident_id).occurrences == (given_,)


def test_occurrences_of_ten_minutes_are_one_incident(store: Store) -> None:
    first, last, next_ = (occurrence(s) for s in (0, FOLD.total_seconds() - 1e-6, 600))
    assert store.save_occurrence(first) == first.id
    assert store.save_occurrence(last) == first.id
    assert store.save_occurrence(next_) == next_.id
    assert [i.occurrences for i in store.feed("m").incidents] == [(first, last), (next_,)]


def test_kinds_and_candidates_do_not_fold_together(store: Store) -> None:
    store.add_participant(participant(id="q"))
    for changes in ({}, {"kind": "no_face"}, {"participant_id": "q"}):
        store.save_occurrence(occurrence(0, **changes))
    assert [i.count for i in store.feed("m").incidents] == [1, 1, 1]


def test_a_newer_state_replaces_an_older_one(store: Store) -> None:
    opened = occurrence(0)
    worse = replace(opened, last_seen_at=at(5), value=3.0, summary="3 faces")
    closed = replace(worse, last_seen_at=at(6), closed_at=at(8))
    for state in (opened, worse, closed):
        store.save_occurrence(state)
        assert store.incident(opened.id).occurrences == (state,)


def test_an_older_state_never_undoes_a_newer_one(store: Store) -> None:
    opened = occurrence(0)
    worse = replace(opened, last_seen_at=at(5), value=3.0)
    closed = replace(worse, closed_at=at(5))
    for state in (closed, worse, opened):
        store.save_occurrence(state)
    assert store.incident(opened.id).occurrences == (closed,)


def test_an_id_is_of_one_occurrence(store: Store) -> None:
    given_ = occurrence(0)
    store.save_occurrence(given_)
    for other in (replace(given_, kind="no_face"), replace(given_, opened_at=at(-1))):
        with pytest.raises(Rejected):
            store.save_occurrence(other)
    assert store.incident(given_.id).occurrences == (given_,)


@pytest.mark.parametrize(
    "changes",
    [
        {"value": float("nan")},
        {"weight": 1.5},
        {"kind": ""},
        {"last_seen_at": at(-1)},
        {"closed_at": at(-1)},
        {"summary": "\udfff"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_an_occurrence_that_cannot_be_is_rejected(store: Store, changes: dict[str, Any]) -> None:
    with pytest.raises(Rejected):
        store.save_occurrence(occurrence(0, **changes))
    assert store.feed("m").incidents == ()


def test_the_feed_gives_what_changed_and_all_of_it(store: Store) -> None:
    one, two = occurrence(0), occurrence(1, kind="no_face")
    store.save_occurrence(one)
    store.save_occurrence(two)
    feed = store.feed("m")
    assert [i.first for i in feed.incidents] == [one, two]
    assert store.feed("m", feed.revision).incidents == ()

    again = occurrence(60)
    store.save_occurrence(again)
    feed = store.feed("m", feed.revision)
    assert [i.occurrences for i in feed.incidents] == [(one, again)]

    store.save_evidence(evidence(two.id))
    feed = store.feed("m", feed.revision)
    assert [i.first for i in feed.incidents] == [two]

    store.save_notice(Notice(again.id, at(61)))
    feed = store.feed("m", feed.revision)
    assert [i.first for i in feed.incidents] == [one]


def test_the_feed_is_in_the_order_of_arrival(store: Store) -> None:
    late, early = occurrence(5000), occurrence(100, kind="no_face")
    store.save_occurrence(late)
    store.save_occurrence(early)
    store.save_occurrence(replace(late, last_seen_at=at(5001)))
    assert [i.id for i in store.feed("m").incidents] == [late.id, early.id]


def test_saving_again_what_is_saved_is_no_change(store: Store) -> None:
    given_ = occurrence(0)
    picture, notice = evidence(given_.id), Notice(given_.id, at(1))
    store.save_occurrence(given_)
    store.save_evidence(picture)
    store.save_notice(notice)
    before = store.feed("m")
    assert store.save_occurrence(given_) == given_.id
    store.save_evidence(picture)
    store.save_notice(notice)
    assert store.feed("m", before.revision).incidents == ()
    assert store.feed("m") == before


def test_the_feed_can_be_of_one_participant(store: Store) -> None:
    store.add_participant(participant(id="q"))
    store.save_occurrence(occurrence(0))
    mine = occurrence(0, participant_id="q")
    store.save_occurrence(mine)
    feed = store.feed("m", participant_id="q")
    assert [i.first for i in feed.incidents] == [mine]
    assert store.feed("m", feed.revision, "q").incidents == ()


def test_the_feed_of_a_meeting_shows_no_other_meeting(store: Store) -> None:
    add_people(store, "n", "q")
    store.save_occurrence(occurrence(0))
    assert store.feed("n").incidents == ()
    with pytest.raises(Unknown):
        store.feed("n", participant_id="p")


def test_a_revision_that_was_never_given_starts_the_feed_anew(store: Store) -> None:
    store.save_occurrence(occurrence(0))
    assert len(store.feed("m", after=1_000_000).incidents) == 1


def test_open_occurrences_are_those_that_last(store: Store) -> None:
    open_, closed = occurrence(5), occurrence(0, closed_at=at(1))
    store.save_occurrence(open_)
    store.save_occurrence(closed)
    assert store.open_occurrences("p") == [open_]


def test_an_occurrence_that_comes_late_takes_its_place(store: Store) -> None:
    """09:55 arrives after 10:00 and 10:08: what it begins takes in 10:00, and 10:08 is alone."""
    first, second = occurrence(600), occurrence(1080)
    store.save_occurrence(first)
    store.save_occurrence(second)
    seen = store.feed("m").revision
    late = occurrence(300)
    assert store.save_occurrence(late) == late.id
    changed = store.feed("m", seen).incidents
    assert [i.occurrences for i in changed] == [(second,), (late, first)]
    assert store.incident(first.id).id == late.id, "a link to what was an incident still works"


# --- whatever comes, in whatever order -----------------------------------------------------


@st.composite
def savings(draw: st.DrawFn) -> list[Occurrence]:
    """Occurrences of two candidates and kinds, in up to three states each, in any order."""
    states: list[Occurrence] = []
    for _ in range(draw(st.integers(1, 12))):
        opened_s = draw(st.sampled_from([0, 1, 300, 599, 600, 601, 900, 1199, 1200, 1500, 2400]))
        opened = occurrence(
            opened_s,
            participant_id=draw(st.sampled_from("pq")),
            kind=draw(st.sampled_from(["multiple_faces", "no_face"])),
        )
        worse = replace(opened, last_seen_at=at(opened_s + 5), value=3.0, summary="3 faces")
        closed = replace(worse, closed_at=at(opened_s + 9))
        states += (opened, worse, closed)[: draw(st.integers(1, 3))]
    repeated = draw(st.lists(st.sampled_from(states), max_size=6))
    return draw(st.permutations(states + repeated))


def in_own_meeting(store: Store, saving: list[Occurrence]) -> tuple[str, list[Occurrence]]:
    """The same, in a meeting of their own: the examples of a test share one store."""
    own = {name: new_id() for name in "mpq"}
    add_people(store, own["m"], own["p"], own["q"])
    return own["m"], [
        replace(
            state,
            id=own["m"] + state.id,
            meeting_id=own["m"],
            participant_id=own[state.participant_id],
        )
        for state in saving
    ]


SEVERAL = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@SEVERAL
@given(savings())
def test_what_is_stored_is_the_fold_in_whatever_order(
    store: Store, saving: list[Occurrence]
) -> None:
    meeting_id, saving = in_own_meeting(store, saving)
    for state in saving:
        store.save_occurrence(state)
    saving.sort(key=lambda state: (state.last_seen_at, state.closed_at is not None))
    newest = {state.id: state for state in saving}
    expected = fold(newest.values())
    assert by_id(store.feed(meeting_id).incidents) == by_id(expected)
    for incident in expected:
        for member in incident.occurrences:
            assert store.incident(member.id) == incident


@SEVERAL
@given(savings())
def test_saved_in_the_order_of_opening_the_feed_is_the_fold(
    store: Store, saving: list[Occurrence]
) -> None:
    meeting_id, saving = in_own_meeting(store, saving)
    once = list({state.id: state for state in saving}.values())
    for state in sorted(once, key=lambda state: (state.opened_at, state.id)):
        store.save_occurrence(state)
    assert list(store.feed(meeting_id).incidents) == fold(once)


@SEVERAL
@given(savings(), st.data())
def test_a_reader_who_follows_the_feed_ends_with_the_whole(
    store: Store, saving: list[Occurrence], data: st.DataObject
) -> None:
    """An incident takes the place of every entry whose id is one of its occurrences."""
    meeting_id, saving = in_own_meeting(store, saving)
    known: dict[str, Incident] = {}
    revision = 0
    for i, state in enumerate(saving):
        store.save_occurrence(state)
        if i == len(saving) - 1 or data.draw(st.booleans(), "does the reader look now?"):
            feed = store.feed(meeting_id, revision)
            revision = feed.revision
            for incident in feed.incidents:
                for member in incident.occurrences:
                    known.pop(member.id, None)
                known[incident.id] = incident
    assert known == by_id(store.feed(meeting_id).incidents)


def by_id(incidents: Any) -> dict[str, Incident]:
    return {incident.id: incident for incident in incidents}


def test_many_threads_make_one_incident_and_lose_nothing(store: Store) -> None:
    opened_s = list(range(80))  # all within ten minutes
    jobs = [
        lambda part=part: [store.save_occurrence(occurrence(s)) for s in part]
        for part in (opened_s[i::8] for i in range(8))
    ]
    at_once(*jobs)
    (incident,) = store.feed("m").incidents
    assert [o.opened_at for o in incident.occurrences] == [at(s) for s in opened_s]


def test_a_reader_among_writers_always_sees_the_fold(store: Store) -> None:
    done = threading.Event()

    def write() -> None:
        try:
            for i in range(60):
                store.save_occurrence(occurrence(600 - 10 * i if i % 2 else 600 + 10 * i))
        finally:
            done.set()

    def read() -> None:
        while not done.is_set():
            incidents = store.feed("m").incidents
            folded = fold(member for incident in incidents for member in incident.occurrences)
            assert by_id(incidents) == by_id(folded)

    at_once(write, read, read)

"""What every store promises of papers, answer keys, answers and the list of staff."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from exams import answer, answer_key, paper, staff
from making import at
from stores import add_people, at_once, participant, store

from proctoring.store import Rejected, Store, Unknown
from proctoring.store.contents import (
    HIGHEST_REVISION,
    LONGEST_ANSWER,
    LONGEST_PAPER,
    LONGEST_QUESTION_ID,
    LONGEST_SEALED_ANSWER,
)
from proctoring.types import StaffRole

__all__ = ["store"]  # the fixture


def object_of(size: int) -> str:
    """JSON of so many bytes."""
    return json.dumps({"": "x" * (size - 8)})


# --- papers and answer keys ----------------------------------------------------------------


def test_a_paper_and_its_key_come_back_as_they_were_given(store: Store) -> None:
    assert store.paper("m") is None
    assert store.answer_key("m") is None
    store.save_paper(paper(), answer_key())
    assert store.paper("m") == paper()
    assert store.answer_key("m") == answer_key()


def test_what_is_newer_than_a_revision_is_asked_for_by_it(store: Store) -> None:
    store.save_paper(paper(4), answer_key(4))
    assert store.paper("m", after=3) == paper(4)
    assert store.paper("m", after=4) is None
    assert store.answer_key("m", after=3) == answer_key(4)
    assert store.answer_key("m", after=4) is None


def test_a_higher_revision_takes_the_place_of_both(store: Store) -> None:
    store.save_paper(paper(1), answer_key(1))
    store.save_paper(paper(3, '{"a": 1}'), answer_key(3, '{"b": 2}'))
    assert store.paper("m") == paper(3, '{"a": 1}')
    assert store.answer_key("m") == answer_key(3, '{"b": 2}')


@pytest.mark.parametrize(
    ("given", "key"),
    [
        (paper(2, "{}"), answer_key(2)),
        (paper(2), answer_key(2, "{}")),
        (paper(1), answer_key(1)),
        (paper(0), answer_key(0)),
        (paper(-1), answer_key(-1)),
        (paper(HIGHEST_REVISION + 1), answer_key(HIGHEST_REVISION + 1)),
        (paper(4), answer_key(3)),
        (paper(3), answer_key(3, meeting_id="n")),
    ],
)
def test_a_revision_that_is_not_higher_is_rejected_and_changes_neither(
    store: Store, given: object, key: object
) -> None:
    store.save_paper(paper(2), answer_key(2))
    with pytest.raises(Rejected):
        store.save_paper(given, key)  # type: ignore[arg-type]
    assert (store.paper("m"), store.answer_key("m")) == (paper(2), answer_key(2))


def test_saving_the_same_paper_again_changes_nothing(store: Store) -> None:
    store.save_paper(paper(), answer_key())
    store.save_paper(paper(), answer_key())
    store.save_paper(paper(saved_at=at(99)), answer_key(saved_at=at(99)))
    assert (store.paper("m"), store.answer_key("m")) == (paper(), answer_key())


@pytest.mark.parametrize(
    "content",
    [
        "",
        "words",
        "[]",
        '"text"',
        "null",
        "{",
        "{} {}",
        "{'a': 1}",
        '{"a": NaN}',
        '{"a": "\x00"}',
        '{"a": "\ud800"}',
        "[" * 100_000,
        object_of(LONGEST_PAPER + 1),
    ],
)
def test_what_is_no_json_object_or_too_long_is_rejected(store: Store, content: str) -> None:
    for given, key in ((paper(1, content), answer_key()), (paper(), answer_key(1, content))):
        with pytest.raises(Rejected):
            store.save_paper(given, key)
    assert (store.paper("m"), store.answer_key("m")) == (None, None)


@pytest.mark.parametrize(
    "content",
    [object_of(LONGEST_PAPER), "{}", ' {"a": "\\u0000 \\ud800"}\n', '{"\ue000": "\ue0001 👋"}'],
)
def test_what_is_one_comes_back_to_the_byte(store: Store, content: str) -> None:
    store.save_paper(paper(1, content), answer_key(1, content))
    assert (store.paper("m"), store.answer_key("m")) == (paper(1, content), answer_key(1, content))


def test_of_papers_saved_at_once_one_of_each_revision_is_taken(store: Store) -> None:
    taken = []

    def save(number: int) -> None:
        given = json.dumps({"by": number})
        try:
            store.save_paper(paper(1, given), answer_key(1, given))
            taken.append(given)
        except Rejected:
            pass

    at_once(*(lambda number=number: save(number) for number in range(6)))
    (content,) = taken
    assert (store.paper("m"), store.answer_key("m")) == (paper(1, content), answer_key(1, content))


def test_papers_of_meetings_are_apart(store: Store) -> None:
    add_people(store, "n")
    store.save_paper(paper(), answer_key())
    assert store.paper("n") is None
    for ask in (
        lambda: store.paper("x"),
        lambda: store.answer_key("x"),
        lambda: store.save_paper(paper(meeting_id="x"), answer_key(meeting_id="x")),
    ):
        with pytest.raises(Unknown):
            ask()


# --- answers -------------------------------------------------------------------------------


def test_answers_come_back_by_question(store: Store) -> None:
    assert store.answers("p") == []
    second, first = answer(question_id="2"), answer(question_id="1", content='{"a": "ünïcode"}')
    for given in (second, first):
        store.save_answer(given)
    assert store.answers("p") == [first, second]


@pytest.mark.parametrize("seed", range(4))
def test_the_highest_revision_counts_in_whatever_order_they_come(store: Store, seed: int) -> None:
    given = [answer(1 + n // 2, f'"{n // 2}"', question_id=q) for n in range(8) for q in "ab"]
    random.Random(seed).shuffle(given)
    for one in given:
        store.save_answer(one)
    assert store.answers("p") == [answer(4, '"3"', question_id=q) for q in "ab"]


def test_of_two_with_one_revision_the_first_stays(store: Store) -> None:
    store.save_answer(answer(2, '"first"'))
    store.save_answer(answer(2, '"second"'))
    assert store.answers("p") == [answer(2, '"first"')]


def test_answers_may_be_saved_at_once(store: Store) -> None:
    def save(first: int) -> None:
        for revision in range(first, 13, 3):
            store.save_answer(answer(revision, str(revision)))

    at_once(*(lambda first=first: save(first) for first in (1, 2, 3)))
    assert store.answers("p") == [answer(12, "12")]


@pytest.mark.parametrize(
    "changes",
    [
        {"question_id": ""},
        {"question_id": "x" * (LONGEST_QUESTION_ID + 1)},
        {"question_id": "\ud800"},
        {"revision": 0},
        {"revision": -1},
        {"revision": HIGHEST_REVISION + 1},
        {"revision": 10**30},
        {"content": json.dumps("x" * LONGEST_SEALED_ANSWER)},
        {"content": '"\ud800"'},
    ],
)
def test_an_answer_that_is_none_is_rejected(store: Store, changes: dict[str, object]) -> None:
    with pytest.raises(Rejected):
        store.save_answer(replace(answer(), **changes))  # type: ignore[arg-type]
    assert store.answers("p") == []


@pytest.mark.parametrize(
    "changes",
    [
        {"content": json.dumps("x" * (LONGEST_ANSWER - 2))},
        {"question_id": "é" * (LONGEST_QUESTION_ID // 2)},
        {"question_id": "\x00" * LONGEST_QUESTION_ID},
        {"question_id": '["p","1"]'},
        {"revision": HIGHEST_REVISION},
        {"content": '"sealed: \ue000"'},
    ],
)
def test_one_that_is_as_long_as_may_be_comes_back(store: Store, changes: dict[str, object]) -> None:
    given = replace(answer(), **changes)  # type: ignore[arg-type]
    store.save_answer(given)
    assert store.answers("p") == [given]


def test_answers_of_nobody_are_unknown(store: Store) -> None:
    with pytest.raises(Unknown):
        store.answers("x")
    with pytest.raises(Unknown):
        store.save_answer(answer(participant_id="x"))


def test_erasing_destroys_the_answers_and_takes_no_more(store: Store) -> None:
    store.add_participant(participant(id="q", name="Bob"))
    for name in "pq":
        store.save_answer(answer(participant_id=name))
    store.erase("p", at(100))
    for revision in (1, 9):
        with pytest.raises(Rejected, match="erased"):
            store.save_answer(answer(revision))
    assert store.answers("p") == []
    assert store.answers("q") == [answer(participant_id="q")]


def test_erasing_the_evidence_alone_leaves_the_answers(store: Store) -> None:
    store.save_answer(answer())
    store.erase_evidence("p")
    assert store.answers("p") == [answer()]


def test_what_is_answered_while_it_is_erased_is_gone(store: Store) -> None:
    def save() -> None:
        for revision in range(1, 20):
            try:
                store.save_answer(answer(revision))
            except Rejected:
                return

    at_once(save, lambda: store.erase("p", at(100)))
    assert store.answers("p") == []


# --- staff ---------------------------------------------------------------------------------


def test_staff_come_back_by_entry(store: Store) -> None:
    assert store.staff() == []
    entries = ["bo@uni.example", "@uni.example", "ann@uni.example"]
    given = [staff(entry, role) for entry, role in zip(entries, StaffRole, strict=True)]
    for one in given:
        store.save_staff(one)
    assert store.staff() == [given[1], given[2], given[0]]


def test_the_last_role_of_an_entry_counts(store: Store) -> None:
    for role in (StaffRole.PROCTOR, StaffRole.REVIEWER, StaffRole.REVIEWER):
        store.save_staff(staff(role=role))
    assert store.staff() == [staff(role=StaffRole.REVIEWER)]


def test_who_was_removed_is_gone_and_may_come_back(store: Store) -> None:
    for _ in range(2):
        store.save_staff(staff())
        store.save_staff(staff("@uni.example"))
        for _ in range(2):
            store.remove_staff("ann@uni.example")
        assert store.staff() == [staff("@uni.example")]


@pytest.mark.parametrize("entry", ["", "uni.example", "x" * 320 + "@uni.example", "\ud800@x"])
def test_what_cannot_be_an_entry_is_rejected(store: Store, entry: str) -> None:
    with pytest.raises(Rejected):
        store.save_staff(staff(entry))
    assert store.staff() == []

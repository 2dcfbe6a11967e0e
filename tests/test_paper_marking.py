"""What is marked of answers by itself."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from making import at
from papers import (
    CODE,
    LONG,
    MULTIPLE,
    NUMBER,
    SHORT,
    SINGLE,
    A,
    B,
    C,
    D,
    of_yaml,
    one,
    papers,
    question_of,
)

from proctoring.paper.answering import is_blank, values_of
from proctoring.paper.marking import Mark, Outcome, mark
from proctoring.paper.solutions import Key
from proctoring.types import Answer


def marked(text: str, value: Any) -> Mark:
    written = one(text)
    (question,) = written.questions
    (given_mark,) = mark(written.questions, written.key, {question.id: value}).marks
    return given_mark


def points(text: str, value: Any) -> float | None:
    return marked(text, value).points


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        (SINGLE, A, 2),
        (SINGLE, B, 0),
        (MULTIPLE, [B, A], 2),
        (MULTIPLE, [A], 0),
        (MULTIPLE, [A, B, C], 0),
        (f"{MULTIPLE}\nmarking: each", [A, B], 2),
        (f"{MULTIPLE}\nmarking: each", [A], 1),
        (f"{MULTIPLE}\nmarking: each", [A, B, C], 1),
        (f"{MULTIPLE}\nmarking: each", [A, C], 0),
        (f"{MULTIPLE}\nmarking: each", [A, B, C, D], 0),
        (f"{MULTIPLE}\nmarking: each", [C, D], 0),
        (f"{MULTIPLE}\nmarking: each\npenalty: 0.5", [C, D], -0.5),
        (f"{MULTIPLE}\nmarking: each\npenalty: 3", [C], -1),
        (f"{SINGLE}\npenalty: 0.5", B, -0.5),
        (f"{SINGLE}\npenalty: 0.5", "", 0),
        (f"{SINGLE}\npenalty: 0.5", None, 0),
        (NUMBER, "3,15", 1),
        (NUMBER, "3.13 m²", 1),
        (NUMBER, "3.1501", 0),
        (NUMBER, "three", None),
        ("kind: number\nquestion: Q\nanswer: -200\ntolerance: 2%", "-204", 1),
        ("kind: number\nquestion: Q\nanswer: -200\ntolerance: 2%", "-204.1", 0),
        ("kind: number\nquestion: Q\nanswer: 1.1\ntolerance: 0.1", "1", 1),
        (SHORT, "  ada\tLOVELACE ", 1),
        (SHORT, "D'arc", 1),
        (SHORT, "Ada", 0),
        (f"{SHORT}\ncase_sensitive: yes", "ada Lovelace", 0),
        (LONG, "text", None),
        (CODE, "pass", None),
        (LONG, " ", 0),
        (SINGLE, "gone", None),
    ],
)
def test_what_an_answer_is_worth(text, value, expected):
    assert points(text, value) == expected


def test_outcomes_say_why():
    each = f"{MULTIPLE}\nmarking: each"
    said = [marked(each, value).outcome for value in ([A, B], [A], [C], [], ["x"])]
    assert said == [
        Outcome.RIGHT,
        Outcome.PARTLY,
        Outcome.WRONG,
        Outcome.BLANK,
        Outcome.UNREADABLE,
    ]
    assert marked(CODE, "x").outcome is Outcome.BY_HAND


def test_thirds_are_rounded_to_two_digits():
    three = "kind: multiple\nquestion: Q\nchoices: [a, b, c]\nanswer: [a, b, c]\nmarking: each"
    assert (points(three, [A]), points(three, [A, B])) == (0.33, 0.67)


def test_wrong_ticks_take_their_share_of_the_wrong_choices():
    one_of_four = MULTIPLE.replace("[a, b]", "a") + "\nmarking: each"
    ticked = [[A], [A, B], [A, B, C], [A, B, C, D], [B]]
    assert [points(one_of_four, value) for value in ticked] == [2, 1.33, 0.67, 0, 0]


def test_totals_leave_out_what_waits_for_a_person():
    written = of_yaml(
        "penalty: 0.25\nquestions:\n- {kind: long, question: A, id: a, points: 5}\n"
        "- {kind: short, question: B, id: b, answer: x, points: 0.1}\n"
        "- {kind: short, question: C, id: c, answer: x, points: 0.2}\n"
        "- {kind: short, question: D, id: d, answer: x}\n"
    )
    marks = mark(written.questions, written.key, {"a": "x", "b": "x", "c": "x", "d": "y", "z": 1})
    assert (marks.points, marks.of, marks.to_mark) == (0.05, 6.3, ("a",))


def test_a_question_without_a_solution_waits_for_a_person():
    written = one(SINGLE)
    (waiting,) = mark(written.questions, Key({}), {question_of(SINGLE).id: A}).marks
    assert (waiting.points, waiting.of) == (None, 2)


_values = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=5),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=2), inner),
    max_leaves=4,
)


@settings(max_examples=80, deadline=None)
@given(papers(), some.data())
def test_marks_stay_within_the_points_and_the_penalty_whatever_is_answered(made, data):
    questions, key, _ = made
    answers = {}
    for each in questions:
        ids = [choice.id for choice in getattr(each.form, "choices", ())]
        chosen = some.lists(some.sampled_from(ids), unique=True) if ids else some.text(max_size=5)
        picked = some.sampled_from(ids) if ids else some.integers(-99, 99).map(str)
        answers[each.id] = data.draw(_values | chosen | picked)
    marks = mark(questions, key, answers)
    for each, found in zip(questions, marks.marks, strict=True):
        assert found.of == each.points
        if found.points is not None:
            assert -each.penalty <= found.points <= each.points
        if is_blank(answers[each.id]):
            assert found.points == 0


def test_answers_are_read_from_what_a_store_keeps():
    kept = [Answer("p", "a", 1, '"x"', at(0)), Answer("p", "b", 3, "[]", at(0))]
    assert values_of(kept) == {"a": "x", "b": []}

"""Whether an answer has the form of one, and numbers as people type them."""

from __future__ import annotations

import json

import pytest
from papers import CODE, LONG, MULTIPLE, NUMBER, SHORT, SINGLE, A, C, D, of_yaml, question_of

from proctoring.paper.answering import AnswerError, advice, check_answer, content_of, missing
from proctoring.paper.numerals import NoNumber, read_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (SINGLE, A),
        (SINGLE, ""),
        (MULTIPLE, [A, D]),
        (MULTIPLE, []),
        (NUMBER, "3,14"),
        (NUMBER, "1e"),
        (SHORT, "x" * 30),
        (LONG, "a\n\tb\x0b"),
        (CODE, "x = '\u202e \ud83d'"),
        *((text, None) for text in (SINGLE, MULTIPLE, NUMBER, SHORT, LONG, CODE)),
    ],
)
def test_what_a_field_can_hold_is_taken(text, value):
    check_answer(question_of(text), value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (SINGLE, C),
        (SINGLE, [A]),
        (SINGLE, 0),
        (MULTIPLE, [A, A]),
        (MULTIPLE, A),
        (MULTIPLE, ["x"]),
        (MULTIPLE, [[A]]),
        (MULTIPLE, {A: True}),
        (NUMBER, 3.14),
        (NUMBER, "1" * 61),
        (SHORT, "x" * 31),
        (LONG, "x" * 11),
        (CODE, True),
    ],
)
def test_what_none_can_is_refused_in_a_sentence(text, value):
    with pytest.raises(AnswerError, match=r"\.$"):
        check_answer(question_of(text), value)


def test_a_number_that_cannot_be_read_is_kept_with_advice():
    assert advice(question_of(NUMBER), "about 3") == "This is no number; write one such as 3.5."
    assert "write 1234 or 1.234" in advice(question_of(NUMBER), "1,234")
    for value in ("3.14 m²", "", None):
        assert advice(question_of(NUMBER), value) == ""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3,14", "3.14"),
        ("−5", "-5"),
        ("+2", "2"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1e3", "1000"),
        ("1 000", "1000"),
        ("1\u202f000,5", "1000.5"),
        ("12'000", "12000"),
        ("1,234,567", "1234567"),
        ("0,125", "0.125"),
        ("12,3456", "12.3456"),
        ("٣", "3"),
        ("7 kg", "7"),
        ("7kg", "7"),
    ],
)
def test_numbers_are_read_as_people_type_them(text, value):
    assert read_number(text, "kg") == read_number(value)


@pytest.mark.parametrize(
    "text", ["", "x", "1,234", "1 2", "10²", "1/2", "nan", "inf", "1e999", "1.2.3", "7 g", "1" * 41]
)
def test_what_could_be_read_in_two_ways_is_no_number(text):
    with pytest.raises(NoNumber):
        read_number(text, "kg")


def test_required_questions_without_an_answer_are_named_in_order():
    written = of_yaml(
        "questions:\n- {kind: long, question: A, required: yes, id: a}\n"
        "- {kind: long, question: B, id: b}\n- {kind: long, question: C, required: yes, id: c}"
    )
    assert [one.id for one in missing(written.questions, {"a": " \n"})] == ["a", "c"]
    assert [one.id for one in missing(written.questions, {"a": "x", "c": None})] == ["c"]


def test_what_a_store_is_given_is_short_and_text_in_every_script():
    assert content_of("日本") == '"日本"'
    assert json.loads(content_of(["a", 'b"\n\x0b'])) == ["a", 'b"\n\x0b']
    assert json.loads(content_of("half \ud83d")) == "half ?"

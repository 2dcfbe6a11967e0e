"""Answers and points of all candidates, as CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest
from making import at
from papers import of_yaml
from stores import participant

from proctoring.paper.kinds import choice_id
from proctoring.paper.results import as_csv, as_json, result
from proctoring.types import Answer

WRITTEN = of_yaml(
    "title: Exam\nsections:\n- title: One\n  questions:\n"
    "  - {kind: multiple, question: M, choices: [=a, b], answer: b, id: m, points: 2}\n"
    "  - {kind: short, question: S, answer: x, id: s, points: 1.5}\n"
    "- title: Two\n  questions:\n  - {kind: long, question: L, id: l, points: 5}\n"
)


def of(values: dict[str, object], name: str = "Ann", **changes: object):
    person = replace(participant(name=name, finished_at=at(90)), **changes)
    answers = [Answer("p", key, 1, json.dumps(value), at(5)) for key, value in values.items()]
    return result(WRITTEN.questions, WRITTEN.key, person, answers)


def rows(*results) -> list[dict[str, str]]:
    data = as_csv(WRITTEN.questions, results)
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_a_row_has_the_candidate_the_total_and_each_question():
    (row,) = rows(of({"m": [choice_id("b")], "s": "X", "l": "Über\n“π”"}))
    assert row["participant_id"] == "p"
    assert (row["name"], row["finished_at"]) == ("Ann", at(90).isoformat())
    assert (row["points"], row["of"], row["to_mark"]) == ("3.5", "8.5", "1")
    assert (row["1 answer"], row["1 points"]) == ("b", "2")
    assert (row["2 answer"], row["2 points"]) == ("X", "1.5")
    assert (row["3 answer"], row["3 points"]) == ("Über\n“π”", "")


def test_spreadsheets_know_its_letters():
    assert as_csv(WRITTEN.questions, []).startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        *((text, f"'{text}") for text in ("=1+1", "+A1", "-A1", "@SUM(1)", " =1", "＝1", "-1+1")),
        *((f"{sign}=1", f"{sign}'=1") for sign in "\t\r\n;"),
        ("x;=A1;y", "x;'=A1;y"),
        ('x;" =A1', "x;'\" =A1"),
        ("a\n-b()\n-5", "a\n'-b()\n-5"),
        ("+", "'+"),
    ],
)
def test_nothing_that_was_typed_is_calculated_whatever_a_cell_is_set_apart_by(text, cell):
    (row,) = rows(of({"s": text, "m": [choice_id("=a")]}, name=text))
    assert (row["2 answer"], row["name"], row["1 answer"]) == (cell, cell, "'=a")


@pytest.mark.parametrize("text", ["-5", "+3,14", "a=b", "1-2", "a, -b; c"])
def test_numbers_and_words_stay_as_they_are(text):
    (row,) = rows(of({"s": text}))
    assert row["2 answer"] == text


def test_a_long_answer_costs_no_time_and_half_a_character_no_export():
    (row,) = rows(of({"l": "\n" * 100_000 + "\ud83d"}))
    assert row["3 answer"].endswith("\n?")


def test_json_has_ids_words_times_and_outcomes():
    gone = choice_id("gone")
    told = json.loads(
        as_json("m", 3, WRITTEN.questions, [of({"m": [gone], "old": 1}), of({"x": "\ud83d"})])
    )
    assert (told["meeting_id"], told["revision"], told["title"]) == ("m", 3, "Exam")
    assert [(q["number"], q["section"], q["kind"]) for q in told["questions"]] == [
        (1, "One", "multiple"),
        (2, "One", "short"),
        (3, "Two", "long"),
    ]
    first, second = told["candidates"]
    assert first["answers"][0] == {
        "question_id": "m",
        "answer": [gone],
        "in_words": f"({gone})",
        "saved_at": at(5).isoformat(),
        "points": None,
        "of": 2,
        "outcome": "cannot be read by itself; a person marks it",
    }
    assert first["answers_to_other_questions"] == [{"question_id": "old", "answer": 1}]
    assert (first["to_mark"], first["points"], first["of"]) == (["m"], 0, 8.5)
    assert [answer["outcome"] for answer in second["answers"]] == ["no answer"] * 3


def test_of_somebody_erased_nothing_but_that_is_told():
    erased = of({}, name="", erased_at=at(100))
    (candidate,) = json.loads(as_json("m", 1, WRITTEN.questions, [erased]))["candidates"]
    assert (candidate["is_erased"], candidate["name"]) == (True, "")
    assert rows(erased)[0]["name"] == ""

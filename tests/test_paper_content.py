"""What candidates get of a paper solves nothing, and comes back as it was."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from making import at
from papers import of_yaml, papers

from proctoring.paper.arranging import arrange
from proctoring.paper.content import (
    ContentError,
    key_content,
    paper_content,
    read_key,
    read_questions,
    to_contents,
)
from proctoring.paper.problems import PaperError, Problem
from proctoring.paper.questions import Questions
from proctoring.paper.reading import read_paper
from proctoring.store.contents import check_paper
from proctoring.types import AnswerKey, Paper

quick = settings(max_examples=60, deadline=None)


@quick
@given(papers())
def test_both_halves_come_back_as_they_were(made):
    questions, key, _ = made
    paper, solutions = to_contents(questions, key)
    assert read_questions(paper) == questions
    assert read_key(solutions) == key


@quick
@given(papers())
def test_a_store_takes_both(made):
    paper, solutions = to_contents(*made[:2])
    check_paper(Paper("m", 1, paper, at(0)), AnswerKey("m", 1, solutions, at(0)))


# --- nothing that solves any ---------------------------------------------------------------

_words = some.text("abcdefgh", min_size=1, max_size=6)


@some.composite
def written_twice(draw: some.DrawFn) -> tuple[str, str]:
    """YAML of a paper, and of the same with other solutions and shuffled choices elsewhere."""
    texts: tuple[list[object], list[object]] = ([], [])
    for number in range(draw(some.integers(1, 4))):
        kind = draw(some.sampled_from(["single", "multiple", "short", "long", "code", "number"]))
        words = draw(some.lists(_words, min_size=2, max_size=6, unique=True))
        each = draw(some.sampled_from(["all", "each"]))
        for half in texts:
            fields: dict[str, object] = {"kind": kind, "question": f"Question {number}"}
            if kind in ("single", "multiple"):
                fields["choices"] = draw(some.permutations(words))
                most = 1 if kind == "single" else len(words)
                some_of = some.lists(some.sampled_from(words), min_size=1, max_size=most)
                fields["answer"] = draw(some_of.map(lambda chosen: sorted(set(chosen))))
                if kind == "multiple":
                    fields["marking"] = each
            elif kind == "short":
                fields["answer"] = draw(some.lists(_words, min_size=1, max_size=3))
                fields["case_sensitive"] = str(draw(some.booleans()))
            elif kind == "number":
                fields["answer"] = str(draw(some.integers(-99, 99)))
                fields["tolerance"] = draw(some.sampled_from(["0", "0.5", "2 %"]))
            else:
                fields["guide"] = draw(_words)
            half.append(fields)
    first, second = (json.dumps({"questions": half}) for half in texts)  # JSON is YAML
    return first, second


@quick
@given(written_twice())
def test_papers_that_differ_in_solutions_and_the_order_of_choices_are_the_same_to_a_candidate(pair):
    first, second = (of_yaml(text) for text in pair)
    assert paper_content(first.questions) == paper_content(second.questions)


@quick
@given(papers())
def test_what_candidates_get_is_made_without_the_key(made):
    questions, key, other = made
    assert to_contents(questions, key)[0] == to_contents(questions, other)[0]
    assert to_contents(questions, key)[0] == paper_content(questions)


def test_no_word_of_a_solution_stands_in_the_paper():
    written = of_yaml(
        "questions:\n- {kind: short, question: Q, answer: [Lovelace, Byron]}\n"
        "- {kind: number, question: Q, answer: 1815, tolerance: 0.125}\n"
        "- {kind: long, question: Q, guide: Notes on the engine}\n"
        "- {kind: single, question: Q, choices: [x, y], answer: y}\n"
    )
    paper = paper_content(written.questions)
    for word in ("Lovelace", "Byron", "1815", "0.125", "engine", "right", "answer", "tolerance"):
        assert word not in paper


def test_a_page_shows_nothing_of_a_key_by_mistake():
    assert "solved" not in repr(read_key(key_content(of_yaml(ONE).key)))


_words_of_papers = "title kind question questions choices answer single number a 1,5 1e999 << ---"
_signs = (": ", "- ", "\n", "\n  ", "&x ", "*x", "!!int ", "é", "\x00", "\u2028", *"{}[],;\"'|#?%")
_pieces = some.sampled_from([*_words_of_papers.split(), *_signs])


@settings(max_examples=200, deadline=None)
@given(some.lists(_pieces).map("".join).map(str.encode) | some.binary(), some.sampled_from("ab"))
def test_whatever_a_file_holds_it_is_a_paper_or_refused_in_sentences(data, name):
    told: tuple[Problem, ...] = ()
    try:
        read_paper(data, {"a": "a.yaml", "b": "b.csv"}[name])
    except PaperError as error:
        told = error.problems or (Problem("", "nothing"),)
    assert all(problem.text.endswith((".", "?", "…")) for problem in told)


ONE = "questions: [{kind: short, question: Q, answer: A}]"


@pytest.mark.parametrize(
    "content",
    [
        "{}",
        "[]",
        "1",
        "{",
        '{"version": 2, "sections": [], "title": "", "time_s": null, "questions": {}}',
        '{"version": 1, "sections": [{"title": "", "questions": ["1 + 1?"]}], "questions": []}',
        '{"version": 1, "questions": {"a": {"points": 1, "penalty": 0, "kind": "new"}}}',
    ],
)
def test_what_is_no_paper_of_this_version_is_refused(content):
    for read in (read_questions, read_key):
        with pytest.raises(ContentError):
            read(content)


# --- the order of one candidate ------------------------------------------------------------


def long_paper(count: int = 12) -> Questions:
    row = "- {kind: single, question: Q%d, choices: [a, b, c, d], answer: a}\n"
    text = "".join("  " + row % n for n in range(count))
    kept = "- title: As it is\n  questions:\n  - {kind: long, question: First}\n"
    return of_yaml(
        f"sections:\n- shuffle_questions: yes\n  questions:\n{text}{kept}"
        "  - {kind: single, question: S, choices: [z, y, x], answer: x, shuffle_choices: no}\n"
    ).questions


@quick
@given(papers(), some.text(max_size=5), some.integers(1, 9))
def test_an_order_is_the_same_again_and_loses_nothing(made, participant_id, revision):
    questions = made[0]
    seen = arrange(questions, participant_id, revision)
    assert arrange(questions, participant_id, revision) == seen
    for section, shown in zip(questions.sections, seen.sections, strict=True):
        assert shown.title == section.title
        assert sorted(q.id for q in shown.questions) == sorted(q.id for q in section.questions)
    for question in questions:
        (shown,) = (one for one in seen if one.id == question.id)
        if hasattr(question.form, "choices"):
            assert set(shown.form.choices) == set(question.form.choices)
        else:
            assert shown == question


def test_an_order_does_not_hang_on_the_order_before():
    questions = long_paper()
    section = questions.sections[0]
    mixed = random.Random(1).sample(section.questions, len(section.questions))
    other = Questions((type(section)(tuple(mixed), is_shuffled=True), questions.sections[1]))
    assert arrange(other, "p", 1).sections == arrange(questions, "p", 1).sections


def test_candidates_and_revisions_have_orders_of_their_own_and_sections_stay():
    questions = long_paper()
    orders = {
        tuple(q.id for q in arrange(questions, who, revision).sections[0].questions)
        for who in ("p", "q", "r")
        for revision in (1, 2)
    }
    assert len(orders) == 6
    assert arrange(questions, "p", 1).sections[1] == questions.sections[1]
    texts = [choice.text for choice in questions.sections[1].questions[1].form.choices]
    assert texts == ["z", "y", "x"]


def test_every_choice_comes_first_about_as_often():
    questions = long_paper(1)
    firsts = [
        arrange(questions, str(n), 1).sections[0].questions[0].form.choices[0].text
        for n in range(400)
    ]
    assert all(70 <= firsts.count(text) <= 130 for text in "abcd")

"""Papers in both file formats, and makers of random ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from hypothesis import strategies as some

from proctoring.paper.kinds import choice_id
from proctoring.paper.questions import (
    Choice,
    Code,
    LongText,
    MultipleChoice,
    Number,
    Picture,
    Question,
    Questions,
    Section,
    ShortText,
    SingleChoice,
)
from proctoring.paper.reading import Written, read_paper
from proctoring.paper.solutions import (
    ByHand,
    Key,
    RightChoices,
    RightNumber,
    RightText,
    Solution,
    Solved,
)

A, B, C, D = (choice_id(text) for text in "abcd")
SINGLE = "kind: single\nquestion: Q\nchoices: [a, b]\nanswer: a\npoints: 2"
MULTIPLE = "kind: multiple\nquestion: Q\nchoices: [a, b, c, d]\nanswer: [a, b]\npoints: 2"
NUMBER = "kind: number\nquestion: Q\nanswer: 3.14\ntolerance: 0.01\nunit: m²"
SHORT = "kind: short\nquestion: Q\nanswer: [Ada Lovelace, d’Arc]\nlongest: 30"
LONG = "kind: long\nquestion: Q\nlongest: 10"
CODE = "kind: code\nquestion: Q"

PNG = b"\x89PNG\r\n\x1a\n and more"


def of_yaml(text: str, **options: Any) -> Written:
    return read_paper(text.encode(), "paper.yaml", **options)


def of_csv(text: str, **options: Any) -> Written:
    return read_paper(text.encode(), "paper.csv", **options)


def one(text: str) -> Written:
    """A paper of one question, by its fields."""
    inner = "\n".join(f"    {line}" for line in text.splitlines())
    return of_yaml(f"questions:\n  -\n{inner}\n")


def question_of(text: str) -> Question:
    return next(iter(one(text).questions))


@dataclass(frozen=True)
class Typed:
    """A question with two different solutions of it."""

    question: Question
    solved: Solved
    other: Solved


_text = some.text(some.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
_points = some.integers(0, 400).map(lambda quarters: quarters / 4)
_decimals = some.decimals(-1000, 1000, places=3).map(lambda value: Decimal(str(value)))
_numbers = some.builds(RightNumber, _decimals, _decimals.map(abs), some.booleans())
_words = some.builds(
    RightText, some.lists(_text, min_size=1, max_size=3).map(tuple), some.booleans()
)


@some.composite
def typed(draw: some.DrawFn) -> Typed:
    made: tuple[Any, some.SearchStrategy[Solution]] = draw(
        some.sampled_from(
            [
                (ShortText(100), _words),
                (LongText(5000), some.builds(ByHand, _text)),
                (Code(5000, "Python", "pass\n"), some.builds(ByHand, _text)),
                (Number("m"), _numbers),
                (SingleChoice, some.none()),
                (MultipleChoice, some.none()),
            ]
        )
    )
    form, solutions = made
    if form in (SingleChoice, MultipleChoice):
        texts = draw(some.lists(_text, min_size=2, max_size=5, unique=True))
        choices = tuple(Choice(choice_id(text), text) for text in texts)
        ids = [choice.id for choice in choices]
        counts_each = form is MultipleChoice and draw(some.booleans())
        most = len(ids) if form is MultipleChoice else 1
        sets = some.sets(some.sampled_from(ids), min_size=1, max_size=most).map(frozenset)
        solutions = some.builds(RightChoices, sets, some.just(counts_each))
        form = form(choices, draw(some.booleans()))
        if counts_each:
            form = replace(form, counts_each=True)
    question = Question(
        id="",
        text=draw(_text),
        form=form,
        points=draw(_points),
        penalty=draw(some.sampled_from([0.0, 0.5])),
        is_required=draw(some.booleans()),
        time_s=draw(some.none() | some.integers(1, 600)),
        pictures=draw(some.sampled_from([(), (Picture("image/png", PNG, "A plot"),)])),
    )
    solved = Solved(draw(solutions), question.points, question.penalty)
    return Typed(question, solved, replace(solved, solution=draw(solutions)))


@some.composite
def papers(draw: some.DrawFn) -> tuple[Questions, Key, Key]:
    """A paper, its key, and another key to the same questions."""
    made = draw(some.lists(typed(), min_size=1, max_size=6))
    questions = [replace(each.question, id=f"q{n}") for n, each in enumerate(made)]
    cut = draw(some.integers(0, len(made) - 1))
    parts = [part for part in (questions[:cut], questions[cut:]) if part]
    sections = tuple(
        Section(tuple(part), draw(_text), draw(_text), draw(some.booleans())) for part in parts
    )
    keys = (
        Key({f"q{n}": pick for n, pick in enumerate(picks)})
        for picks in ([each.solved for each in made], [each.other for each in made])
    )
    return (Questions(sections, draw(_text), draw(some.none() | some.just(3600))), *keys)

"""Marks what can be marked by itself, and leaves the rest to a person.

Choices: all or nothing, or each: a right tick gives its share of the points, a wrong one takes
its share of the wrong ones, so that ticking everything gives nothing. A wrong answer costs the
question's penalty, which is nothing unless the paper names one; no answer costs nothing.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from proctoring.paper.answering import AnswerError, Values, check_answer, is_blank
from proctoring.paper.numerals import NoNumber, read_number
from proctoring.paper.questions import (
    MultipleChoice,
    Number,
    Question,
    Questions,
    ShortText,
    SingleChoice,
)
from proctoring.paper.solutions import (
    ByHand,
    Key,
    RightChoices,
    RightNumber,
    RightText,
    Solution,
)


class Outcome(StrEnum):
    RIGHT = "right"
    PARTLY = "partly right"
    WRONG = "wrong"
    BLANK = "no answer"
    BY_HAND = "a person marks it"
    UNREADABLE = "cannot be read by itself; a person marks it"


@dataclass(frozen=True, slots=True)
class Mark:
    question_id: str
    points: float | None  # None: a person marks it
    of: float  # the most that it can be
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Marks:
    marks: tuple[Mark, ...]  # one a question, in the order of the paper

    @property
    def points(self) -> float:
        """Of those that are marked."""
        return round(sum(mark.points for mark in self.marks if mark.points is not None), 2)

    @property
    def of(self) -> float:
        """Of the whole paper."""
        return round(sum(mark.of for mark in self.marks), 2)

    @property
    def to_mark(self) -> tuple[str, ...]:
        """Ids of the questions that wait for a person."""
        return tuple(mark.question_id for mark in self.marks if mark.points is None)


def mark(paper: Questions, key: Key, answers: Values) -> Marks:
    """Of one candidate. Answers to questions that are not in the paper count for nothing."""
    return Marks(tuple(_mark(question, key, answers.get(question.id)) for question in paper))


def _mark(question: Question, key: Key, value: object) -> Mark:
    solved = key.solved.get(question.id)
    of = solved.points if solved else question.points
    if is_blank(value):
        return Mark(question.id, 0.0, of, Outcome.BLANK)
    if solved is None or isinstance(solved.solution, ByHand):
        return Mark(question.id, None, of, Outcome.BY_HAND)
    try:
        check_answer(question, value)
        share = _share(question, solved.solution, value)
    except (AnswerError, NoNumber, _Unfit):
        return Mark(question.id, None, of, Outcome.UNREADABLE)
    if share >= 1:
        return Mark(question.id, of, of, Outcome.RIGHT)
    points = max(share * of, -solved.penalty) if share else -solved.penalty
    outcome = Outcome.PARTLY if share > 0 else Outcome.WRONG
    return Mark(question.id, round(points, 2) + 0.0, of, outcome)  # + 0.0: never "-0.0"


class _Unfit(Exception):
    """The answer key has a solution of another kind than the question."""


def _share(question: Question, solution: Solution, value: object) -> float:
    """Of the points, 1 if right, down to -1. Raises NoNumber and _Unfit."""
    form = question.form
    match solution:
        case RightChoices() if isinstance(form, SingleChoice | MultipleChoice):
            chosen = {value} if isinstance(value, str) else set(_texts(value))
            if not (isinstance(form, MultipleChoice) and solution.counts_each):
                return float(chosen == solution.ids)
            wrong = {choice.id for choice in form.choices} - solution.ids
            hits = len(chosen & solution.ids) / len(solution.ids)
            return hits - (len(chosen & wrong) / len(wrong) if wrong else 0.0)
        case RightText() if isinstance(form, ShortText):
            known = {_plain(one, solution.is_case_sensitive) for one in solution.alternatives}
            return float(_plain(str(value), solution.is_case_sensitive) in known)
        case RightNumber() if isinstance(form, Number):
            off = abs(read_number(str(value), form.unit) - solution.value)
            return float(off <= solution.furthest)
        case _:
            raise _Unfit


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


_SHAPES = str.maketrans("’‘“”„‐‑–—−", '\'\'"""-----')  # what phones and editors put for them


def _plain(text: str, is_case_sensitive: bool) -> str:
    text = " ".join(unicodedata.normalize("NFC", text).translate(_SHAPES).split())
    return text if is_case_sensitive else unicodedata.normalize("NFC", text.casefold())

"""What a candidate answers: has it the form of an answer to this question?

Whatever a field of the question's kind can hold is taken, half-typed numbers as well: what a
candidate wrote is kept, and a person can still read it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from proctoring.paper.limits import LONGEST_NUMBER, LONGEST_UNIT
from proctoring.paper.numerals import NoNumber, read_number
from proctoring.paper.questions import (
    Code,
    Form,
    LongText,
    MultipleChoice,
    Number,
    Question,
    Questions,
    ShortText,
    SingleChoice,
)
from proctoring.types import Answer

Values = Mapping[str, Any]  # by question id: what `Answer.content` holds as JSON


class AnswerError(ValueError):
    """It is no answer to this question; the message is for whoever gave it."""


def check_answer(question: Question, value: object) -> None:
    """Raises AnswerError. None, "" and [] are no answer, which may take the place of one."""
    if value is None:
        return
    match question.form:
        case SingleChoice(choices=choices):
            if not isinstance(value, str):
                raise AnswerError("Choose one.")
            _check_chosen([value] if value else [], {choice.id for choice in choices})
        case MultipleChoice(choices=choices):
            if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
                raise AnswerError("Choose any number of these.")
            _check_chosen(value, {choice.id for choice in choices})
        case _:
            if not isinstance(value, str):
                raise AnswerError("The answer is text.")
            _check_text(value, _longest(question.form))


def advice(question: Question, value: object) -> str:
    """What to tell a candidate of an answer that is kept but cannot be marked by itself, or ""."""
    if isinstance(question.form, Number) and isinstance(value, str) and not is_blank(value):
        try:
            read_number(value, question.form.unit)
        except NoNumber as error:
            return str(error)[:1].upper() + str(error)[1:]
    return ""


def is_blank(value: object) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def missing(questions: Questions, values: Values) -> list[Question]:
    """The required ones that have no answer, in the order of the paper."""
    return [one for one in questions if one.is_required and is_blank(values.get(one.id))]


def values_of(answers: Iterable[Answer]) -> dict[str, Any]:
    """By question id."""
    return {answer.question_id: json.loads(answer.content) for answer in answers}


def content_of(value: object) -> str:
    """What `Answer.content` holds: short, whatever the script. Half a character, as a field with a
    limit may leave one, becomes a question mark."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="replace").decode()


def _check_chosen(chosen: list[str], known: set[str]) -> None:
    if not known.issuperset(chosen):
        raise AnswerError("This is none of the choices; load the page again.")
    if len(set(chosen)) < len(chosen):
        raise AnswerError("A choice counts once.")


def _longest(form: Form) -> int:
    if isinstance(form, ShortText | LongText | Code):
        return form.longest
    return LONGEST_NUMBER + LONGEST_UNIT


def _check_text(text: str, longest: int) -> None:
    if len(text) > longest:
        raise AnswerError(f"This has {len(text):,} characters; {longest:,} are the most.")

"""A paper and its key as JSON, and back: what `Paper.content` and `AnswerKey.content` hold.

What candidates may see is one object and what solves it the other. The first is made of
`Questions` alone, so that nothing of a `Key` can be in it.
"""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from typing import Any

from proctoring.paper.questions import (
    Choice,
    Code,
    Form,
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
from proctoring.paper.solutions import (
    ByHand,
    Key,
    RightChoices,
    RightNumber,
    RightText,
    Solution,
    Solved,
)

VERSION = 1


class ContentError(ValueError):
    """It is no paper, or one of a later version."""


def to_contents(questions: Questions, key: Key) -> tuple[str, str]:
    """Of `Paper` and of `AnswerKey`."""
    return paper_content(questions), key_content(key)


def paper_content(questions: Questions) -> str:
    sections = [
        {
            "title": section.title,
            "text": section.text,
            "is_shuffled": section.is_shuffled,
            "questions": [_question(question) for question in section.questions],
        }
        for section in questions.sections
    ]
    whole = {"title": questions.title, "time_s": questions.time_s, "sections": sections}
    return _json({"version": VERSION} | whole)


def key_content(key: Key) -> str:
    solved = {
        name: {"points": one.points, "penalty": one.penalty} | _solution(one.solution)
        for name, one in key.solved.items()
    }
    return _json({"version": VERSION, "questions": solved})


def read_questions(content: str) -> Questions:
    """Raises ContentError."""
    try:
        whole = _read(content)
        sections = [
            Section(
                tuple(_read_question(one) for one in section["questions"]),
                section["title"],
                section["text"],
                section["is_shuffled"],
            )
            for section in whole["sections"]
        ]
        return Questions(tuple(sections), whole["title"], whole["time_s"])
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError):
        raise ContentError("This is no paper of this version of OpenProctor.") from None


def read_key(content: str) -> Key:
    """Raises ContentError."""
    try:
        solved = _read(content)["questions"]
        return Key(
            {
                name: Solved(_read_solution(one), one["points"], one["penalty"])
                for name, one in solved.items()
            }
        )
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError):
        raise ContentError("This is no answer key of this version of OpenProctor.") from None


def _read(content: str) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(content)
    if whole["version"] != VERSION:
        raise ValueError
    return whole


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# --- questions -----------------------------------------------------------------------------


def _question(question: Question) -> dict[str, Any]:
    pictures = [
        {
            "media_type": picture.media_type,
            "data": base64.b64encode(picture.data).decode(),
            "alt": picture.alt,
        }
        for picture in question.pictures
    ]
    return {
        "id": question.id,
        "kind": question.form.kind,
        "text": question.text,
        "points": question.points,
        "penalty": question.penalty,
        "is_required": question.is_required,
        "time_s": question.time_s,
        "pictures": pictures,
    } | _form(question.form)


def _form(form: Form) -> dict[str, Any]:
    match form:
        case SingleChoice() | MultipleChoice():
            choices = [{"id": choice.id, "text": choice.text} for choice in form.choices]
            each = {"counts_each": form.counts_each} if isinstance(form, MultipleChoice) else {}
            return {"choices": choices, "is_shuffled": form.is_shuffled} | each
        case Number():
            return {"unit": form.unit}
        case Code():
            return {"longest": form.longest, "language": form.language, "start": form.start}
        case ShortText() | LongText():
            return {"longest": form.longest}


def _read_question(one: dict[str, Any]) -> Question:
    pictures = [
        Picture(picture["media_type"], base64.b64decode(picture["data"]), picture["alt"])
        for picture in one["pictures"]
    ]
    return Question(
        id=one["id"],
        text=one["text"],
        form=_read_form(one),
        points=one["points"],
        penalty=one["penalty"],
        is_required=one["is_required"],
        time_s=one["time_s"],
        pictures=tuple(pictures),
    )


def _read_form(one: dict[str, Any]) -> Form:
    kind = one["kind"]
    if kind in (SingleChoice.kind, MultipleChoice.kind):
        choices = tuple(Choice(choice["id"], choice["text"]) for choice in one["choices"])
        if kind == SingleChoice.kind:
            return SingleChoice(choices, one["is_shuffled"])
        return MultipleChoice(choices, one["is_shuffled"], one["counts_each"])
    if kind == Number.kind:
        return Number(one["unit"])
    if kind == Code.kind:
        return Code(one["longest"], one["language"], one["start"])
    if kind == ShortText.kind:
        return ShortText(one["longest"])
    if kind == LongText.kind:
        return LongText(one["longest"])
    raise ValueError


# --- solutions -----------------------------------------------------------------------------


def _solution(solution: Solution) -> dict[str, Any]:
    kind = {"kind": solution.kind}
    match solution:
        case RightChoices():
            return kind | {"ids": sorted(solution.ids), "counts_each": solution.counts_each}
        case RightText():
            texts = {"alternatives": list(solution.alternatives)}
            return kind | texts | {"is_case_sensitive": solution.is_case_sensitive}
        case RightNumber():
            numbers = {"value": str(solution.value), "tolerance": str(solution.tolerance)}
            return kind | numbers | {"is_relative": solution.is_relative}
        case ByHand():
            return kind | {"guide": solution.guide}


def _read_solution(one: dict[str, Any]) -> Solution:
    match one["kind"]:
        case RightChoices.kind:
            return RightChoices(frozenset(one["ids"]), one["counts_each"])
        case RightText.kind:
            return RightText(tuple(one["alternatives"]), one["is_case_sensitive"])
        case RightNumber.kind:
            value, tolerance = Decimal(one["value"]), Decimal(one["tolerance"])
            return RightNumber(value, tolerance, one["is_relative"])
        case ByHand.kind:
            return ByHand(one["guide"])
        case _:
            raise ValueError

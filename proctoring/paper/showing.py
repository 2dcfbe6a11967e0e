"""One candidate's paper as the exam page is told it: JSON values, and nothing that solves any.

A question with a time of its own comes without its text until it is opened.
"""

from __future__ import annotations

import base64
from collections.abc import Collection
from typing import Any

from proctoring.paper.limits import LONGEST_NUMBER, LONGEST_UNIT
from proctoring.paper.markdown import read_markdown
from proctoring.paper.questions import (
    Code,
    LongText,
    MultipleChoice,
    Number,
    Question,
    Questions,
    ShortText,
    SingleChoice,
)

Shown = dict[str, Any]


def shown_paper(questions: Questions, opened: Collection[str]) -> Shown:
    """`opened` are the ids of the questions with a time of their own whose time runs."""
    return {
        "title": questions.title,
        "points": questions.points,
        "sections": [
            {
                "title": section.title,
                "text": read_markdown(section.text),
                "questions": [
                    shown_question(one, is_open=one.time_s is None or one.id in opened)
                    for one in section.questions
                ],
            }
            for section in questions.sections
        ],
    }


def shown_question(question: Question, *, is_open: bool = True) -> Shown:
    about = {
        "id": question.id,
        "kind": question.form.kind,
        "points": question.points,
        "penalty": question.penalty,
        "is_required": question.is_required,
        "time_s": question.time_s,
        "is_open": is_open,
    }
    if not is_open:
        return about
    pictures = [
        {
            "source": f"data:{one.media_type};base64,{base64.b64encode(one.data).decode()}",
            "alt": one.alt,
        }
        for one in question.pictures
    ]
    return about | {"text": read_markdown(question.text), "pictures": pictures} | _form(question)


def _form(question: Question) -> Shown:
    match question.form:
        case SingleChoice(choices=choices):
            return {"choices": [{"id": one.id, "text": one.text} for one in choices]}
        case MultipleChoice(choices=choices, counts_each=counts_each):
            listed = [{"id": one.id, "text": one.text} for one in choices]
            return {"choices": listed, "counts_each": counts_each}
        case Number(unit=unit):
            return {"unit": unit, "longest": LONGEST_NUMBER + LONGEST_UNIT}
        case Code(longest=longest, language=language, start=start):
            return {"longest": longest, "language": language, "start": start}
        case ShortText(longest=longest) | LongText(longest=longest):
            return {"longest": longest}

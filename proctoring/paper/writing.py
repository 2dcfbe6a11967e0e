"""A paper back into what its file said: for an editor, and as YAML to keep.

What was read from it is the same paper with the same ids, so that answers keep their questions.
Choices that are shuffled come in the order that says nothing, as they were kept.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import yaml  # type: ignore[import-untyped]

from proctoring.paper.questions import (
    Code,
    LongText,
    MultipleChoice,
    Number,
    Question,
    Section,
    ShortText,
    SingleChoice,
)
from proctoring.paper.reading import Written
from proctoring.paper.solutions import ByHand, RightChoices, RightNumber, RightText, Solution

Document = dict[str, Any]  # as docs/papers.md has it: texts, lists and named fields
Pictures = dict[str, bytes]  # by the names that the document has for them

_ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


def to_document(written: Written) -> tuple[Document, Pictures]:
    pictures: Pictures = {}
    sections = [_section(section, written, pictures) for section in written.questions.sections]
    whole = {"title": written.questions.title, "minutes": _minutes(written.questions.time_s)}
    return _given(whole) | {"sections": sections}, pictures


def to_yaml(document: Document) -> str:
    text: str = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=100)
    return text


def _section(section: Section, written: Written, pictures: Pictures) -> Document:
    about = {
        "title": section.title,
        "text": section.text,
        "shuffle_questions": "true" if section.is_shuffled else "",
    }
    questions = [_question(one, written, pictures) for one in section.questions]
    return _given(about) | {"questions": questions}


def _question(question: Question, written: Written, pictures: Pictures) -> Document:
    solved = written.key.solved[question.id]
    images = []
    for picture in question.pictures:
        name = f"picture-{len(pictures) + 1}.{_ENDINGS[picture.media_type]}"
        pictures[name] = picture.data
        images.append({"file": name, "alt": picture.alt})
    about = {
        "kind": question.form.kind,
        "id": question.id,
        "question": question.text,
        "points": _number(question.points),
        "penalty": _number(question.penalty) if question.penalty else "",
        "required": "true" if question.is_required else "",
        "minutes": _minutes(question.time_s),
        "images": images,
    }
    return _given(about | _form(question) | _solution(question, solved.solution))


def _form(question: Question) -> Document:
    match question.form:
        case SingleChoice(choices=choices, is_shuffled=is_shuffled):
            return {"choices": [one.text for one in choices], **_shuffled(is_shuffled)}
        case MultipleChoice(choices=choices, is_shuffled=is_shuffled, counts_each=counts_each):
            marking = {"marking": "each" if counts_each else "all"}
            return {"choices": [one.text for one in choices], **_shuffled(is_shuffled), **marking}
        case Number(unit=unit):
            return {"unit": unit}
        case Code(longest=longest, language=language, start=start):
            return {"language": language, "start": start, "longest": str(longest)}
        case ShortText(longest=longest) | LongText(longest=longest):
            return {"longest": str(longest)}


def _shuffled(is_shuffled: bool) -> Document:
    return {"shuffle_choices": "true" if is_shuffled else "false"}


def _solution(question: Question, solution: Solution) -> Document:
    match solution:
        case RightChoices(ids=ids) if isinstance(question.form, SingleChoice | MultipleChoice):
            return {"answer": [one.text for one in question.form.choices if one.id in ids]}
        case RightText(alternatives=alternatives, is_case_sensitive=is_case_sensitive):
            case = {"case_sensitive": "true" if is_case_sensitive else ""}
            return {"answer": list(alternatives), **case}
        case RightNumber(value=value, tolerance=tolerance, is_relative=is_relative):
            share = f"{_plain(tolerance * 100)} %" if is_relative else _plain(tolerance)
            return {"answer": _plain(value), "tolerance": share if tolerance else ""}
        case ByHand(guide=guide):
            return {"guide": guide}
        case _:
            return {}


def _given(fields: Document) -> Document:
    return {name: value for name, value in fields.items() if value not in ("", [], None)}


def _minutes(seconds: int | None) -> str:
    """In a whole second each, as it was read."""
    return "" if seconds is None else _plain(round(Decimal(seconds) / 60, 4))


def _number(value: float) -> str:
    return _plain(round(Decimal(str(value)), 2))


def _plain(value: Decimal) -> str:
    """ "60", "9.81", "1E+50" """
    value = value.normalize()
    return str(value) if value and abs(value.adjusted()) > 12 else f"{value:f}"

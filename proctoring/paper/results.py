"""All candidates' answers and what was marked of them by itself, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from proctoring import plaintext
from proctoring.paper import notes
from proctoring.paper.answering import content_of, is_blank, values_of
from proctoring.paper.marking import Mark, Marks, mark
from proctoring.paper.questions import MultipleChoice, Question, Questions, SingleChoice
from proctoring.paper.solutions import Key
from proctoring.types import Answer, Participant

ABOUT = ("participant_id", "name", "started_at", "finished_at", "finish_reason")
TOTAL = ("points", "of", "to_mark")


@dataclass(frozen=True, slots=True)
class Result:
    """Of one candidate."""

    participant: Participant
    answers: tuple[Answer, ...]
    marks: Marks


def result(
    paper: Questions, key: Key, participant: Participant, answers: Iterable[Answer]
) -> Result:
    kept = tuple(answers)
    return Result(participant, kept, mark(paper, key, values_of(kept)))


def as_csv(paper: Questions, results: Sequence[Result]) -> bytes:
    """A row a candidate, two columns a question. With a byte order mark, by which spreadsheets
    know UTF-8; nothing that was typed is calculated by one."""
    text = io.StringIO()
    rows = csv.writer(text)
    questions = list(paper)
    per_question = [
        f"{number} {what}"
        for number in range(1, len(questions) + 1)
        for what in ("answer", "points")
    ]
    rows.writerow([*ABOUT, *TOTAL, *per_question])
    for one in results:
        values, marks = values_of(one.answers), one.marks
        cells = [_cell(getattr(one.participant, name)) for name in _FIELDS]
        cells += [as_text(marks.points), as_text(marks.of), str(len(marks.to_mark))]
        for question, given in zip(questions, marks.marks, strict=True):
            points = "" if given.points is None else as_text(given.points)
            cells += [_cell(shown(question, values.get(question.id))), points]
        rows.writerow(cells)
    return text.getvalue().encode("utf-8-sig", errors="replace")


def as_json(meeting_id: str, revision: int, paper: Questions, results: Sequence[Result]) -> str:
    """One JSON object."""
    questions = [
        {
            "number": number,
            "id": question.id,
            "section": section.title,
            "kind": question.form.kind,
            "text": question.text,
            "points": question.points,
        }
        for number, (section, question) in enumerate(
            ((section, question) for section in paper.sections for question in section.questions), 1
        )
    ]
    told = {
        "meeting_id": meeting_id,
        "revision": revision,
        "title": paper.title,
        "questions": questions,
        "candidates": [_candidate(paper, one) for one in results],
    }
    return content_of(told)


def shown(question: Question, value: object) -> str:
    """An answer in words: choices by their texts."""
    if is_blank(value):
        return ""
    if isinstance(question.form, SingleChoice | MultipleChoice):
        texts = {choice.id: choice.text for choice in question.form.choices}
        chosen = value if isinstance(value, list) else [value]
        return " | ".join(texts.get(str(one), f"({one})") for one in chosen)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


_FIELDS = ("id", *ABOUT[1:])


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return plaintext.cell("" if value is None else str(value))


def as_text(value: float) -> str:
    """ "2", "0.5", "12345.25" """
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _candidate(paper: Questions, one: Result) -> dict[str, Any]:
    person, marks = one.participant, one.marks
    answers = {answer.question_id: answer for answer in one.answers}
    known = {question.id for question in paper}
    return {
        "participant_id": person.id,
        "name": person.name,
        "started_at": _time(person.started_at),
        "finished_at": _time(person.finished_at),
        "finish_reason": person.finish_reason,
        "is_erased": person.erased_at is not None,
        "points": marks.points,
        "of": marks.of,
        "to_mark": list(marks.to_mark),
        "answers": [
            _answer(question, answers.get(question.id), given)
            for question, given in zip(paper, marks.marks, strict=True)
        ],
        "answers_to_other_questions": [
            {"question_id": name, "answer": json.loads(answer.content)}
            for name, answer in answers.items()
            if name not in known and not notes.is_note(name)
        ],
    }


def _answer(question: Question, answer: Answer | None, given: Mark) -> dict[str, Any]:
    value = json.loads(answer.content) if answer else None
    return {
        "question_id": question.id,
        "answer": value,
        "in_words": shown(question, value),
        "saved_at": _time(answer.saved_at) if answer else None,
        "points": given.points,
        "of": given.of,
        "outcome": given.outcome,
    }


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None

"""Makers of papers, answers and staff."""

from __future__ import annotations

import json
from typing import Any

from making import at

from proctoring.types import Answer, AnswerKey, Paper, Staff, StaffRole

QUESTIONS = json.dumps({"sections": [{"title": "Über π", "questions": ["1 + 1?"]}]})
SOLUTIONS = json.dumps({"1": {"points": 2, "solution": "2"}})


def paper(revision: int = 1, content: str = QUESTIONS, **changes: Any) -> Paper:
    values: dict[str, Any] = {
        "meeting_id": "m",
        "revision": revision,
        "content": content,
        "saved_at": at(revision),
    }
    return Paper(**values | changes)


def answer_key(revision: int = 1, content: str = SOLUTIONS, **changes: Any) -> AnswerKey:
    values: dict[str, Any] = {
        "meeting_id": "m",
        "revision": revision,
        "content": content,
        "saved_at": at(revision),
    }
    return AnswerKey(**values | changes)


def answer(revision: int = 1, content: str = '"two"', **changes: Any) -> Answer:
    values: dict[str, Any] = {
        "participant_id": "p",
        "question_id": "1",
        "revision": revision,
        "content": content,
        "saved_at": at(revision),
    }
    return Answer(**values | changes)


def staff(entry: str = "ann@uni.example", role: StaffRole = StaffRole.PROCTOR) -> Staff:
    return Staff(entry, role, at(0))

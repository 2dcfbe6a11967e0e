"""Makers of papers, answers, acts, traces, stills, an office's records and staff."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from making import at

from proctoring.types import (
    Act,
    Answer,
    AnswerKey,
    OfficeRecord,
    Paper,
    Staff,
    StaffRole,
    Still,
    Trace,
)

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


def act(number: int = 1, content: str = '{"text": "Hëllo"}', **changes: Any) -> Act:
    values: dict[str, Any] = {
        "id": f"act {number}",
        "participant_id": "p",
        "at": at(number),
        "actor": "a proctor's link",
        "role": "proctor",
        "kind": "message",
        "content": content,
    }
    return Act(**values | changes)


def trace(number: int = 1, content: bytes = b"\x00\xff\x5c", **changes: Any) -> Trace:
    values: dict[str, Any] = {
        "id": f"trace {number}",
        "participant_id": "p",
        "started_at": at(60 * number),
        "ended_at": at(60 * number + 60),
        "content": content,
    }
    return Trace(**values | changes)


def office_record(**changes: Any) -> OfficeRecord:
    values: dict[str, Any] = {
        "id": "q",
        "meeting_id": "m",
        "kind": "invitation",
        "revision": 1,
        "token_hash": "hash of q",
        "content": '{"name": "Zoë"}',
        "saved_at": at(5),
        "actor": "c",
    }
    return OfficeRecord(**values | changes)


def still(number: int = 1, data: bytes = b"\x00\xff\x5c", **changes: Any) -> Still:
    values: dict[str, Any] = {
        "id": f"still {number}",
        "participant_id": "p",
        "at": at(number),
        "source": "screen",
        "width": 1280,
        "height": 720,
        "sha256": sha256(data).hexdigest(),
        "data": data,
    }
    return Still(**values | changes)


def staff(entry: str = "ann@uni.example", role: StaffRole = StaffRole.PROCTOR) -> Staff:
    return Staff(entry, role, at(0))

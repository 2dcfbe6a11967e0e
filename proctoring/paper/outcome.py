"""What became of what a candidate did on the exam's paper, and how their exam stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Why(StrEnum):
    """For what reason an answer is not taken. The page has the words."""

    NOT_BEGUN = "not begun"
    FINISHED = "finished"  # by the candidate
    LATE = "late"
    PAUSED = "paused"
    QUESTION_OVER = "question over"  # its own time
    NOT_OPENED = "not opened"  # and has a time of its own
    UNKNOWN = "unknown"  # there is no such question, or no longer
    FORM = "form"  # it is no answer to this question; the text says why
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Saved:
    revision: int
    at: datetime  # UTC
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Newer:
    """Another answer is there, from another page of this candidate."""

    revision: int
    value: Any = field(repr=False)
    at: datetime | None  # UTC


@dataclass(frozen=True, slots=True)
class Refused:
    why: Why
    text: str = ""
    late_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Times:
    """How the exam of one candidate stands."""

    ends_at: datetime  # UTC
    paused_at: datetime | None = None  # UTC; None: it goes on
    pause_reason: str = ""
    paused_s: float = 0.0  # so far, a pause that lasts included
    extra_s: float = 0.0


@dataclass(frozen=True, slots=True)
class State:
    """What the page needs to know over and over."""

    stage: str  # "waiting" | "running" | "paused" | "over" | "finished"
    revision: int = 0  # of the paper; 0: there is none
    ends_at: datetime | None = None  # UTC, of the paper
    is_shorter: bool = False  # the paper ends before the exam
    reason: str = ""  # of a pause, or of the end
    questions: dict[str, datetime] = field(default_factory=dict)  # until when those opened run

"""What is kept beside a candidate's answers, as answers are: under names that no question has."""

from __future__ import annotations

MARKED = "~marked"  # ids of the questions that the candidate wants to come back to
_OPENED = "~opened."  # and the id of a question with a time of its own: since when it runs


def opened(question_id: str) -> str:
    return _OPENED + question_id


def is_note(question_id: str) -> bool:
    """Ids of questions begin with a letter or a digit: see `reading`."""
    return question_id.startswith("~")

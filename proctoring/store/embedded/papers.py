"""The paper of a meeting and, apart from it, its answer key, inside a transaction of SQLite."""

from __future__ import annotations

import sqlite3

from proctoring.store import Rejected
from proctoring.store.embedded.rows import insert, several, to_row
from proctoring.types import AnswerKey, Paper

_NEW = "UPDATE SET revision = :revision, content = :content, saved_at = :saved_at"
_NEWER = "meeting_id = ? AND revision > ?"


def save(db: sqlite3.Connection, paper: Paper, key: AnswerKey) -> None:
    """Raises Rejected unless the revision is the highest yet, or nothing would change."""
    known = paper_of(db, paper.meeting_id)
    if known is None or known.revision < paper.revision:
        put(db, paper, key)
    elif not is_same(known, key_of(db, paper.meeting_id), paper, key):
        raise Rejected(f"The paper has the revision {known.revision} already.")


def put(db: sqlite3.Connection, paper: Paper, key: AnswerKey) -> None:
    """In place of whatever is there."""
    insert(db, "paper", to_row(paper), _NEW)
    insert(db, "answer_key", to_row(key), _NEW)


def is_same(known: Paper, known_key: AnswerKey | None, paper: Paper, key: AnswerKey) -> bool:
    """Whenever it was saved."""
    return (
        known_key is not None
        and (known.revision, known.content) == (paper.revision, paper.content)
        and known_key.content == key.content
    )


def paper_of(db: sqlite3.Connection, meeting_id: str, after: int = 0) -> Paper | None:
    return next(iter(several(db, Paper, "paper", _NEWER, meeting_id, after)), None)


def key_of(db: sqlite3.Connection, meeting_id: str, after: int = 0) -> AnswerKey | None:
    return next(iter(several(db, AnswerKey, "answer_key", _NEWER, meeting_id, after)), None)

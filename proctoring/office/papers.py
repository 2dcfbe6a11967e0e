"""A meeting's paper in the store: given to it, and what was answered to it, marked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from proctoring.audit import events
from proctoring.audit.papers import ASKED_PAPER
from proctoring.paper import notes, results
from proctoring.paper.content import read_key, read_questions, to_contents
from proctoring.paper.questions import Questions
from proctoring.paper.reading import Written
from proctoring.store import Rejected, Store, StoreError
from proctoring.types import AnswerKey, Paper


class AnswersLost(StoreError):
    """Answers that are there would belong to no question of the paper."""

    def __init__(self, count: int, ids: list[str]) -> None:
        self.count, self.ids = count, ids
        answers = "1 answer" if count == 1 else f"{count} answers"
        super().__init__(
            f"{answers} would belong to no question: give back the id to those that were changed"
            f" ({', '.join(ids[:10])})"
        )


@dataclass(frozen=True, slots=True)
class Marked:
    """What all candidates answered."""

    revision: int
    questions: Questions
    results: list[results.Result]


def attach(
    store: Store,
    meeting_id: str,
    written: Written,
    actor: str,
    now: datetime,
    *,
    is_anyway: bool = False,
) -> tuple[Paper, bool]:
    """The meeting's paper from now on, and whether it is another one than before.

    Raises AnswersLost unless `is_anyway`, Rejected on hold, StoreError.
    """
    content, solutions = to_contents(written.questions, written.key)
    before, key = store.paper(meeting_id), store.answer_key(meeting_id)
    if before and before.content == content and key and key.content == solutions:
        return before, False
    if before and (held := store.held(meeting_id)):
        raise Rejected(f"The exam is on hold ({held}): its paper stays as it is.")
    if not is_anyway:
        check_answered(store, meeting_id, written.questions)
    revision = (before.revision if before else 0) + 1
    asked = events.done(meeting_id, actor, ASKED_PAPER, meeting_id, f"revision {revision}")
    store.append_audit(asked)
    paper = Paper(meeting_id, revision, content, now)
    store.save_paper(paper, AnswerKey(meeting_id, revision, solutions, now))
    return paper, True


def check_answered(store: Store, meeting_id: str, questions: Questions) -> None:
    """Whether every answer that is there keeps its question. Raises AnswersLost."""
    known = {question.id for question in questions}
    lost: Counter[str] = Counter(
        answer.question_id
        for person in store.participants(meeting_id)
        for answer in store.answers(person.id)
        if answer.question_id not in known and not notes.is_note(answer.question_id)
    )
    if lost:
        raise AnswersLost(lost.total(), sorted(lost))


def written(store: Store, meeting_id: str) -> Written | None:
    """The paper and its key, as they are now. For whoever manages the exam. Raises ContentError."""
    paper, key = store.paper(meeting_id), store.answer_key(meeting_id)
    if paper is None or key is None:
        return None
    return Written(read_questions(paper.content), read_key(key.content))


def marked(store: Store, meeting_id: str) -> Marked | None:
    """None if there is no paper. Raises ContentError, StoreError."""
    paper, found = store.paper(meeting_id), written(store, meeting_id)
    if paper is None or found is None:
        return None
    people = store.participants(meeting_id)
    return Marked(
        paper.revision,
        found.questions,
        [
            results.result(found.questions, found.key, person, store.answers(person.id))
            for person in people
        ],
    )

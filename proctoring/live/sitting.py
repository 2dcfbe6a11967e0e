"""One candidate's paper while they sit the exam: what is shown, opened, answered and refused.

The server's clock decides. An answer that was made in time and comes late, because a line was
bad, is taken for a minute: the page says how long ago it was made, and can gain no more by a lie.
A page counts the revisions of an answer up by one: whoever does not know the newest cannot write
over it. If another server has newer ones, and cannot be asked now, the page is ahead, and right.

Waits for the store: not to be called on an event loop. One at a time for each candidate.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from proctoring.paper import notes
from proctoring.paper.answering import AnswerError, advice, check_answer, content_of
from proctoring.paper.arranging import arrange
from proctoring.paper.content import read_questions
from proctoring.paper.lateness import is_in_time, late_s, made_at
from proctoring.paper.limits import MOST_QUESTIONS
from proctoring.paper.outcome import Newer, Refused, Saved, State, Times, Why
from proctoring.paper.questions import Question, Questions
from proctoring.store import Rejected, Store
from proctoring.types import Answer, Meeting, Paper, Participant

KNOWN_FOR_S = 10.0  # then another server may have saved something: see `Store.answers`
MOST_AHEAD = 1000  # revisions; so no page can use them up
SUBMITTED = "submitted"
_BEFORE_PAUSE = timedelta(seconds=2)  # by which a page learns of a pause


class Sitting:
    def __init__(
        self,
        store: Store,
        participant_id: str,
        times_of: Callable[[Meeting, Participant, datetime], Times],
    ) -> None:
        self._store = store
        self._id = participant_id
        self._times_of = times_of
        self._meeting = store.meeting(store.participant(participant_id).meeting_id)
        self._paper: Paper | None = None
        self._questions = Questions(())
        self._known: dict[str, Answer] = {}  # the newest to each question
        self._openings: dict[str, Answer] = {}  # by question id; they never change
        self._read_at = -KNOWN_FOR_S

    # what there is ------------------------------------------------------------------------

    def state(self, now: datetime) -> State:
        person = self._store.participant(self._id)
        if person.started_at is None or person.erased_at is not None:
            return State("waiting")
        self._load()
        revision = self._paper.revision if self._paper else 0
        times = self._times_of(self._meeting, person, now)
        ends_at = self._ends_at(person, times)
        is_shorter = ends_at < times.ends_at
        if person.finished_at is not None:
            return State("finished", revision, ends_at, reason=person.finish_reason)
        ends = {
            one.id: self._question_ends_at(one, self._openings[one.id], times)
            for one in self._questions
            if one.time_s is not None and one.id in self._openings
        }
        if times.paused_at is not None:
            return State("paused", revision, ends_at, is_shorter, times.pause_reason, ends)
        stage = "running" if now < ends_at else "over"
        return State(stage, revision, ends_at, is_shorter, questions=ends)

    def paper(self) -> tuple[int, Questions, set[str]]:
        """Revision, questions in this candidate's order, and the opened ones among those with a
        time of their own. Revision 0: there is none."""
        self._load()
        self._read()
        revision = self._paper.revision if self._paper else 0
        return revision, self._questions, set(self._openings)

    def answers(self) -> list[Answer]:
        """Whatever belongs on the page, newest of each."""
        self._load()
        self._read()
        known = {question.id for question in self._questions} | {notes.MARKED}
        return [one for name, one in self._known.items() if name in known]

    # what the candidate does --------------------------------------------------------------

    def open(self, question_id: str, now: datetime) -> Question | Refused:
        """The time of this question runs from the first time on."""
        person = self._store.participant(self._id)
        self._load()
        question = self._find(question_id)
        if question is None:
            return Refused(Why.UNKNOWN)
        self._read()
        if question.time_s is None or question_id in self._openings:
            return question
        times = self._times_of(self._meeting, person, now)
        if refused := self._is_open(person, times, now, now):
            return refused
        said = {"at": now.astimezone(UTC).isoformat(), "paused_s": times.paused_s}
        opening = Answer(self._id, notes.opened(question_id), 1, content_of(said), now)
        self._store.save_answer(opening)
        self._openings[question_id] = opening
        return question

    def save(
        self, question_id: str, revision: int, value: object, age_s: float, now: datetime
    ) -> Saved | Newer | Refused:
        """Raises StoreError if it cannot be kept now: then it is not kept, and may come again."""
        person = self._store.participant(self._id)
        self._load()
        times = self._times_of(self._meeting, person, now)
        if not self._knows(question_id, revision):
            self._read()
        before, newest = self._known.get(question_id), self._newest(question_id)
        content = content_of(value)
        if before and revision == newest and before.content == content:
            return Saved(newest, before.saved_at)  # only its acknowledgement was lost
        if refused := self._check(person, times, question_id, value, made_at(now, age_s), now):
            return refused
        if not newest < revision <= newest + MOST_AHEAD:
            return Newer(newest, *_held(before))
        answer = Answer(self._id, question_id, revision, content, now)
        try:
            self._store.save_answer(answer)
        except Rejected as error:
            return Refused(Why.ERASED if person.erased_at else Why.FORM, str(error))
        self._known[question_id] = answer
        question = self._find(question_id)
        return Saved(revision, now, advice(question, value) if question else "")

    # the rules ----------------------------------------------------------------------------

    def _check(
        self,
        person: Participant,
        times: Times,
        question_id: str,
        value: object,
        made: datetime,
        now: datetime,
    ) -> Refused | None:
        if refused := self._is_open(person, times, made, now):
            return refused
        if question_id == notes.MARKED:
            return None if self._are_marks(value) else Refused(Why.FORM)
        question = self._find(question_id)
        if question is None:
            return Refused(Why.UNKNOWN)
        if question.time_s is not None:
            opened = self._openings.get(question_id)
            if opened is None:
                return Refused(Why.NOT_OPENED)
            ends_at = self._question_ends_at(question, opened, times)
            if not is_in_time(made, now, ends_at):
                return Refused(Why.QUESTION_OVER, late_s=late_s(now, ends_at))
        try:
            check_answer(question, value)
        except AnswerError as error:
            return Refused(Why.FORM, str(error))
        return None

    def _is_open(
        self, person: Participant, times: Times, made: datetime, now: datetime
    ) -> Refused | None:
        if person.erased_at is not None:
            return Refused(Why.ERASED)
        if person.started_at is None:
            return Refused(Why.NOT_BEGUN)
        if person.finished_at is not None and person.finish_reason == SUBMITTED:
            return Refused(Why.FINISHED)
        ends_at = self._ends_at(person, times)
        if person.finished_at is not None:
            ends_at = min(ends_at, person.finished_at)
        if not is_in_time(made, now, ends_at):
            return Refused(Why.LATE, late_s=late_s(now, ends_at))
        if times.paused_at is not None and made > times.paused_at + _BEFORE_PAUSE:
            return Refused(Why.PAUSED)
        return None

    def _are_marks(self, value: object) -> bool:
        known = {question.id for question in self._questions}
        return (
            isinstance(value, list)
            and len(value) <= MOST_QUESTIONS
            and all(isinstance(one, str) and one in known for one in value)
        )

    # times --------------------------------------------------------------------------------

    def _ends_at(self, person: Participant, times: Times) -> datetime:
        """Of the paper: with the exam, or before if it has a time of its own."""
        if self._questions.time_s is None or person.started_at is None:
            return times.ends_at
        length = timedelta(seconds=self._questions.time_s + times.paused_s + times.extra_s)
        return min(times.ends_at, person.started_at + length)

    def _question_ends_at(self, question: Question, opened: Answer, times: Times) -> datetime:
        """Pauses don't count, and who has more time for the exam has more for the question."""
        said = json.loads(opened.content)
        share = 1 + times.extra_s / max(1, self._meeting.length_s)
        paused_s = max(0.0, times.paused_s - float(said["paused_s"]))
        length = timedelta(seconds=(question.time_s or 0) * share + paused_s)
        return datetime.fromisoformat(said["at"]) + length

    # the paper ----------------------------------------------------------------------------

    def _load(self) -> None:
        """The newest revision, read once."""
        after = self._paper.revision if self._paper else 0
        if found := self._store.paper(self._meeting.id, after):
            questions = read_questions(found.content)
            self._questions = arrange(questions, self._id, found.revision)
            self._paper = found

    def _find(self, question_id: str) -> Question | None:
        return next((one for one in self._questions if one.id == question_id), None)

    def _read(self) -> None:
        """What this server saves itself it knows without asking."""
        self._read_at = time.monotonic()
        self._known = {one.question_id: one for one in self._store.answers(self._id)}
        for question in self._questions:
            opened = self._known.get(notes.opened(question.id))
            if opened is not None and question.time_s is not None:
                self._openings[question.id] = opened

    def _knows(self, question_id: str, revision: int) -> bool:
        """It is as expected, so that nobody else need be asked."""
        is_fresh = time.monotonic() - self._read_at <= KNOWN_FOR_S
        question = self._find(question_id)
        is_opened = not question or question.time_s is None or question_id in self._openings
        return is_fresh and is_opened and revision == self._newest(question_id) + 1

    def _newest(self, question_id: str) -> int:
        known = self._known.get(question_id)
        return known.revision if known else 0


def _held(answer: Answer | None) -> tuple[Any, datetime | None]:
    return (json.loads(answer.content), answer.saved_at) if answer else (None, None)

"""The order in which one candidate sees questions and choices.

It hangs on the participant and the paper's revision alone: a reload, another device and another
server show the same. Sorting by a hash is as good as shuffling, and the same in every language.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from proctoring.paper.questions import MultipleChoice, Question, Questions, Section, SingleChoice

T = TypeVar("T")


def arrange(questions: Questions, participant_id: str, revision: int) -> Questions:
    """The same paper in this candidate's order. Sections stay where they are."""

    def shuffled(values: Iterable[T], name: Callable[[T], str], within: str) -> tuple[T, ...]:
        def place(value: T) -> bytes:
            said = json.dumps([participant_id, revision, within, name(value)])
            return hashlib.sha256(said.encode()).digest()

        return tuple(sorted(values, key=place))

    def question_of(question: Question) -> Question:
        form = question.form
        if not isinstance(form, SingleChoice | MultipleChoice) or not form.is_shuffled:
            return question
        choices = shuffled(form.choices, lambda choice: choice.id, question.id)
        return replace(question, form=replace(form, choices=choices))

    def section_of(section: Section) -> Section:
        found = tuple(question_of(question) for question in section.questions)
        if section.is_shuffled:
            found = shuffled(found, lambda question: question.id, "")
        return replace(section, questions=found)

    return replace(questions, sections=tuple(section_of(one) for one in questions.sections))

"""A paper with a question of every kind, and one with a time of its own."""

from __future__ import annotations

from datetime import UTC, datetime

from papers import PNG, of_yaml

from proctoring.audit.events import OPERATOR
from proctoring.office import papers
from proctoring.paper.reading import Written
from proctoring.store import Store

# Words that are in the solutions alone: no candidate's page may ever get them.
SECRETS = ("Mitochondria sentence", "299792458", "diagonal argument", "empty list too")
TEXT = """
title: Physics and computing
sections:
  - title: Physics
    shuffle_questions: true
    questions:
      - kind: single
        id: vector
        question: Which is a **vector**?
        choices: [Mass, Velocity, Energy]
        answer: Velocity
        points: 2
      - kind: multiple
        id: units
        question: Which are units of energy?
        choices: [Joule, Watt, Electronvolt, Newton]
        answer: [Joule, Electronvolt]
        marking: each
      - {kind: number, id: light, question: "How fast is light?", answer: 299792458, unit: m/s}
      - kind: short
        id: cell
        question: What does the picture show?
        answer: Mitochondria sentence
        images: [{file: a.png, alt: A cell}]
  - title: Computing
    questions:
      - kind: long
        id: halting
        question: Why?
        guide: diagonal argument
        longest: 500
        required: true
      - kind: code
        id: total
        question: Add up a list.
        language: Python
        start: "def total(numbers):"
        guide: empty list too
      - {kind: short, id: quick, question: Quickly now, answer: "Yes", minutes: 1}
"""


def whole(text: str = TEXT) -> Written:
    return of_yaml(text, open_picture=lambda name: PNG)


def attach_whole(store: Store, meeting_id: str, text: str = TEXT) -> Written:
    written = whole(text)
    papers.attach(store, meeting_id, written, OPERATOR, datetime.now(UTC))
    return written

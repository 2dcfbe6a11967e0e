"""The paper in the pictures: one question of each kind, with a drawing."""

from __future__ import annotations

from datetime import UTC, datetime

import cv2
import numpy as np
from live import Links, Server
from papers import of_yaml

from docs.screenshots.studio import opened
from proctoring.audit.events import OPERATOR
from proctoring.office import papers

TITLE = "Physics and computing, mid-term"
TEXT = """
title: Physics and computing
sections:
  - title: Physics
    text: "Take *g* as 9.81 m/s²."
    questions:
      - kind: single
        id: vector
        question: Which of these is a **vector**?
        choices: [Mass, Velocity, Energy, Temperature]
        answer: Velocity
        points: 2
      - kind: multiple
        id: units
        question: Which of these are units of energy?
        choices: [Joule, Watt, Electronvolt, Newton]
        answer: [Joule, Electronvolt]
        marking: each
        points: 2
      - kind: number
        id: light
        question: "How fast is light in a vacuum?"
        answer: 299792458
        unit: m/s
      - kind: short
        id: wave
        question: The drawing shows a wave over one second. What is its frequency?
        answer: 3 Hz
        images: [{file: a.png, alt: A wave with three crests}]
  - title: Computing
    questions:
      - kind: long
        id: halting
        question: Why can no program tell of **every** program whether it ends?
        guide: by contradiction
        longest: 1500
        required: true
        points: 6
      - kind: code
        id: total
        question: Write a function that adds up the numbers of a list.
        language: Python
        start: "def total(numbers):"
        guide: the empty list too
        points: 4
      - {kind: short, id: quick, question: "What is 7 × 8?", answer: "56", minutes: 1}
"""


def drawing() -> bytes:
    """PNG, 640 × 220 px: a sine with three crests and its axes."""
    image = np.full((220, 640, 3), 255, np.uint8)
    cv2.line(image, (30, 110), (620, 110), (150, 150, 150), 1, cv2.LINE_AA)
    cv2.line(image, (30, 15), (30, 205), (150, 150, 150), 1, cv2.LINE_AA)
    x = np.arange(30, 610)
    y = 110 - 75 * np.sin((x - 30) / 580 * 6 * np.pi)
    points = np.stack([x, y], 1).astype(np.int32)
    cv2.polylines(image, [points], False, (110, 118, 15), 3, cv2.LINE_AA)
    return bytes(cv2.imencode(".png", image)[1])


def exam(server: Server, title: str = TITLE, **changes: object) -> Links:
    values: dict[str, object] = {"signals": ("faces", "gaze", "speakers"), "instructions": ""}
    links = server.make_meeting(title, **values | changes)
    written = of_yaml(TEXT, open_picture=lambda name: drawing())
    with opened(server.data_dir) as store:
        papers.attach(store, links.meeting_id, written, OPERATOR, datetime.now(UTC))
    return links

"""Does the candidate move far more than they usually do?

How much somebody moves says nothing of what they do: many cannot sit still, and need not. So it
is compared with the person's own usual, which is learned all the time, stands apart from what
is scored, and asks for nothing but a look at whether the camera still stands well.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from statistics import median
from typing import ClassVar

from proctoring.analysers.equipment import equipment_rule
from proctoring.exam import NOTHING_KNOWN, Exam
from proctoring.perception.scene import Beat, Scene
from proctoring.types import Face, Observation, Rule, Severity

LOOK_EVERY_S = 0.5
WINDOW = 10  # looks: movement is told as the mean of five seconds
USUAL = 1200  # looks: what is usual is the median of ten minutes
LEARN = 60  # looks with a face, before anything is said
NEXT_S = 1.0  # looks further apart are not compared
LEAST_USUAL = 0.1  # face widths a second; the detector's own tremble is up to a third of it


class HeadMovement:
    name: ClassVar[str] = "movement"
    title: ClassVar[str] = "Movement"
    medium: ClassVar[str] = "camera"
    explains: ClassVar[str] = (
        "Whether you move far more than you usually do, because a camera that slips looks the "
        "same. Your own habit is the measure, and it never counts for or against you."
    )
    accepts: ClassVar[type | tuple[type, ...]] = Scene
    rules: ClassVar[tuple[Rule, ...]] = (
        equipment_rule(
            kind="unusual_movement",
            title="More movement than usual",
            signal="head_movement",
            # Times the usual. 23 clips of people who talk, turn and lean stay below 4.3 for five
            # seconds; this has to last for fifteen.
            enter_at=8.0,
            exit_at=4.0,
            phrase="{value:.0f} times as much as usual",
            advice="You may move. Look only whether your camera still stands firmly.",
            severity=Severity.INFO,
            enter_after_s=15.0,
            exit_after_s=5.0,
        ),
    )

    def __init__(self, exam: Exam = NOTHING_KNOWN, /) -> None:
        self._beat = Beat(LOOK_EVERY_S)
        self._last: tuple[float, Face] | None = None
        self._speeds: deque[float] = deque(maxlen=WINDOW)
        self._history: deque[float] = deque(maxlen=USUAL)

    def analyse(self, scene: Scene) -> Iterable[Observation]:
        if not self._beat.is_due(scene.t):
            return
        alone = scene.face if len(scene.faces) == 1 else None  # of two, which one was it before?
        last, self._last = self._last, None if alone is None else (scene.t, alone)
        if self._last is None or last is None or scene.t - last[0] > NEXT_S:
            self._speeds.clear()
            yield Observation(scene.t, "head_movement", None, reason="no single face to follow")
            return
        self._speeds.append(speed(last[1], self._last[1], scene.t - last[0]))
        recent = sum(self._speeds) / len(self._speeds)
        self._history.append(recent)
        if len(self._history) < LEARN or len(self._speeds) < WINDOW:
            yield Observation(scene.t, "head_movement", None, reason="learning what is usual")
            return
        usual = max(median(self._history), LEAST_USUAL)
        yield Observation(scene.t, "head_movement", recent / usual, boxes=(self._last[1].box,))


def speed(before: Face, now: Face, seconds: float) -> float:
    """Widths of the face a second, of its middle."""
    width = max(1, now.box[2] - now.box[0])
    return math.dist(_middle(before), _middle(now)) / width / max(seconds, 1e-3)


def _middle(face: Face) -> tuple[float, float]:
    left, top, right, bottom = face.box
    return (left + right) / 2, (top + bottom) / 2

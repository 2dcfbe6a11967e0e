"""Do the candidate's lips move, as they do in speech?

No rule follows from it: it lets what the microphone hears be told to be the candidate's.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import pairwise
from typing import ClassVar

from proctoring.exam import NOTHING_KNOWN, Exam
from proctoring.perception.head import Head
from proctoring.perception.scene import Beat, Scene
from proctoring.types import Observation, Rule

LOOK_EVERY_S = 0.5
MOVING_OVER_S = 3.0
ENOUGH_LOOKS = 4

# Change of the mouth's opening (height over width) from look to look, on average over 3 s. Three
# clips of shut lips stay below 0.003 and of a smile below 0.05; two of talk and grimaces are
# between 0.05 and 0.4 while they last.
WHOLLY = 0.1

# A face that is turned or small has lips of a few pixels: those of a man who looks past the camera
# seemed to move by 0.1.
FEWEST_PX = 20.0  # between the eyes
STEEPEST_DEG = 35.0


class LipMovement:
    name: ClassVar[str] = "lips"
    title: ClassVar[str] = "Lips"
    medium: ClassVar[str] = "camera"
    explains: ClassVar[str] = (
        "Whether your lips move, so that what the microphone hears can be told to be you. "
        "Nothing of it is kept."
    )
    accepts: ClassVar[type | tuple[type, ...]] = Scene
    rules: ClassVar[tuple[Rule, ...]] = ()

    def __init__(self, exam: Exam = NOTHING_KNOWN, /) -> None:
        self._beat = Beat(LOOK_EVERY_S)
        self._openings: deque[tuple[float, float]] = deque()  # s, height over width

    def analyse(self, scene: Scene) -> Iterable[Observation]:
        """`lips_moving`, 0..1: from still to as in lively speech, over the last 3 s."""
        if not self._beat.is_due(scene.t):
            return
        while self._openings and scene.t - self._openings[0][0] > MOVING_OVER_S:
            self._openings.popleft()
        head = scene.head
        if head is None:
            yield Observation(scene.t, "lips_moving", None, reason="no face in view")
            return
        if reason := _hidden(head):
            yield Observation(scene.t, "lips_moving", None, reason=reason)
            return
        self._openings.append((scene.t, head.mouth_opening))
        if len(self._openings) < ENOUGH_LOOKS:
            why = "lips not seen for long enough"
            yield Observation(scene.t, "lips_moving", None, reason=why)
            return
        changes = [abs(now - then) for (_, then), (_, now) in pairwise(self._openings)]
        moving = sum(changes) / len(changes) / WHOLLY
        yield Observation(scene.t, "lips_moving", min(1.0, moving))


def _hidden(head: Head) -> str:
    if head.between_eyes_px < FEWEST_PX:
        return "face too small"
    return (
        "head turned too far" if max(abs(head.yaw_deg), abs(head.pitch_deg)) > STEEPEST_DEG else ""
    )

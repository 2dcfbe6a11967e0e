"""What the camera shows while a voice is heard: do the candidate's lips move, is somebody near?"""

from __future__ import annotations

from collections import deque
from statistics import median
from typing import NamedTuple

from proctoring.analysers.lips import MOVING_OVER_S, LipMovement
from proctoring.perception.scene import Scene

EXPECTED_S = 12.0  # lips are looked at for this long after somebody spoke
REMEMBERED_S = 60.0
RESTING = 0.3  # of lively speech; shut lips stay below 0.03, a smile below 0.5
FEWEST_LOOKS = 4

# What the camera adds to how sure another voice is. Nothing here was measured but the sign.
AT_REST, MOVING, BESIDE = 1.2, 0.7, 1.1


class _Look(NamedTuple):
    t: float
    lips_moving: float | None
    faces: int


class Company:
    """Looks at lips only while somebody speaks, because an exam is mostly silent."""

    def __init__(self) -> None:
        self._lips = LipMovement()
        self._looks: deque[_Look] = deque()
        self._until_t = float("-inf")

    def expect(self, t: float) -> None:
        """Somebody spoke until `t`."""
        self._until_t = t + EXPECTED_S

    def look(self, scene: Scene) -> None:
        if scene.t > self._until_t:
            return
        for observation in self._lips.analyse(scene):
            self._looks.append(_Look(scene.t, observation.value, len(scene.faces)))
        while self._looks and self._looks[0].t < scene.t - REMEMBERED_S:
            self._looks.popleft()

    def lips_rest(self, span: tuple[float, float] | None) -> bool:
        """Were the candidate's lips seen, and at rest, while this was heard?"""
        moving = self._lips_moving(span) if span else None
        return moving is not None and moving < RESTING

    def beside(self, span: tuple[float, float]) -> tuple[float, str]:
        """By how much surer another voice is in these seconds, and why, in words."""
        factor, words = 1.0, list[str]()
        moving = self._lips_moving(span)
        if moving is not None and moving < RESTING:
            factor, words = factor * AT_REST, [*words, "the candidate's lips rest"]
        elif moving is not None:
            factor, words = factor * MOVING, [*words, "the candidate's lips move"]
        if any(look.faces > 1 for look in self._within(span)):
            factor, words = factor * BESIDE, [*words, "a second face is in view"]
        return factor, "; ".join(words)

    def _lips_moving(self, span: tuple[float, float]) -> float | None:
        seen = [x.lips_moving for x in self._within(span) if x.lips_moving is not None]
        return median(seen) if len(seen) >= FEWEST_LOOKS else None

    def _within(self, span: tuple[float, float]) -> list[_Look]:
        """A look tells of the three seconds before it."""
        start, end = span
        return [look for look in self._looks if start + MOVING_OVER_S / 2 <= look.t <= end + 1]

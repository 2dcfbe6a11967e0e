"""A proctor asks whether it is still the same person: looked at anew, at once, and answered.

What was seen before the question counts for nothing, so the answer is of the looks after it.
"""

from __future__ import annotations

from dataclasses import dataclass

from proctoring.analysers.identity import CONFIRMED, DIFFERENT
from proctoring.pipeline import Pipeline

SIGNAL = "face_distance"
WITHIN_S = 30.0  # to look up and into the camera, and to be seen at it


@dataclass(frozen=True, slots=True)
class Rechecked:
    result: str  # "same" | "different" | "uncertain" | "off"
    text: str  # for a proctor


class Recheck:
    def __init__(self, asked_t: float) -> None:
        """`asked_t`: s of the session's media time."""
        self._asked_t = asked_t
        self._from_t: float | None = None  # what was seen before it does not count

    def step(
        self, pipeline: Pipeline, now: float, begun_t: float, is_paused: bool
    ) -> Rechecked | None:
        """Once there is an answer. `begun_t`: where the pipeline's own time begins."""
        if SIGNAL not in pipeline.signals:
            return Rechecked("off", "Nobody is compared in this exam. Please look for yourself.")
        if self._from_t is None:
            self._from_t = now
            pipeline.recheck()
            return None
        latest = None if is_paused else pipeline.latest.get(SIGNAL)
        if latest is not None and latest.t + begun_t <= self._from_t:
            latest = None
        if latest is not None and latest.value is not None:
            return _said(latest.value)
        if now - self._asked_t < WITHIN_S:
            return None
        why = latest.reason if latest else "nothing comes from the camera"
        why = "the exam is paused" if is_paused else why
        return Rechecked("uncertain", f"It could not be told in {WITHIN_S:.0f} s: {why}.")


def _said(distance: float) -> Rechecked:
    measured = f"distance {distance:.2f}, the limit is {DIFFERENT:g}"
    if distance < CONFIRMED:
        return Rechecked("same", f"The same person as at the beginning ({measured}).")
    if distance >= DIFFERENT:
        return Rechecked("different", f"The face is unlike the one at the beginning ({measured}).")
    return Rechecked("uncertain", f"It is near the limit ({measured}). Please look for yourself.")

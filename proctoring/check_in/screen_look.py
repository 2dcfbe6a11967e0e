"""How somebody looks at the middle of their screen, for which they look at a dot there."""

from __future__ import annotations

import math
from dataclasses import astuple

from proctoring.analysers.directions import LEARN_LOOKS, Look, baseline, look_at
from proctoring.exam import GazeBaseline
from proctoring.perception.scene import Scene
from proctoring.types import Image, VideoFrame

WANTED = LEARN_LOOKS + 2
MOST_PICTURES = 4 * WANTED  # then it is learned in the exam's first minute instead


class ScreenLook:
    def __init__(self) -> None:
        self._looks: list[Look] = []
        self._seen = 0

    @property
    def done(self) -> int:
        """Of WANTED."""
        return len(self._looks)

    @property
    def is_over(self) -> bool:
        return self.done >= WANTED or self._seen >= MOST_PICTURES

    def take(self, image: Image) -> None:
        """One more picture; where the eyes can't be told it does not count."""
        if self.is_over:
            return
        look = look_at(Scene(VideoFrame(float(self._seen), image)))
        self._seen += 1
        if isinstance(look, Look) and not look.hidden:
            self._looks.append(look)

    @property
    def learned(self) -> GazeBaseline | None:
        """None while there is too little of it."""
        found = baseline(self._looks) if self.done >= WANTED else None
        return found if found and all(map(math.isfinite, astuple(found))) else None

"""Does the camera show anything, does the picture move, does it come at all?"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from statistics import median
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from proctoring.analysers.equipment import equipment_rule, lost_rule
from proctoring.exam import NOTHING_KNOWN, Exam
from proctoring.perception import quality
from proctoring.perception.scene import Scene
from proctoring.types import AudioChunk, Observation, Rule, Tick

Luma = npt.NDArray[np.float32]  # (height / 8, width / 8), 0..255

COMPARE_AFTER_S = 1.0  # nobody sits without moving a pixel for a second; sensors don't either
TOO_SMALL = "picture too small"  # below 8 px
STEADY_OVER = 8  # observations; an encoder's key frame makes one of them jump


class CameraHealth:
    name: ClassVar[str] = "camera"
    title: ClassVar[str] = "Camera"
    medium: ClassVar[str] = "camera"
    explains: ClassVar[str] = "Whether your camera sends a picture, neither covered nor frozen."
    accepts: ClassVar[type | tuple[type, ...]] = (Scene, AudioChunk, Tick)
    rules: ClassVar[tuple[Rule, ...]] = (
        equipment_rule(
            kind="camera_covered",
            title="Camera covered or dark",
            signal="picture_detail",
            # Grey levels. 28 clips and 92 pictures of people and rooms stay above 1.2, a bare
            # wall included; a lens cap, a thumb on the lens and a dark room stay below 0.61.
            enter_at=0.65,
            exit_at=0.95,
            phrase="nothing can be made out",
            advice="Uncover the camera, or turn on a light.",
            enter_after_s=3.0,
        ),
        equipment_rule(
            kind="camera_frozen",
            title="Camera picture frozen",
            signal="picture_change",
            # Grey levels a second. People, and the noise of an empty room, stay above 0.37.
            enter_at=0.05,
            exit_at=0.12,
            phrase="the same picture again and again",
            advice="Move a little. If that changes nothing, plug the camera in again or reload.",
            enter_after_s=4.0,
        ),
        lost_rule("video_lost", signal="picture_age_s", what="picture", source="camera"),
    )

    def __init__(self, exam: Exam = NOTHING_KNOWN, /) -> None:
        self._last_t = 0.0
        self._past: deque[tuple[float, Luma]] = deque()
        self._changes: deque[float] = deque(maxlen=STEADY_OVER)

    def analyse(self, sample: Scene | AudioChunk | Tick) -> Iterable[Observation]:
        if isinstance(sample, Scene):
            yield Observation(sample.t, "picture_age_s", 0.0)
            self._last_t = sample.t
            if not sample.luma.size:
                yield Observation(sample.t, "picture_detail", None, reason=TOO_SMALL)
                yield Observation(sample.t, "picture_change", None, reason=TOO_SMALL)
                return
            detail = self._detail(sample)
            yield Observation(sample.t, "picture_detail", detail)
            if detail > self.rules[0].enter_at:
                yield self._change(sample)
            else:
                yield Observation(sample.t, "picture_change", None, reason="nothing to compare")
        else:
            yield Observation(sample.t, "picture_age_s", max(0.0, sample.t - self._last_t))

    def _detail(self, scene: Scene) -> float:
        """Not brightness: a dark room can be seen in, and a thumb on the lens is not black.
        Where a face is found, something is seen, however dark it is.
        """
        detail = quality.detail(scene.luma)
        rule = self.rules[0]
        return max(detail, rule.exit_at) if detail < rule.exit_at and scene.faces else detail

    def _change(self, scene: Scene) -> Observation:
        """Mean difference to the picture of a second ago, in grey levels; a running median."""
        while len(self._past) > 1 and self._past[1][0] <= scene.t - COMPARE_AFTER_S:
            self._past.popleft()
        if self._past and self._past[0][1].shape != scene.luma.shape:
            self._past.clear()  # the browser changed the picture's size
        self._past.append((scene.t, scene.luma))
        then, luma = self._past[0]
        if scene.t - then < COMPARE_AFTER_S:
            return Observation(scene.t, "picture_change", None, reason="the picture has just begun")
        self._changes.append(float(np.abs(scene.luma - luma).mean()))
        return Observation(scene.t, "picture_change", median(self._changes))

"""How many faces are in view?"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from statistics import median_low
from typing import ClassVar

import cv2
import numpy as np

from proctoring.exam import NOTHING_KNOWN, Exam
from proctoring.perception.percentiles import percentile
from proctoring.perception.scene import Beat, Scene
from proctoring.types import Face, Observation, Rule, Severity

# A glance, and what a glance can miss (a small face far behind) by examining a picture now and
# then; as long as that finds anything but one face, nothing but examinations.
LOOK_EVERY_S = 0.5  # enough to time an incident by; a glance costs 5 ms of CPU
EXAMINE_EVERY_S = 5.0  # and an examination 36
SMOOTH_OVER = 3  # looks; the middle one counts
SMOOTH_OVER_S = 2.0  # older looks say nothing about now

# Where no face is found in a picture worse than this, nobody can say that there is none.
# Darkened until a fiftieth of `luma` is lighter than 12 grey levels, pictures still gave 97 % of
# their faces, until 8 79 %. A camera under a cap or a thumb has up to 0.61 grey levels of detail
# (see camera.py). Blurred by 24 px of 640, steps from block to block are up to 0.126 of the
# picture's range, and 5 % of the faces are left; an empty plaster wall has 0.196.
TOO_DARK = 10.0
TOO_FLAT = 0.65
TOO_BLURRED = 0.13


class FaceCounter:
    """Counts faces; a single look that differs from its neighbours changes nothing.

    The middle of the last three looks counts, so a count is believed with the second look that
    says it, which is taken at the next picture. The rules then wait as long as they say.
    """

    name: ClassVar[str] = "faces"
    title: ClassVar[str] = "Faces in view"
    medium: ClassVar[str] = "camera"
    explains: ClassVar[str] = (
        "How many faces the camera sees; when it is none, or more than one, for some seconds, "
        "one picture is kept for the examiner."
    )
    accepts: ClassVar[type | tuple[type, ...]] = Scene
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            kind="multiple_faces",
            title="More than one face",
            signal="face_count",
            enter_at=2,
            exit_at=1,
            phrase="{value:.0f} faces",
            advice="Make sure that you are alone in the picture.",
            severity=Severity.ALERT,
            weight=0.4,
            enter_after_s=2.0,
            exit_after_s=2.0,
        ),
        Rule(
            kind="no_face",
            title="No face in view",
            signal="face_count",
            enter_at=0,
            exit_at=1,
            phrase="no face",
            advice="Sit so that the camera sees your whole face, with light from the front.",
            severity=Severity.WARNING,
            weight=0.2,
            enter_after_s=4.0,
            exit_after_s=1.0,
        ),
    )

    is_costly: ClassVar[bool] = True

    def __init__(self, exam: Exam = NOTHING_KNOWN, /) -> None:
        self._beat, self._examine = Beat(LOOK_EVERY_S), Beat(EXAMINE_EVERY_S)
        self._looks: deque[tuple[float, tuple[Face, ...]]] = deque(maxlen=SMOOTH_OVER)
        self._is_alone = True  # by the last look
        self._is_news = False  # what the last look saw: not what was told

    def analyse(self, scene: Scene) -> Iterable[Observation]:
        is_due = self._beat.is_due(scene.t)
        if not is_due and not self._is_news:
            return
        faces = self._look(scene)
        self._is_alone, self._is_news = len(faces) == 1, False
        if not faces and (reason := hidden_by(scene)):
            self._looks.clear()
            yield Observation(scene.t, "face_count", None, reason=reason)
            return
        while self._looks and scene.t - self._looks[0][0] > SMOOTH_OVER_S:
            self._looks.popleft()
        self._looks.append((scene.t, faces))
        told = self._observe(scene.t)
        self._is_news = is_due and told.value != len(faces)
        yield told

    def _look(self, scene: Scene) -> tuple[Face, ...]:
        if self._examine.is_due(scene.t, scene.stretch) or not self._is_alone:
            return scene.examined_faces
        return scene.faces

    def _observe(self, t: float) -> Observation:
        count = median_low(len(seen) for _, seen in self._looks)
        seen_t, newest = next(look for look in reversed(self._looks) if len(look[1]) == count)
        return Observation(
            t,
            "face_count",
            count,
            confidence=min((face.confidence for face in newest), default=1.0),
            boxes=tuple(face.box for face in newest),
            seen_t=seen_t,
        )


def hidden_by(scene: Scene) -> str:
    """Why a face could not be seen in this picture even if there were one; empty if it could."""
    luma = scene.luma
    if not luma.size:
        return "picture too small"
    if (high := percentile(luma, 98)) < TOO_DARK:
        return "picture too dark"
    if float(np.abs(luma - cv2.blur(luma, (5, 5))).mean()) < TOO_FLAT:
        return "nothing can be made out"
    steps = np.abs(np.diff(luma, axis=1))
    if steps.size and percentile(steps, 99) < TOO_BLURRED * (high - percentile(luma, 2)):
        return "picture too blurred"
    return ""

"""Where does the candidate sit: near enough, not too near, the whole face in the picture?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from proctoring.analysers.equipment import equipment_rule
from proctoring.analysers.faces import hidden_by
from proctoring.exam import NOTHING_KNOWN, Exam
from proctoring.perception.scene import Beat, Scene
from proctoring.types import Face, Image, Observation, Rule

LOOK_EVERY_S = 1.0
LIKELY_FACE = 0.5  # of the mesh
LASTS_S = 5.0  # leaning back or reaching for a pen is no reason to say anything


class FacePosition:
    name: ClassVar[str] = "position"
    title: ClassVar[str] = "Place before the camera"
    medium: ClassVar[str] = "camera"
    explains: ClassVar[str] = (
        "About how far your face is from the camera, and whether all of it is in the picture, so "
        "that you can be told to move. It never counts for or against you."
    )
    accepts: ClassVar[type | tuple[type, ...]] = Scene
    rules: ClassVar[tuple[Rule, ...]] = (
        equipment_rule(
            kind="too_far",
            title="Too far from the camera",
            signal="face_distance_cm",
            # Who types sits within a metre of the keyboard, and the estimate may be a quarter too
            # long, because no camera tells its lens.
            enter_at=130.0,
            exit_at=115.0,
            phrase="about {value:.0f} cm away",
            advice="Sit closer to the camera, at about an arm's length.",
            enter_after_s=LASTS_S,
        ),
        equipment_rule(
            kind="too_close",
            title="Too close to the camera",
            signal="face_distance_cm",
            # Nearer than this the head is higher than the picture of an ordinary webcam.
            enter_at=21.0,
            exit_at=24.0,
            phrase="about {value:.0f} cm away",
            advice="Sit back a little, to about an arm's length from the camera.",
            enter_after_s=LASTS_S,
        ),
        equipment_rule(
            kind="face_cut_off",
            title="Face not wholly in the picture",
            signal="face_margin",
            # Heights of the face. Detectors end the box of a face that is cut off near the edge:
            # within this of 146 faces' edges in 94 % where a fifth is cut off.
            enter_at=0.02,
            exit_at=0.05,
            phrase="the edge of the picture cuts the face",
            advice="Move, or turn the camera, until your whole face is in the picture.",
            enter_after_s=LASTS_S,
        ),
    )

    def __init__(self, exam: Exam = NOTHING_KNOWN, /) -> None:
        self._beat = Beat(LOOK_EVERY_S)

    def analyse(self, scene: Scene) -> Iterable[Observation]:
        if not self._beat.is_due(scene.t):
            return
        face = scene.face
        if face is None:
            reason = hidden_by(scene) or "no face in view"
            yield Observation(scene.t, "face_distance_cm", None, reason=reason)
            yield Observation(scene.t, "face_margin", None, reason=reason)
            return
        yield self._distance(scene, face)
        yield Observation(scene.t, "face_margin", margin(face, scene.image), boxes=(face.box,))

    def _distance(self, scene: Scene, face: Face) -> Observation:
        mesh = scene.mesh
        if mesh is None or scene.head is None or mesh.confidence < LIKELY_FACE:
            return Observation(
                scene.t, "face_distance_cm", None, reason="the face cannot be made out"
            )
        return Observation(scene.t, "face_distance_cm", scene.head.distance_cm, boxes=(face.box,))


def margin(face: Face, image: Image) -> float:
    """From the face to the nearest edge of the picture, in heights of the face."""
    height, width = image.shape[:2]
    left, top, right, bottom = face.box
    return max(0, min(left, top, width - right, height - bottom)) / max(1, bottom - top)

"""Light and framing in words, by the same analysers and limits that the exam will use.

An exam says something when a value is bad for a while; here all must be on the good side of the
band between, so that nobody begins on the edge of a warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from proctoring.analysers.camera import CameraHealth
from proctoring.analysers.faces import FaceCounter
from proctoring.analysers.picture import PictureQuality
from proctoring.analysers.position import FacePosition
from proctoring.check_in import words
from proctoring.perception.scene import Scene
from proctoring.rules import is_good
from proctoring.types import Analyser

LOOKERS: tuple[type[Analyser], ...] = (CameraHealth, FaceCounter, PictureQuality, FacePosition)
# What is said first: without light no face is found, and without a face nothing is told of it.
ORDER = (
    "camera_covered",
    "picture_dark",
    "no_face",
    "multiple_faces",
    "too_close",
    "face_cut_off",
    "too_far",
    "face_backlit",
    "face_overlit",
    "picture_blurred",
    "low_resolution",
)
MARGIN = 0.05  # heights of the face: `face_cut_off` is good from here on


@dataclass(frozen=True, slots=True)
class Guidance:
    """What the candidate should do next."""

    kind: str  # of `words.GUIDANCE`, or "well"
    text: str

    @property
    def is_good(self) -> bool:
        return self.kind == "well"


def guide(scene: Scene, *, is_alone: bool = True) -> Guidance:
    """The one thing to mend first, in words; one picture is enough.

    Who may have somebody with them is not asked to be alone.
    """
    bad = set(_bad(scene))
    if not is_alone:
        bad.discard("multiple_faces")
    for kind in ORDER:
        if kind in bad:
            return _say(_way(scene) if kind == "face_cut_off" else kind)
    if scene.face is None:  # and nobody can say that there is none
        return _say("unseen")
    return Guidance("well", words.WELL)


def _bad(scene: Scene) -> Iterator[str]:
    """Kinds of rules whose value is not good in this picture. What can't be told is none."""
    for kind in LOOKERS:
        found = {seen.signal: seen.value for seen in kind().analyse(scene)}
        for rule in kind.rules:
            value = found.get(rule.signal)
            if rule.kind in ORDER and value is not None and not is_good(rule, value):
                yield rule.kind


def _way(scene: Scene) -> str:
    """Which way to move, for a face that the edge of the picture cuts."""
    assert scene.face is not None
    height, width = scene.image.shape[:2]
    left, top, right, bottom = scene.face.box
    near = MARGIN * (bottom - top)
    at_left, at_right = left < near, width - right < near
    at_top, at_bottom = top < near, height - bottom < near
    if (at_left and at_right) or (at_top and at_bottom):
        return "too_close"
    # The picture is not mirrored: its left edge is on the candidate's right.
    if at_left:
        return "move_left"
    if at_right:
        return "move_right"
    return "move_down" if at_top else "move_up"


def _say(kind: str) -> Guidance:
    return Guidance(kind, words.GUIDANCE[kind])

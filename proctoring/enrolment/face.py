"""Learning a face from pictures, once, so that it can be known again during the exam.

A profile is numbers: nothing here writes it anywhere, and it ends with its exam.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from proctoring.exam import FaceProfile
from proctoring.perception.boxes import area
from proctoring.perception.face_embedding import Embedding
from proctoring.perception.face_look import why_not
from proctoring.perception.face_match import MOST_LIMIT, farthest_apart, spread_of
from proctoring.perception.faces import examine_faces
from proctoring.perception.scene import Perception, Scene
from proctoring.types import Image, VideoFrame

THOROUGH = Perception(detect_faces=examine_faces)  # pictures, not a stream: there is time
BESIDE = 0.25  # of the largest face's area; a smaller one is somebody in the background
MOST_PICTURES = 16
ENOUGH_SIDE = 48  # px of a picture


class EnrolmentError(ValueError):
    """The pictures can't be used; the message tells the person before the camera why."""


def enrol_faces(pictures: Iterable[Image | Scene]) -> FaceProfile:
    """The profile of the one person in all of the pictures; one is enough, five are better.

    Pictures are (height, width, 3) BGR. Raises EnrolmentError where there is none, one does not
    show exactly one face plainly, or they don't all show the same person.
    """
    scenes = [as_scene(picture) for picture in pictures]
    if not scenes:
        raise EnrolmentError("There is no picture to learn the face from.")
    if len(scenes) > MOST_PICTURES:
        raise EnrolmentError(f"At most {MOST_PICTURES} pictures, please.")
    embeddings = [_embedding(scene, _name(n, len(scenes))) for n, scene in enumerate(scenes, 1)]
    if not of_one_person(embeddings):
        raise EnrolmentError("The pictures do not all show the same person.")
    return profile_of(embeddings)


def of_one_person(embeddings: Sequence[Embedding]) -> bool:
    """Can they all be of the same person?"""
    return farthest_apart(embeddings) <= MOST_LIMIT


def profile_of(embeddings: Iterable[Embedding]) -> FaceProfile:
    known = np.stack(list(embeddings))
    return FaceProfile(known, spread_of(known))


def as_scene(picture: Image | Scene) -> Scene:
    return picture if isinstance(picture, Scene) else Scene(VideoFrame(0.0, picture), THOROUGH)


def trouble_with(scene: Scene) -> str:
    """Why nobody can be told by this picture, or empty: "no face", "several faces", "face …"."""
    if min(scene.image.shape[:2]) < ENOUGH_SIDE:
        return "picture too small"
    if scene.face is None or scene.mesh is None:
        return "no face"
    beside = sorted((area(face.box) for face in scene.faces), reverse=True)[1:]
    if any(other > BESIDE * area(scene.face.box) for other in beside):
        return "several faces"
    return why_not(scene.image, scene.mesh)


def _embedding(scene: Scene, name: str) -> Embedding:
    if trouble := trouble_with(scene):
        raise EnrolmentError(f"{name}: {trouble}.")
    assert scene.embedding is not None
    return scene.embedding


def _name(number: int, count: int) -> str:
    return "The picture" if count == 1 else f"Picture {number} of {count}"

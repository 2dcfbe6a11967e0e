"""The portrait on an identity card that is held to the camera, beside the face of its holder.

The card is laid flat, and the small face printed on it is compared with the selfies. Nothing
else on the card is read. `benchmarks/identity.py` measures it on cards that were drawn for the
purpose, since there are no pictures of real ones to be had.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from proctoring.perception.boxes import area, overlap
from proctoring.perception.card_outline import Corners, card_about
from proctoring.perception.face_embedding import Embedding, embed_face
from proctoring.perception.face_look import why_not
from proctoring.perception.face_match import THRESHOLD, distance_from, same_person
from proctoring.perception.faces import examine_faces
from proctoring.perception.mesh import NoMesh, face_mesh
from proctoring.types import BoxXYXY, Face, Image

FLAT = (1012, 638)  # px of a card laid flat: 300 an inch
LEAST_FACE_PX = (
    36  # height of the portrait in the picture, with 14 px between its eyes: see face_look
)
TILE = 0.6  # of the picture's sides, where a card is small
SAME_FACE = 0.4  # overlap
WHOLE_ASPECT = (1.52, 1.65)  # of a picture that is nothing but a card: a scan; photos have 3:2
WHOLE_SHARE = (0.16, 0.72)  # height of the face in it
OFF_MIDDLE = 0.07  # of its width


@dataclass(frozen=True, slots=True, eq=False)
class IdCardMatch:
    same_person: bool | None  # None: it can't be said, and `reason` says why
    distance: float | None  # None where there are not two faces
    threshold: float
    reason: str = ""
    face_box: BoxXYXY | None = None  # px of the picture, about the portrait
    corners: Corners | None = None  # (4, 2) px of the picture, clockwise from the upper left


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    card: Image  # laid flat
    face: Face  # in the card
    corners: Corners  # px of the picture
    box: BoxXYXY  # about the face, px of the picture


def match_id_card(image: Image, selfies: Sequence[Image]) -> IdCardMatch:
    """Is the person of the selfies the one on the card in `image`? All BGR, of any size."""
    known = [embedding for selfie in selfies if (embedding := _largest(selfie)) is not None]
    if not known:
        return IdCardMatch(None, None, THRESHOLD, "there is no face in the selfie")
    return match_known(image, np.stack(known))


def match_known(image: Image, known: npt.NDArray[np.float32]) -> IdCardMatch:
    """The same for a face that was learned before: (n, 256) embeddings of one person."""
    portrait = find_portrait(image)
    if portrait is None:
        return IdCardMatch(None, None, THRESHOLD, "no card with a portrait was found")
    try:
        mesh = face_mesh(portrait.card, portrait.face)
    except NoMesh:
        return IdCardMatch(None, None, THRESHOLD, "the portrait cannot be made out")
    apart = distance_from(known, embed_face(portrait.card, mesh))
    same, reason = same_person(apart), ""
    if same is None:
        reason = "too near to the threshold to say"
    elif not same:
        # What is wrong with a picture moves one person's faces apart, never two people's together.
        is_small = portrait.box[3] - portrait.box[1] < LEAST_FACE_PX
        wrong = "face too small" if is_small else why_not(portrait.card, mesh)
        reason = wrong.replace("face", "portrait")
        same = None if reason else False
    return IdCardMatch(
        same, round(apart, 4), THRESHOLD, reason, portrait.box, portrait.corners.round(1)
    )


def find_portrait(image: Image) -> Portrait | None:
    """The face that is printed on a card in the picture, or None."""
    if min(image.shape[:2]) < LEAST_FACE_PX:
        return None
    for faces in _faces(image):
        for face in sorted(faces, key=lambda face: area(face.box)):  # the holder's is larger
            corners = card_about(image, face)
            if corners is not None and (portrait := _laid_flat(image, face, corners)):
                return portrait
    return _scan(image)


def _faces(image: Image) -> Iterator[tuple[Face, ...]]:
    """In the whole picture, then in parts of it, where smaller ones are found."""
    yield examine_faces(image)
    height, width = image.shape[:2]
    for top in (0, round(height * (1 - TILE))):
        for left in (0, round(width * (1 - TILE))):
            part = image[top : top + round(height * TILE), left : left + round(width * TILE)]
            yield tuple(_shifted(face, left, top) for face in examine_faces(part))


def _shifted(face: Face, x: int, y: int) -> Face:
    left, top, right, bottom = face.box
    points = tuple((to_x + x, to_y + y) for to_x, to_y in face.points)
    return Face((left + x, top + y, right + x, bottom + y), face.confidence, points)


def _laid_flat(image: Image, face: Face, corners: Corners) -> Portrait | None:
    width, height = FLAT
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), flat)
    to_card = np.asarray(matrix, np.float64)
    card = np.asarray(cv2.warpPerspective(image, to_card, FLAT, flags=cv2.INTER_CUBIC), np.uint8)
    place = _moved(face.box, to_card)
    found = [other for other in examine_faces(card) if overlap(other.box, place) > SAME_FACE]
    return Portrait(card, found[0], corners, face.box) if found else None


def _moved(box: BoxXYXY, matrix: npt.NDArray[np.float64]) -> BoxXYXY:
    left, top, right, bottom = box
    sides = np.array([[[left, top], [right, top], [right, bottom], [left, bottom]]], np.float64)
    placed = cv2.perspectiveTransform(sides, matrix)[0]
    low, high = placed.min(axis=0), placed.max(axis=0)
    return round(float(low[0])), round(float(low[1])), round(float(high[0])), round(float(high[1]))


def _scan(image: Image) -> Portrait | None:
    """A picture that is nothing but the card: of its shape, with one face beside the middle."""
    height, width = image.shape[:2]
    faces = examine_faces(image)
    if len(faces) != 1 or not WHOLE_ASPECT[0] <= width / height <= WHOLE_ASPECT[1]:
        return None
    left, top, right, bottom = faces[0].box
    share = (bottom - top) / height
    aside = abs((left + right) / 2 / width - 0.5)
    if not WHOLE_SHARE[0] <= share <= WHOLE_SHARE[1] or aside < OFF_MIDDLE:
        return None
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    return Portrait(image, faces[0], corners, faces[0].box)


def _largest(image: Image) -> Embedding | None:
    face = max(examine_faces(image), key=lambda face: area(face.box), default=None)
    if face is None:
        return None
    try:
        return embed_face(image, face_mesh(image, face))
    except NoMesh:
        return None

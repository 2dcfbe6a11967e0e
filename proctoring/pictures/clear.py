"""What of a picture stays clear for staff, by what it is about.

Always: the head and shoulders of the candidate. Besides it what has to be seen to be judged, and
nothing else; faces of others are hidden even within that.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

import cv2
import numpy as np
import numpy.typing as npt

from proctoring.pictures.marks import Marks
from proctoring.types import BoxXYXY

Mask = npt.NDArray[np.float32]  # (height, width), 1 where it is clear, 0 where nothing shows


class About(StrEnum):
    """What an incident's boxes are, besides the candidate."""

    NOBODY = "nobody"  # the candidate's face, others' faces, bodies: nothing more stays clear
    THING = "thing"  # a phone, a book, a screen: it has to be seen
    FACE = "face"  # whoever sits in the candidate's place: whether it is they is the question


# Kinds that are not named here show the candidate alone.
ABOUT = {
    "phone_seen": About.THING,
    "book_seen": About.THING,
    "second_screen": About.THING,
    "different_person": About.FACE,
    "spoof_suspected": About.FACE,
}
HEAD = (0.42, 0.60, 0.42, 0.28)  # left, above, right, below a face's box, of its width and height
SHOULDERS = (1.45, 1.75)  # half their width, and how far they reach below, of the face's
ROOM = 0.10  # around a thing, of its longer side
HIDE = 0.30  # around another's face, of its size
SAME = 0.35  # so much of a box in another: it is the same face


def about(kind: str) -> About:
    return ABOUT.get(kind, About.NOBODY)


def settled(marks: Marks) -> Marks:
    """Who counts as the subject and who as another, for this kind of incident."""
    subject, others = marks.subject, marks.others
    if about(marks.kind) is About.FACE and marks.boxes:
        subject = marks.boxes[0].box
        others = (*others, *([marks.subject] if marks.subject else []))
    if subject is not None:
        others = tuple(box for box in others if not _is_same(box, subject))
    return replace(marks, subject=subject, others=others)


def mask(marks: Marks, width: int, height: int) -> Mask:
    """What stays clear, for a picture of this size."""
    marks = settled(marks)
    by = (width / marks.size[0], height / marks.size[1])
    shown = np.zeros((height, width), np.uint8)
    hidden = np.zeros_like(shown)
    for box in marks.others:
        _ellipse(hidden, _grown(_scaled(box, by), HIDE))
    if marks.subject:
        subject = _scaled(marks.subject, by)
        _bust(shown, subject)
        _ellipse(hidden, subject, 0)  # where two faces meet, the candidate's own stays
    for box in marks.others:
        _ellipse(hidden, _scaled(box, by))  # and the other's own never does
    if about(marks.kind) is About.THING:
        for mark in marks.boxes:
            left, top, right, bottom = _scaled(mark.box, by)
            room = ROOM * max(right - left, bottom - top)
            corner, opposite = (left - room, top - room), (right + room, bottom + room)
            cv2.rectangle(shown, _whole(corner), _whole(opposite), 255, -1)
    shown[hidden > 0] = 0
    return _soft(shown, width)


def _soft(shown: npt.NDArray[np.uint8], width: int) -> Mask:
    """With an edge that fades inwards: beyond it nothing shows at all."""
    edge = max(1, width // 40)
    inner = cv2.erode(shown, np.ones((2 * edge + 1, 2 * edge + 1), np.uint8), borderValue=255)
    faded = cv2.GaussianBlur(inner.astype(np.float32) / 255, (0, 0), edge / 2 + 0.1)
    return np.where(shown > 0, faded, np.float32(0)).astype(np.float32)


def _bust(shown: npt.NDArray[np.uint8], face: tuple[float, ...]) -> None:
    left, top, right, bottom = face
    wide, high = right - left, bottom - top
    head = (
        left - HEAD[0] * wide,
        top - HEAD[1] * high,
        right + HEAD[2] * wide,
        bottom + HEAD[3] * high,
    )
    _ellipse(shown, head)
    middle = (left + right) / 2
    reach = SHOULDERS[1] * high
    _ellipse(
        shown,
        (
            middle - SHOULDERS[0] * wide,
            bottom + 0.05 * high,
            middle + SHOULDERS[0] * wide,
            bottom + 2 * reach,
        ),
    )
    shown[max(0, min(shown.shape[0], round(bottom + reach))) :, :] = 0


def _ellipse(into: npt.NDArray[np.uint8], box: tuple[float, ...], value: int = 255) -> None:
    left, top, right, bottom = box
    axes = (max(1, round((right - left) / 2)), max(1, round((bottom - top) / 2)))
    cv2.ellipse(into, _whole(((left + right) / 2, (top + bottom) / 2)), axes, 0, 0, 360, value, -1)


def _grown(box: tuple[float, ...], share: float) -> tuple[float, ...]:
    left, top, right, bottom = box
    x, y = share * (right - left), share * (bottom - top)
    return left - x, top - y, right + x, bottom + y


def _scaled(box: BoxXYXY, by: tuple[float, float]) -> tuple[float, ...]:
    return box[0] * by[0], box[1] * by[1], box[2] * by[0], box[3] * by[1]


def _whole(point: tuple[float, float]) -> tuple[int, int]:
    return round(point[0]), round(point[1])


def _is_same(box: BoxXYXY, other: BoxXYXY) -> bool:
    """Two boxes of one face: each lies in a good part in the other."""
    wide = max(0, min(box[2], other[2]) - max(box[0], other[0]))
    high = max(0, min(box[3], other[3]) - max(box[1], other[1]))
    sizes = [(b[2] - b[0]) * (b[3] - b[1]) for b in (box, other)]
    return wide * high >= SAME * max(sizes)

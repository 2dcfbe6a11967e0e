"""The edges of an identity card about the portrait that is printed on it.

The portrait is found first, as a face; then four straight lines about it that meet in the
shape of a card (ISO/IEC 7810 ID-1: 85.6 × 53.98 mm), each of them seen for most of its length.
Corners may be round or under fingers. The edge of a screen or a door behind a living face does
not pass: shoulders cross its lower side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
import numpy.typing as npt

from proctoring.types import Face, Image

Corners = npt.NDArray[np.float64]  # (4, 2) px, clockwise from the upper left
Vectors = npt.NDArray[np.float64]  # (n, 2)

FACE_PX = 64.0  # height of the face in the view that is searched
REACH = (7.0, 4.5)  # of the view to each side and up or down, in heights of the face
LEANING = math.radians(28)  # of a line against the face
SAME_ANGLE, SAME_PLACE = math.radians(5), 3.0  # px; pieces of one line
LEAST_PIECE = 14.0  # px
LEAST_LINE = 50.0  # px, of pieces that belong to one line
MOST_LINES = 9  # on each side of the face

ASPECT, OFF_ASPECT = 1.586, 0.35  # perspective makes it wider or narrower, up to here
LEAST_SEEN = 0.45  # of each side
LEAST_MEAN_SEEN = 0.65
FACE_SHARE = (0.16, 0.72)  # brow to chin, over the card's height
BESIDE_MIDDLE = 0.07  # of the card's width: portraits stand to the left or to the right
OPPOSITE = 1.6  # longer over shorter of two opposite sides


@dataclass(frozen=True, slots=True)
class _Line:
    place: Vectors  # (2,) px of the view, a point of it
    along: Vectors  # (2,) of length 1
    pieces: npt.NDArray[np.float64]  # (n, 2): from where to where along it


def card_about(image: Image, face: Face) -> Corners | None:
    """The corners of the card that the face is printed on, in px of the picture."""
    left, top, right, bottom = face.box
    middle = np.array([(left + right) / 2, (top + bottom) / 2])
    height = max(8.0, float(bottom - top))
    view, to_view = _view(image, middle, height)
    lines = _lines(_pieces(view), _roll(face))
    here = to_view[:, :2] @ middle + to_view[:, 2]
    corners = _best(lines, here, _roll(face))
    if corners is None:
        return None
    back = cv2.invertAffineTransform(to_view)
    return np.asarray(corners @ back[:, :2].T + back[:, 2], np.float64)


def _view(image: Image, middle: Vectors, height: float) -> tuple[Image, Vectors]:
    """The surroundings of the face, which is `FACE_PX` high there; and the way there."""
    limits = np.array(image.shape[1::-1])
    low = np.maximum(np.floor(middle - height * np.array(REACH)), 0).astype(int)
    high = np.minimum(np.ceil(middle + height * np.array(REACH)), limits).astype(int)
    part = image[low[1] : high[1], low[0] : high[0]]
    scale = FACE_PX / height
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    view = np.asarray(cv2.resize(part, None, fx=scale, fy=scale, interpolation=method), np.uint8)
    return view, np.array([[scale, 0, -scale * low[0]], [0, scale, -scale * low[1]]])


def _pieces(view: Image) -> npt.NDArray[np.float64]:
    """(n, 4) straight pieces of edges of brightness and of colour: x, y, x, y."""
    found = [np.zeros((0, 4))]
    for channel in cv2.split(cv2.cvtColor(view, cv2.COLOR_BGR2LAB)):
        lines = cv2.createLineSegmentDetector().detect(channel)[0]
        if lines is not None:
            found.append(lines.reshape(-1, 4).astype(np.float64))
    pieces = np.concatenate(found)
    return pieces[np.linalg.norm(pieces[:, 2:] - pieces[:, :2], axis=1) >= LEAST_PIECE]


def _roll(face: Face) -> float:
    """The line of the eyes, in radians clockwise."""
    if len(face.points) < 2:
        return 0.0
    (x, y), (to_x, to_y) = sorted(face.points[:2])
    return math.atan2(to_y - y, to_x - x)


def _lines(pieces: npt.NDArray[np.float64], roll: float) -> tuple[list[_Line], list[_Line]]:
    """Those across the face and those along it, the longest first."""
    vectors = pieces[:, 2:] - pieces[:, :2]
    angles = np.arctan2(vectors[:, 1], vectors[:, 0]) - roll
    across = np.abs(_folded(angles)) < LEANING
    down = np.abs(_folded(angles - math.pi / 2)) < LEANING
    return _joined(pieces[across]), _joined(pieces[down])


def _folded(angles: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """-π/2..π/2: a line has no direction."""
    return np.asarray((angles + math.pi / 2) % math.pi - math.pi / 2)


def _joined(pieces: npt.NDArray[np.float64]) -> list[_Line]:
    starts, ends = pieces[:, :2], pieces[:, 2:]
    lengths = np.linalg.norm(ends - starts, axis=1)
    angles = np.arctan2(*(ends - starts).T[::-1])
    free = np.ones(len(pieces), bool)
    lines = []
    for seed in np.argsort(-lengths):
        if not free[seed]:
            continue
        along = (ends[seed] - starts[seed]) / lengths[seed]
        aside = np.array([-along[1], along[0]])
        off = np.maximum(*(np.abs((side - starts[seed]) @ aside) for side in (starts, ends)))
        same = (off < SAME_PLACE) & (np.abs(_folded(angles - angles[seed])) < SAME_ANGLE)
        free &= ~same
        if lengths[same].sum() >= LEAST_LINE:
            reach = np.stack([(s[same] - starts[seed]) @ along for s in (starts, ends)], axis=1)
            lines.append(_Line(starts[seed], along, np.sort(reach, axis=1)))
    return sorted(lines, key=lambda line: -float(np.diff(line.pieces).sum()))


def _best(lines: tuple[list[_Line], list[_Line]], here: Vectors, roll: float) -> Corners | None:
    """The four lines that are most like a card's."""
    right = np.array([math.cos(roll), math.sin(roll)])
    downwards = np.array([-right[1], right[0]])
    above, below = _either_side(lines[0], here, downwards)
    before, behind = _either_side(lines[1], here, right)
    best, best_worth = None, 0.0
    for top, bottom in product(above, below):
        for left, far in product(before, behind):
            sides = (top, far, bottom, left)
            corners = _corners(sides)
            if corners is None or not _is_card(corners, here):
                continue
            seen = [
                _seen(side, *ends)
                for side, *ends in zip(sides, corners, np.roll(corners, -1, axis=0), strict=True)
            ]
            if min(seen) < LEAST_SEEN or np.mean(seen) < LEAST_MEAN_SEEN:
                continue
            worth = float(np.mean(seen)) + 0.3 - abs(_aspect(corners) - ASPECT)
            if worth > best_worth:
                best, best_worth = corners, worth
    return best


def _either_side(
    lines: list[_Line], here: Vectors, towards: Vectors
) -> tuple[list[_Line], list[_Line]]:
    """Those before the face and those behind it, seen in a direction."""
    half = 0.4 * FACE_PX
    sides: tuple[list[_Line], list[_Line]] = ([], [])
    for line in lines:
        aside = np.array([-line.along[1], line.along[0]])
        aside *= np.sign(aside @ towards) or 1.0
        off = float((line.place - here) @ aside)
        if abs(off) > half and len(sides[off > 0]) < MOST_LINES:
            sides[off > 0].append(line)
    return sides


def _corners(sides: tuple[_Line, _Line, _Line, _Line]) -> Corners | None:
    """Where the top meets the left, the right the top, and so on; clockwise."""
    found = []
    for one, other in zip((sides[3], *sides[:3]), sides, strict=True):
        matrix = np.column_stack([one.along, -other.along])
        if abs(np.linalg.det(matrix)) < 0.2:
            return None
        found.append(one.place + one.along * np.linalg.solve(matrix, other.place - one.place)[0])
    return np.array(found)


def _aspect(corners: Corners) -> float:
    top, right, bottom, left = _lengths(corners)
    return float((top + bottom) / max(1.0, right + left))


def _lengths(corners: Corners) -> Vectors:
    return np.asarray(np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1))


def _is_card(corners: Corners, here: Vectors) -> bool:
    """Of a card's shape, with a face of a portrait's size where portraits are."""
    top, right, bottom, left = _lengths(corners)
    if min(top, right, bottom, left) < FACE_PX:
        return False
    if max(top / bottom, bottom / top, left / right, right / left) > OPPOSITE:
        return False
    if abs(_aspect(corners) - ASPECT) > OFF_ASPECT:
        return False
    if not FACE_SHARE[0] <= FACE_PX / ((left + right) / 2) <= FACE_SHARE[1]:
        return False
    flat = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    to_card = cv2.getPerspectiveTransform(corners.astype(np.float32), flat)
    x, y = cv2.perspectiveTransform(here.reshape(1, 1, 2), to_card)[0, 0]
    return 0 < x < 1 and 0.15 < y < 0.9 and abs(x - 0.5) > BESIDE_MIDDLE


def _seen(line: _Line, start: Vectors, end: Vectors) -> float:
    """The share of a side, without its round corners, that lies on pieces of its line."""
    low, high = sorted(float((point - line.place) @ line.along) for point in (start, end))
    low, high = low + 0.06 * (high - low), high - 0.06 * (high - low)
    covered, reached = 0.0, low
    for begins, ends in sorted(line.pieces.tolist()):
        begins, ends = max(begins, reached), min(ends, high)
        if ends > begins:
            covered += ends - begins
            reached = ends
    return covered / max(1.0, high - low)

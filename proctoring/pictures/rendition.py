"""A picture with all that is nobody's business blurred, and one with its marks drawn in.

Of what is blurred only means over a coarse grid are left: `CELLS` along the longer side, and 2 × 2
of another's face. The rest of it is not in the file, so nothing brings it back.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from proctoring.pictures.clear import mask, settled
from proctoring.pictures.marks import BadMarks, Marks, marks_of, with_marks
from proctoring.types import BoxXYXY, Image

CELLS = 12  # along the longer side of the picture
LEVELS = 8  # steps of brightness that two means must differ by to look different
COVERED, FADED = 0.72, 0.95  # sides of a face's box from its middle: its corners are at 0.71
QUALITY = 82
MOST_PIXELS = 4096 * 4096
BOX_COLOUR = (60, 200, 255)  # BGR: amber, seen on light and on dark skin and clothes
EDGE_COLOUR = (0, 0, 0)


_Colours = npt.NDArray[np.float32]  # (height, width, 3), BGR, 0..255


class Unshowable(ValueError):
    """No picture can be made of it."""


def blurred(jpeg: bytes) -> bytes:
    """What staff are shown. A picture of an earlier version, and one that the program drew, stay
    as they are. Raises Unshowable."""
    try:
        marks = marks_of(jpeg)
    except BadMarks:
        marks = Marks(size=(1, 1))  # of which nothing is known: then all of it is blurred
    if marks is None or marks.is_drawn:
        return jpeg
    image = _opened(jpeg)
    height, width = image.shape[:2]
    if marks.size == (1, 1):
        marks = Marks(size=(width, height))
    shown = settled(marks)
    return with_marks(_jpeg(hide(image, shown)), replace(shown, is_blurred=True))


def hide(image: Image, marks: Marks) -> Image:
    height, width = image.shape[:2]
    clear = mask(marks, width, height)
    frosted = _frosted(image)
    for box in marks.others:
        _cover(frosted, image, box, marks)
    weight = clear[..., None]
    mixed = image.astype(np.float32) * weight + frosted * (1 - weight)
    return np.clip(np.round(mixed), 0, 255).astype(np.uint8)


def drawn(jpeg: bytes) -> bytes:
    """With its marks in it, for paper: the file has no others. Raises Unshowable."""
    try:
        marks = marks_of(jpeg)
    except BadMarks:
        return jpeg
    if marks is None or not marks.boxes:
        return jpeg
    image = _opened(jpeg)
    by = (image.shape[1] / marks.size[0], image.shape[0] / marks.size[1])
    thick = max(2, image.shape[1] // 240)
    for one in marks.boxes:
        left, top, right, bottom = (round(side * by[i % 2]) for i, side in enumerate(one.box))
        cv2.rectangle(image, (left, top), (right, bottom), EDGE_COLOUR, thick + 2)
        cv2.rectangle(image, (left, top), (right, bottom), BOX_COLOUR, thick)
    return _jpeg(image)


def _frosted(image: Image) -> _Colours:
    """As seen through frosted glass: means over a coarse grid, with soft passages between them."""
    height, width = image.shape[:2]
    cell = max(width, height) / CELLS
    across, down = max(1, round(width / cell)), max(1, round(height / cell))
    means = cv2.resize(image, (across, down), interpolation=cv2.INTER_AREA)
    wide = cv2.resize(_stepped(means), (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(cv2.GaussianBlur(wide, (0, 0), cell / 2.5), 0, 255), np.float32)


def _cover(frosted: _Colours, image: Image, box: BoxXYXY, marks: Marks) -> None:
    """Of a face near the camera the grid would leave more than enough: four means do."""
    height, width = image.shape[:2]
    x, y = width / marks.size[0], height / marks.size[1]
    wide, high = (box[2] - box[0]) * x, (box[3] - box[1]) * y
    middle = (box[0] + box[2]) * x / 2, (box[1] + box[3]) * y / 2
    left, right = (round(middle[0] + side * FADED * wide) for side in (-1, 1))
    top, bottom = (round(middle[1] + side * FADED * high) for side in (-1, 1))
    left, top, right, bottom = max(0, left), max(0, top), min(width, right), min(height, bottom)
    if right - left < 2 or bottom - top < 2:
        return
    means = cv2.resize(image[top:bottom, left:right], (2, 2), interpolation=cv2.INTER_AREA)
    size = (right - left, bottom - top)
    flat = cv2.resize(_stepped(means), size, interpolation=cv2.INTER_LINEAR)
    across = (np.arange(left, right, dtype=np.float32) + 0.5 - middle[0]) / wide
    down = (np.arange(top, bottom, dtype=np.float32) + 0.5 - middle[1]) / high
    radius = np.hypot(across[None, :], down[:, None])
    weight = np.clip((FADED - radius) / (FADED - COVERED), 0, 1)[..., None]
    there = frosted[top:bottom, left:right]
    frosted[top:bottom, left:right] = flat * weight + there * (1 - weight)


def _stepped(means: npt.NDArray[Any]) -> _Colours:
    return np.asarray((means / LEVELS).round() * LEVELS, np.float32)


def _opened(jpeg: bytes) -> Image:
    try:
        found = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise Unshowable("this is no picture") from error
    if found is None or found.shape[0] * found.shape[1] > MOST_PIXELS:
        raise Unshowable("this is no picture")
    return np.asarray(found, np.uint8)


def _jpeg(image: Image) -> bytes:
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise Unshowable("no JPEG can be made of it")
    return bytes(data.tobytes())

"""How many faces are in a picture, and where.

Two detectors that err differently look at it: what one takes for a face and the other does
not is hardly ever one. A glance is enough for most pictures of one person; only what is not
plainly one face is examined, and what then stays doubtful is looked at enlarged.
`benchmarks/faces.py` measures all of it, each part alone, and other detectors beside it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

from proctoring.perception import retinaface, yuface
from proctoring.perception.detections import SAME_FACE, Detections, moved, overlaps, strongest
from proctoring.types import Face, Image

logger = logging.getLogger(__name__)

Detector = Callable[[Image], Detections]
Affine = npt.NDArray[np.float64]  # (2, 3), from a picture's pixels to another's

# Pixels a look gets, whatever the picture's shape. A glance of this size takes none of 54 pictures
# of several people for one of somebody alone (nor does half as large a one; twice as large a one is
# sure of somebody alone two times of 39 more often). Faces of an eighth of the picture's height
# are all found by either; down to a fourteenth nine of ten by an examination.
GLANCE_AREA = 256 * 192
EXAMINE_AREA = 480 * 360
LONGEST_SIDE = 960  # px; of a picture that is a thin strip
MULTIPLE = 8  # px; sides are filled up with black, because the networks halve them
LEAST_SIDE = 32  # px

# Likelihoods, 0..1, on a plateau: LIKELY from 0.5 to 0.6 and DOUBTFUL from 0.3 to 0.5 change
# the right counts of the test pictures in all their conditions by less than 2 %.
PLAIN = 0.7  # a glance that sees one face at least this likely ...
ELSEWHERE = 0.25  # ... and nothing else likelier than this, is believed
LIKELY = 0.55  # the mean of the detectors
DOUBTFUL = 0.4  # from here on it is looked at enlarged ...
CERTAIN = 0.88  # ... up to here
MOST_DOUBTS = 8  # faces looked at enlarged in one picture; a crowd is a crowd without it

ENLARGED = ((2.0, 192), (3.0, 192))  # sides of the crop: in faces, in px
DARK = 128.0  # 0..255; if only a fiftieth of a picture is lighter, it is brightened
MOST_GAIN = 8.0  # what is darker still is noise
TILTS = (-40.0, 40.0)  # degrees; both detectors miss heads that lean further than about 30


def detect_faces(image: Image) -> tuple[Face, ...]:
    """Every face, the likeliest first, for pictures that come four times a second.

    `image` is (height, width, 3) BGR of any size. About 5 ms of CPU for one clear face and
    40 to 120 for anything else. It depends on nothing but the picture.
    """
    alone = glance(image)
    return alone if alone is not None else examine_faces(image)


def glance(image: Image) -> tuple[Face, ...] | None:
    """The face of somebody who is plainly alone, or None where that cannot be said so soon."""
    if not image.size:
        return None
    seen = see(_detectors()[0], image, GLANCE_AREA)
    scores = np.sort(seen[:, 0])[::-1]
    if len(scores) and scores[0] > PLAIN and (len(scores) == 1 or scores[1] < ELSEWHERE):
        return _as_faces(image, seen[np.argsort(-seen[:, 0])[:1]])
    return None


def examine_faces(image: Image) -> tuple[Face, ...]:
    """Every face, the likeliest first; finds smaller and more tilted ones than a glance does."""
    if not image.size:
        return ()
    found = _examine(image)
    if len(found):
        return _as_faces(image, found)
    tilted = [_examine_tilted(image, degrees) for degrees in TILTS]
    return _as_faces(image, strongest(np.concatenate(tilted)))


def _examine(image: Image) -> Detections:
    """What the detectors agree upon, with doubts settled by enlarging."""
    rows = _agree([see(detect, image, EXAMINE_AREA) for detect in _detectors()])
    doubts = np.flatnonzero((rows[:, 0] > DOUBTFUL) & (rows[:, 0] < CERTAIN))[:MOST_DOUBTS]
    for doubt in doubts:
        closer = [_enlarged(image, rows[doubt], *size) for size in ENLARGED]
        rows[doubt, 0] = np.mean([rows[doubt, 0], *closer])
    return strongest(rows[rows[:, 0] > LIKELY])


def _agree(looks: list[Detections]) -> Detections:
    """One row a face with the mean of the detectors' likelihoods; 0 for one that missed it."""
    names = np.repeat(np.arange(len(looks)), [len(look) for look in looks])
    rows = np.concatenate(looks)
    agreed = []
    while len(rows):
        leader = rows[rows[:, 0].argmax()].copy()
        same = overlaps(leader[None, 1:5], rows[:, 1:5])[0] >= SAME_FACE
        votes = [rows[same & (names == name), 0].max(initial=0) for name in range(len(looks))]
        leader[0] = np.mean(votes)
        agreed.append(leader)
        rows, names = rows[~same], names[~same]
    return strongest(np.array(agreed, np.float32).reshape(-1, 15), least_overlap=1.0)


def see(detect: Detector, image: Image, area: int) -> Detections:
    """What a detector finds in the picture brought to `area` pixels, in the picture's pixels."""
    height, width = image.shape[:2]
    scale = min((area / (height * width)) ** 0.5, LONGEST_SIDE / max(height, width))
    small = _resized(image, max(1, round(width * scale)), max(1, round(height * scale)))
    shrink = np.array([[width / small.shape[1], 0, 0], [0, height / small.shape[0], 0]])
    return moved(detect(_filled_up(_lit(small) if area > GLANCE_AREA else small)), shrink)


def _enlarged(image: Image, row: Detections, faces: float, side: int) -> float:
    """How likely a face is there, seen alone: the mean of the detectors."""
    middle = (row[1:3] + row[3:5]) / 2
    half = max(*(row[3:5] - row[1:3]), 1.0) * faces / 2
    low, high = np.floor(middle - half).astype(int), np.ceil(middle + half).astype(int)
    crop = _cut(image, low, high)
    view = _lit(_resized(crop, side, side))
    box = ((row[1:5] - np.tile(low, 2)) * side / crop.shape[0]).astype(np.float32)[None]
    votes = []
    for detect in _detectors():
        seen = detect(view)
        votes.append(seen[overlaps(box, seen[:, 1:5])[0] > SAME_FACE, 0].max(initial=0))
    return float(np.mean(votes))


def _examine_tilted(image: Image, degrees: float) -> Detections:
    """Examines the picture turned by `degrees`; gives rows in the picture as it is."""
    height, width = image.shape[:2]
    scale = min(1.0, (EXAMINE_AREA / (height * width)) ** 0.5)
    small = _resized(image, max(1, round(width * scale)), max(1, round(height * scale)))
    turn = cv2.getRotationMatrix2D((small.shape[1] / 2, small.shape[0] / 2), degrees, 1.0)
    turned = np.asarray(cv2.warpAffine(small, turn, small.shape[1::-1]), np.uint8)
    if not (see(_detectors()[0], _lit(turned), GLANCE_AREA)[:, 0] > ELSEWHERE).any():
        return np.empty((0, 15), np.float32)  # as nearly always; that costs a fifth
    back = np.asarray(cv2.invertAffineTransform(turn))
    return moved(_examine(turned), back / scale)


def _resized(image: Image, width: int, height: int) -> Image:
    shrinks = width * height < image.shape[0] * image.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (width, height), interpolation=method), np.uint8)


def _lit(image: Image) -> Image:
    """A dark picture brightened until its lights are white; any other as it is."""
    lights = percentile(image, 98)
    if lights >= DARK:
        return image
    return np.asarray(cv2.convertScaleAbs(image, alpha=min(DARK / max(lights, 1.0), MOST_GAIN)))


def percentile(image: Image, percent: float) -> float:
    """NumPy's, of all of the pixels, counted instead of sorted: in a quarter of the time."""
    counts = cv2.calcHist([image.reshape(-1, 1)], [0], None, [256], [0, 256]).ravel()
    place = (image.size - 1) * percent / 100
    below = int(place)
    ranks = [below, min(below + 1, image.size - 1)]
    low, high = np.searchsorted(np.cumsum(counts.astype(np.int64)), ranks, side="right")
    return float(low + (high - low) * (place - below))


def _filled_up(image: Image) -> Image:
    height, width = (max(LEAST_SIDE, -(-side // MULTIPLE) * MULTIPLE) for side in image.shape[:2])
    canvas = np.zeros((height, width, 3), np.uint8)
    canvas[: image.shape[0], : image.shape[1]] = image
    return canvas


def _cut(image: Image, low: npt.NDArray[np.int_], high: npt.NDArray[np.int_]) -> Image:
    """The square from `low` to `high` (x, y), black where it reaches out of the picture."""
    side = int((high - low).max())
    crop = np.zeros((side, side, 3), np.uint8)
    x, y = np.maximum(low, 0)
    part = image[y : max(y, low[1] + side), x : max(x, low[0] + side)]
    crop[y - low[1] :, x - low[0] :][: part.shape[0], : part.shape[1]] = part
    return crop


def _as_faces(image: Image, rows: Detections) -> tuple[Face, ...]:
    limits = np.tile(image.shape[1::-1], 2)
    boxes = np.clip(np.rint(rows[:, 1:5]), 0, limits).astype(int).tolist()
    scores, points = rows[:, 0].tolist(), rows[:, 5:].reshape(-1, 5, 2).tolist()
    return tuple(
        Face((left, top, right, bottom), score, tuple((x, y) for x, y in places))
        for (left, top, right, bottom), score, places in zip(boxes, scores, points, strict=True)
    )


@cache
def _detectors() -> tuple[Detector, ...]:
    """The one that glances first. One alone counts worse: see the README."""
    if yuface.is_available():
        return yuface.detect, retinaface.detect
    logger.warning("yuface has no build for this machine: faces are counted by RetinaFace alone")
    return (retinaface.detect,)

"""Which things lie about in a picture: people, phones, books, laptops and screens.

NanoDet is asked about the whole picture. Where something in it might be a phone, it is asked
again about the picture made smaller and about the place enlarged, and all looks count. Where
YOLOX-nano has been fetched, its opinion of the place counts too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import onnxruntime

from proctoring.perception import fetched, nanodet, yolox
from proctoring.perception.coco import NUMBER
from proctoring.perception.nanodet import Candidates, Floats
from proctoring.perception.percentiles import percentile
from proctoring.perception.phone_head import WEIGHTS
from proctoring.types import BoxXYXY, Image

LONGEST = 416  # px, of the picture as it is looked at first
SMALLER = 288  # px; a phone that fills half of the picture is then as large as NanoDet knows it
SAME_THING = 0.45  # overlap of two boxes (intersection over union)

# NanoDet's likelihoods from which on something is told of; an analyser wants more to act upon.
# At these, four of five easy books, screens and laptops are found, and one in 35 pictures without
# any; among other things on desks, many a "book" is none.
LEAST = {"person": 0.3, "laptop": 0.25, "tv": 0.25}
BOOK, BOOK_DOUBTFUL, BOOK_LEAST = NUMBER["book"], 0.15, 0.175  # of the first look, of the mean

# Log-odds of a phone by the head, see benchmarks/phone_head.py. They are no true ones, because
# it learns from as many places on phones as beside them.
DOUBTFUL = 1.5  # of the first look; from here on there are others: 1 in 30 of a webcam's
MOST_DOUBTS = 2  # places looked at enlarged in one picture
ENLARGED, ENLARGED_SIDE = 2.2, 256  # side of the square: in longer sides of the box, in px
FAINTEST = 0.03  # likelihood of anything at an enlarged place
EVEN = 3.0  # log-odds, the mean of the looks, told as a confidence of 0.5 ...
EVEN_WITH_YOLOX, YOLOX_COUNTS = 1.45, 0.5  # ... and with so much of YOLOX's log-odds added
PHONE_LEAST = 0.3  # confidence from which on it is told of
NOWHERE = -8.0  # log-odds of a phone where a look saw nothing at all
DARK, MOST_GAIN = 128.0, 8.0  # grey levels that a fiftieth is lighter than; as for faces
YOLOX_NOWHERE, YOLOX_LEAST = -6.0, 0.02  # the same of YOLOX, and the likelihood it begins at


@dataclass(frozen=True, slots=True)
class DetectedObject:
    label: str  # of COCO's kinds: "cell phone"
    box: BoxXYXY
    confidence: float  # 0..1


def detect_objects(image: Image) -> tuple[DetectedObject, ...]:
    """People, phones, books, laptops and screens, the likeliest of each kind first.

    `image` is (height, width, 3) BGR of any size. About 35 ms of CPU for 4:3, and 50 to 90 more
    where something may be a phone. It depends on nothing but the picture.
    """
    return detect_by(image, WEIGHTS, fetched.load("yolox_nano"))


def detect_by(
    image: Image, head: Floats, yolox_nano: onnxruntime.InferenceSession | None
) -> tuple[DetectedObject, ...]:
    """The same with another phone head, (81,): benchmarks leave pictures out of theirs."""
    if not image.size:
        return ()
    image = _lit(image)
    seen = nanodet.look(image, LONGEST)
    found = sorted(_phones(image, seen, head, yolox_nano), key=lambda phone: -phone.confidence)
    for label, least in LEAST.items():
        scores = seen.likelihoods[:, NUMBER[label]]
        for index in apart(seen.boxes, scores, least):
            found.append(_thing(label, seen.boxes[index], float(scores[index])))
    return (*found, *_books(image, seen))


def _lit(image: Image) -> Image:
    """A dark picture brightened until its lights are at `DARK`; any other as it is."""
    lights = percentile(image[::8, ::8], 98)
    if lights >= DARK:
        return image
    return np.asarray(cv2.convertScaleAbs(image, alpha=min(DARK / max(lights, 1.0), MOST_GAIN)))


def _phones(
    image: Image, seen: Candidates, head: Floats, yolox_nano: onnxruntime.InferenceSession | None
) -> Iterator[DetectedObject]:
    """What the looks together take for a phone."""
    scores = phone_odds(seen, head)
    if scores.max(initial=NOWHERE) < DOUBTFUL:
        return
    smaller = nanodet.look(image, SMALLER)
    boxes = np.concatenate([seen.boxes, smaller.boxes])
    scores = np.concatenate([scores, phone_odds(smaller, head)])
    other = yolox.look(yolox_nano, image, YOLOX_LEAST) if yolox_nano else None
    for index in apart(boxes, scores, DOUBTFUL)[:MOST_DOUBTS]:
        box = boxes[index]
        closer = [_enlarged(image, box, head, mirrored) for mirrored in (False, True)]
        odds = (float(scores[index]) + float(np.mean(closer))) / 2 - EVEN
        if other:
            odds += EVEN - EVEN_WITH_YOLOX + YOLOX_COUNTS * _yolox_odds(other, box)
        confidence = 1 / (1 + math.exp(-odds))
        if confidence >= PHONE_LEAST:
            yield _thing("cell phone", box, confidence)


def _yolox_odds(seen: Candidates, box: Floats) -> float:
    here = overlaps(box, seen.boxes) > SAME_THING
    odds = log_odds(seen.likelihoods[here, NUMBER["cell phone"]])
    return float(odds.max(initial=YOLOX_NOWHERE))


def _books(image: Image, seen: Candidates) -> Iterator[DetectedObject]:
    """What is taken for a book by three looks on average, if there is any."""
    scores = seen.likelihoods[:, BOOK]
    if scores.max(initial=0) < BOOK_DOUBTFUL:
        return
    others = nanodet.look(image, SMALLER), nanodet.look(image[:, ::-1], LONGEST)
    best = [float(look.likelihoods[:, BOOK].max(initial=0)) for look in (seen, *others)]
    if (confidence := float(np.mean(best))) >= BOOK_LEAST:
        yield _thing("book", seen.boxes[scores.argmax()], confidence)


def _enlarged(image: Image, box: Floats, head: Floats, mirrored: bool) -> float:
    """Log-odds of a phone in the box, seen with a little of what is around it."""
    height, width = image.shape[:2]
    half = max(*(box[2:] - box[:2]), 1.0) * ENLARGED / 2
    middle = (box[:2] + box[2:]) / 2
    left, top = np.maximum(np.rint(middle - half), 0).astype(int)
    right, bottom = np.minimum(np.rint(middle + half), (width, height)).astype(int)
    crop = image[top : max(bottom, top + 1), left : max(right, left + 1)]
    seen = nanodet.look(crop[:, ::-1] if mirrored else crop, ENLARGED_SIDE, FAINTEST)
    place = box - np.array((left, top, left, top), np.float32)
    if mirrored:
        place = place[[2, 1, 0, 3]] * (-1, 1, -1, 1) + (crop.shape[1], 0, crop.shape[1], 0)
    here = overlaps(place, seen.boxes) > SAME_THING
    return float(phone_odds(seen, head)[here].max(initial=NOWHERE))


def phone_odds(seen: Candidates, head: Floats) -> Floats:
    """(n,) log-odds of a phone at each place."""
    return np.asarray(log_odds(seen.likelihoods) @ head[:80] + head[80], np.float32)


def log_odds(likelihoods: Floats) -> Floats:
    """Of likelihoods of 0..1, between -7 and 7."""
    return np.log((likelihoods + 1e-3) / (1 - likelihoods + 1e-3))


def overlaps(box: Floats, boxes: Floats) -> Floats:
    """Intersection over union of one box with each of n, all xyxy."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=1)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    union = (box[2:] - box[:2]).prod() + areas - shared
    return np.asarray(shared / np.maximum(union, 1e-6), np.float32)


def apart(boxes: Floats, scores: Floats, least: float) -> list[int]:
    """The likeliest place of each thing (non-maximum suppression), the likeliest first."""
    rest = np.flatnonzero(scores >= least)
    rest = rest[np.argsort(-scores[rest], kind="stable")]
    kept = []
    while len(rest):
        kept.append(int(rest[0]))
        rest = rest[1:][overlaps(boxes[rest[0]], boxes[rest[1:]]) < SAME_THING]
    return kept


def _thing(label: str, box: Floats, confidence: float) -> DetectedObject:
    left, top, right, bottom = (round(float(side)) for side in box)
    return DetectedObject(label, (left, top, right, bottom), confidence)

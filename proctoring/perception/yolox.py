"""YOLOX-nano, for those who have fetched it: the same question as `nanodet`, a finer answer."""

from __future__ import annotations

import cv2
import numpy as np
import onnxruntime

from proctoring.perception.nanodet import Candidates
from proctoring.types import Image

SIDE = 416  # px
GREY = 114  # what the square is filled up with
STRIDES = (8, 16, 32)


def look(session: onnxruntime.InferenceSession, image: Image, least: float) -> Candidates:
    """What is in a picture; likelihoods are of there being a thing, times of its kind."""
    height, width = image.shape[:2]
    scale = SIDE / max(height, width)
    small = cv2.resize(image, (max(1, round(width * scale)), max(1, round(height * scale))))
    canvas = np.full((SIDE, SIDE, 3), GREY, np.float32)
    canvas[: small.shape[0], : small.shape[1]] = small
    feed = {session.get_inputs()[0].name: np.ascontiguousarray(canvas.transpose(2, 0, 1)[None])}
    (output,) = session.run(None, feed)
    rows = np.asarray(output, np.float32)[0]
    likelihoods = rows[:, 4:5] * rows[:, 5:]
    (likely,) = np.nonzero(likelihoods.max(axis=1) > least)
    places, strides = _places()
    middle = (rows[likely, :2] + places[likely]) * strides[likely]
    half = np.exp(rows[likely, 2:4]) * strides[likely] / 2
    boxes = np.hstack([middle - half, middle + half]) / scale
    limits = np.array((width, height) * 2, np.float32)
    return Candidates(likelihoods[likely], np.clip(boxes, 0, limits).astype(np.float32))


def _places() -> tuple[np.ndarray, np.ndarray]:
    """(n, 2) column and row, and (n, 1) px between them, in the order of the output."""
    grids = [np.mgrid[: SIDE // stride, : SIDE // stride][::-1] for stride in STRIDES]
    places = [grid.reshape(2, -1).T for grid in grids]
    strides = np.repeat(STRIDES, [len(each) for each in places])[:, None]
    return np.concatenate(places), strides

"""RetinaFace with MobileNet 0.25: a face detector that runs wherever ONNX Runtime does.

Anchors, variances and means are those of biubug6/Pytorch_Retinaface, where it was trained.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from proctoring.perception import models
from proctoring.perception.detections import Detections, strongest
from proctoring.types import Image

ANCHORS = ((8, (16, 32)), (16, (64, 128)), (32, (256, 512)))  # stride, sides; px
MEAN_BGR = np.array((104, 117, 123), np.float32)
CENTRE_VARIANCE, SIZE_VARIANCE = 0.1, 0.2
LEAST = 0.1  # likelihood
LARGEST_EXPONENT = 5.0  # a box is not 150 times its anchor; keeps exp() from overflowing

Anchors = npt.NDArray[np.float32]  # (n, 4): middle x, y, side, side; px


def detect(image: Image) -> Detections:
    """Every face it takes for likelier than 0.1, from any thread. Sides of 32 px or more."""
    height, width = image.shape[:2]
    pixels = (image.astype(np.float32) - MEAN_BGR).transpose(2, 0, 1)[None]
    feed = {"input": np.ascontiguousarray(pixels)}
    boxes, scores, points = (
        output[0] for output in models.load("retinaface").run(["loc", "conf", "landmarks"], feed)
    )
    likely = scores[:, 1] > LEAST
    anchors = _anchors(height, width)[likely]
    middles, sides = anchors[:, :2], anchors[:, 2:]
    middle = middles + sides * boxes[likely, :2] * CENTRE_VARIANCE
    growth = np.minimum(boxes[likely, 2:] * SIZE_VARIANCE, LARGEST_EXPONENT)
    half = sides * np.exp(growth) / 2
    shifts = points[likely].reshape(-1, 5, 2) * CENTRE_VARIANCE
    corners = (middles[:, None] + sides[:, None] * shifts).reshape(-1, 10)
    rows = np.hstack([scores[likely, 1:2], middle - half, middle + half, corners])
    return strongest(rows.astype(np.float32))


@lru_cache(maxsize=64)  # one picture size a camera, four looks at it
def _anchors(height: int, width: int) -> Anchors:
    """In the order of the network's outputs: stride, row, column, size."""
    layers = []
    for stride, sides in ANCHORS:
        rows, columns = np.mgrid[: -(-height // stride), : -(-width // stride)]
        middles = (np.stack([columns, rows], -1).reshape(-1, 1, 2) + 0.5) * stride
        middles = middles.repeat(len(sides), 1)
        squares = np.broadcast_to(np.array(sides, float)[:, None], middles.shape)
        layers.append(np.concatenate([middles, squares], -1).reshape(-1, 4))
    return np.concatenate(layers).astype(np.float32)

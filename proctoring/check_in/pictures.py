"""A picture from a candidate's browser: small, a JPEG, and nothing else."""

from __future__ import annotations

from io import BytesIO

import cv2
import numpy as np
from PIL import Image as Pillow

from proctoring.types import Image

MOST_BYTES = 300_000  # 640×480 at the best quality takes half
MOST_SIDE, LEAST_SIDE = 1280, 16  # px
WIDTH = 640  # px; as in the exam, which is what is checked for


class Unreadable(ValueError):
    """These bytes are no such picture."""


def decode_jpeg(data: bytes) -> Image:
    """(height, width, 3) BGR, at most WIDTH wide. Its size is read before anything is decoded."""
    if not 0 < len(data) <= MOST_BYTES:
        raise Unreadable(f"it has {len(data)} bytes")
    try:
        with Pillow.open(BytesIO(data), formats=("JPEG",)) as picture:
            width, height = picture.size
    except Exception as error:  # whatever a decoder stumbles on
        raise Unreadable("it is no JPEG") from error
    if max(width, height) > MOST_SIDE or min(width, height) < LEAST_SIDE:
        raise Unreadable(f"it is {width}×{height} px")
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise Unreadable("it is damaged")
    if image.shape[1] > WIDTH:
        size = (WIDTH, max(1, round(image.shape[0] * WIDTH / image.shape[1])))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(image, np.uint8)

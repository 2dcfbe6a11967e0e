"""The colour of a face."""

from __future__ import annotations

import cv2
import numpy as np

from proctoring.perception.mesh import Mesh
from proctoring.types import Image

WITHIN = 0.8  # of the face's outline, so that neither hair nor background is in it


def skin_colour(image: Image, mesh: Mesh) -> tuple[float, float, float] | None:
    """Mean red, green and blue, 0..255; None where nothing of the face is in the picture."""
    height, width = image.shape[:2]
    points = mesh.points[:, :2]
    centre = points.mean(axis=0)
    outline = cv2.convexHull(np.rint(centre + WITHIN * (points - centre)).astype(np.int32))
    mask = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(mask, outline, 255)
    if not mask.any():
        return None
    blue, green, red, _ = cv2.mean(image, mask)
    return red, green, blue

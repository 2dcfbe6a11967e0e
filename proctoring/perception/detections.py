"""Rows of raw detections, as face detectors give them, and what is done with rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Detections = npt.NDArray[np.float32]  # (n, 15): score 0..1, box xyxy, five points x, y; px
Overlaps = npt.NDArray[np.float32]  # (n, m), 0..1

SAME_FACE = 0.4  # intersection over union
NESTED = 0.7  # share of the smaller box that lies in the larger: chin to brow, and chin to crown


def overlaps(boxes: npt.NDArray[np.float32], others: npt.NDArray[np.float32]) -> Overlaps:
    """Intersection over union of each of n with each of m boxes xyxy; 0.5 at least if nested."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(2)
    area, other = (np.clip(b[:, 2:] - b[:, :2], 1e-6, None).prod(1) for b in (boxes, others))
    union = area[:, None] + other[None] - shared
    smaller = np.minimum(area[:, None], other[None])
    return np.maximum(shared / union, 0.5 * (shared > NESTED * smaller)).astype(np.float32)


def strongest(detections: Detections, least_overlap: float = SAME_FACE) -> Detections:
    """One row a face (non-maximum suppression), the likeliest first."""
    rest = detections[np.argsort(-detections[:, 0], kind="stable")]
    kept = []
    while len(rest):
        kept.append(rest[0])
        rest = rest[1:][overlaps(rest[:1, 1:5], rest[1:, 1:5])[0] < least_overlap]
    return np.array(kept, np.float32).reshape(-1, 15)


def moved(detections: Detections, matrix: npt.NDArray[np.float64]) -> Detections:
    """The rows in another picture's pixels. `matrix` (2, 3) is an affine map; boxes stay upright
    and keep their shape: they are turned about their middle."""
    scale = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    middles = (detections[:, 1:3] + detections[:, 3:5]) / 2 @ matrix[:, :2].T + matrix[:, 2]
    half = (detections[:, 3:5] - detections[:, 1:3]) / 2 * scale
    points = detections[:, 5:].reshape(-1, 5, 2) @ matrix[:, :2].T + matrix[:, 2]
    parts = [detections[:, :1], middles - half, middles + half, points.reshape(-1, 10)]
    return np.hstack(parts).astype(np.float32)

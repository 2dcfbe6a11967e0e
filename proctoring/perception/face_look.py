"""Whether a face in a picture can be compared with another at all."""

from __future__ import annotations

import cv2
import numpy as np

from proctoring.perception.alignment import ARCFACE, cut_chip, even_light
from proctoring.perception.head import measure_head
from proctoring.perception.mesh import Mesh
from proctoring.perception.percentiles import percentile
from proctoring.types import Image

# benchmarks/identity.py prints what lies on either side of these limits.
LEAST_CONFIDENCE = 0.8  # of the mesh, that there is a face
LEAST_BETWEEN_EYES = 14.0  # px; at 12 and 16 faces are still told apart as well as at full size
MOST_YAW, MOST_PITCH = 35.0, 30.0  # degrees
LEAST_LIGHT = 28.0  # 0..255, of the lightest fiftieth of the face
# Grain of the evenly lit face between 1 and 2 px of the chip, over its contrast. Sharp faces
# have 0.10 and more, faces lit from one side 0.08; blurred by a tenth of the distance of the
# eyes 0.07, where one in a hundred is mistaken, by twice as much 0.05, and one in five is.
LEAST_GRAIN = 0.07
MIDDLE = (slice(20, 100), slice(20, 92))  # of the chip, without hair and background


def why_not(image: Image, mesh: Mesh) -> str:
    """Why the face cannot be compared, in plain words; empty if it can be. About 1 ms."""
    if mesh.confidence < LEAST_CONFIDENCE:
        return "face covered"
    height, width = image.shape[:2]
    head = measure_head(mesh, (height, width))
    if head.between_eyes_px < LEAST_BETWEEN_EYES:
        return "face too small"
    if abs(head.yaw_deg) > MOST_YAW or abs(head.pitch_deg) > MOST_PITCH:
        return "face turned away"
    chip = cut_chip(image, mesh, ARCFACE)
    if percentile(chip.mean(axis=2), 98) < LEAST_LIGHT:
        return "face too dark"
    return "face blurred" if grain(chip) < LEAST_GRAIN else ""


def grain(chip: Image) -> float:
    """How much fine detail there is, over all detail; about 0.15 in a sharp picture."""
    luma = cv2.cvtColor(even_light(chip), cv2.COLOR_BGR2GRAY)[MIDDLE].astype(np.float32)
    fine = cv2.GaussianBlur(luma, (0, 0), 1) - cv2.GaussianBlur(luma, (0, 0), 2)
    return float(fine.std() / max(1.0, float(luma.std())))

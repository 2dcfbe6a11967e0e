"""478 points of a face, the irises among them: MediaPipe's attention mesh by ONNX Runtime.

The steps around the network are MediaPipe 0.10.21's: an upright square half again as large
as the face goes in, and the finer points of eyes and lips replace the coarse ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument

from proctoring.perception.mesh_layout import (
    LEFT_EYE,
    LEFT_IRIS,
    LEFT_OUTER_CORNER,
    LIDS,
    LIPS,
    RIGHT_EYE,
    RIGHT_IRIS,
    RIGHT_OUTER_CORNER,
)
from proctoring.perception.models import load
from proctoring.types import BoxXYXY, Face, Image

Points = npt.NDArray[np.float32]

SIDE = 192  # px, of the network's input
MARGIN = 1.5  # side of the square over the longer side of the face (MediaPipe's)

FINER = {  # output -> the points it replaces, in x and y
    "output_lips:0": LIPS,
    "output_left_eye:0": LEFT_EYE,
    "output_right_eye:0": RIGHT_EYE,
    "output_left_iris:0": LEFT_IRIS,
    "output_right_iris:0": RIGHT_IRIS,
}
OUTPUTS = ["output_mesh_identity:0", "conv_faceflag:0", *FINER]


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    points: Points  # (478, 3): x, y in px of the picture; z in the same unit, less is nearer
    confidence: float  # 0..1, that there is a face in the square that was looked at

    @property
    def box(self) -> BoxXYXY:
        """Around all points, in px; it may reach out of the picture."""
        flat = self.points[:, :2]
        left, top, right, bottom = (
            round(float(side)) for side in (*flat.min(axis=0), *flat.max(axis=0))
        )
        return left, top, right, bottom


@dataclass(frozen=True, slots=True)
class _Square:
    centre: tuple[float, float]  # px
    side: float  # px
    tilt: float  # rad, clockwise


class NoMesh(Exception):
    """The network finds no points where it was told to look."""


def face_mesh(image: Image, near: Face | Mesh) -> Mesh:
    """The points of the face at `near`: a detected one, or the mesh of the picture before.

    Raises NoMesh: the network cuts eyes and lips out of its own input, and fails where it takes
    them to be outside.

    After a detection the network runs twice, because detectors draw their boxes differently
    and the square that is laid around its own first points is the one it was trained on.
    """
    try:
        if isinstance(near, Face):
            near = _look(image, _square_of_face(near))
        return _look(image, _square_of_mesh(near))
    except InvalidArgument as error:
        raise NoMesh from error


def _look(image: Image, square: _Square) -> Mesh:
    scale = square.side / SIDE
    across, down = scale * math.cos(square.tilt), scale * math.sin(square.tilt)
    turn = np.array([[across, -down], [down, across]], np.float32)
    corner = np.array(square.centre, np.float32) - turn @ np.full(2, SIDE / 2, np.float32)
    face = cv2.warpAffine(
        image,
        np.column_stack([turn, corner]),
        (SIDE, SIDE),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    rgb = face[None, :, :, ::-1].astype(np.float32) / 255
    results = load("face_mesh").run(OUTPUTS, {"input_1:0": rgb})
    coarse, flag, *finer = (result.ravel() for result in results)

    points = np.empty((478, 3), np.float32)
    points[:468] = coarse.reshape(-1, 3)
    for indices, values in zip(FINER.values(), finer, strict=True):
        points[list(indices), :2] = values.reshape(-1, 2)
    for eye, iris in ((LEFT_EYE, LEFT_IRIS), (RIGHT_EYE, RIGHT_IRIS)):
        points[list(iris), 2] = points[list(eye[:LIDS]), 2].mean()
    points[:, :2] = points[:, :2] @ turn.T + corner
    points[:, 2] *= scale
    return Mesh(points, 1 / (1 + math.exp(-float(flag[0]))))


def _square_of_face(face: Face) -> _Square:
    left, top, right, bottom = face.box
    tilt = _tilt(*sorted(face.points[:2])) if len(face.points) >= 2 else 0.0
    longer = max(right - left, bottom - top)
    return _Square(((left + right) / 2, (top + bottom) / 2), longer * MARGIN, tilt)


def _square_of_mesh(mesh: Mesh) -> _Square:
    flat = mesh.points[:, :2]
    low, high = flat.min(axis=0), flat.max(axis=0)
    x, y = (float(middle) for middle in (low + high) / 2)
    left, right = ((float(x), float(y)) for x, y in flat[[LEFT_OUTER_CORNER, RIGHT_OUTER_CORNER]])
    return _Square((x, y), float((high - low).max()) * MARGIN, _tilt(left, right))


def _tilt(left: tuple[float, float], right: tuple[float, float]) -> float:
    """The angle of the line between two eyes, in radians clockwise."""
    return math.atan2(right[1] - left[1], right[0] - left[0])

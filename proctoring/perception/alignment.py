"""A face cut out upright, always at the same place and size: a "chip", as embeddings want it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from proctoring.perception.mesh import Mesh
from proctoring.types import Image

Points = npt.NDArray[np.floating[Any]]  # (n, 2) px
Affine = npt.NDArray[np.float64]  # (2, 3), from the picture's pixels to the chip's

LEFT_EYE, RIGHT_EYE = (33, 133), (362, 263)  # corners; left and right in the picture

AROUND = 8  # px, for what is blended at the edges

EVEN_LIMIT, EVEN_TILES = 2.0, (4, 4)  # of the histograms' equalisation


@dataclass(frozen=True, slots=True)
class Chip:
    """Where a network was trained to have certain points of the face."""

    side: int  # px
    groups: tuple[tuple[int, ...], ...]  # for each place the mesh's points, of which the mean
    places: tuple[tuple[float, float], ...]  # px of the chip


# Of dlib's five-point face, padded by a quarter as `get_face_chip` does by default: outer and
# inner corners of the eyes, and the base of the nose.
DLIB = Chip(
    side=150,
    groups=((263,), (362,), (33,), (133,), (2,)),
    places=(
        (110.9567, 46.3498),
        (89.6060, 47.8967),
        (37.0575, 46.3727),
        (58.4085, 47.9064),
        (74.0112, 87.7798),
    ),
)
# ArcFace's, which SFace shares: middles of the eyes, tip of the nose, corners of the mouth.
ARCFACE = Chip(
    side=112,
    groups=(LEFT_EYE, RIGHT_EYE, (1,), (61,), (291,)),
    places=(
        (38.2946, 51.6963),
        (73.5318, 51.5014),
        (56.0252, 71.7366),
        (41.5493, 92.3655),
        (70.7299, 92.2041),
    ),
)


def cut_chip(image: Image, mesh: Mesh, chip: Chip) -> Image:
    """(side, side, 3) BGR, black where it reaches out of the picture."""
    flat = mesh.points[:, :2]
    found = np.array([flat[list(group)].mean(axis=0) for group in chip.groups])
    matrix = similarity(found, np.array(chip.places))
    image, matrix = _shrunk(*_cut(image, matrix, chip.side))
    return np.asarray(cv2.warpAffine(image, matrix, (chip.side, chip.side)), np.uint8)


def similarity(source: Points, target: Points) -> Affine:
    """The turn, scale and shift that bring one set of points nearest to another (Umeyama)."""
    from_middle, to_middle = source.mean(axis=0), target.mean(axis=0)
    centred, wanted = source - from_middle, target - to_middle
    u, singular, vt = np.linalg.svd(wanted.T @ centred)
    mirror = np.array([1.0, np.sign(np.linalg.det(u @ vt))])
    turn = (u * mirror) @ vt
    scale = (singular * mirror).sum() / max(float((centred**2).sum()), 1e-9)
    linear = scale * turn
    return np.column_stack([linear, to_middle - linear @ from_middle])


def _cut(image: Image, matrix: Affine, side: int) -> tuple[Image, Affine]:
    """No more of a picture than the chip shows, and a little around."""
    corners = np.array([[0, 0], [side, 0], [0, side], [side, side]], np.float32)
    seen = cv2.transform(corners[None], cv2.invertAffineTransform(matrix))[0]
    limits = image.shape[1::-1]
    left, top = np.clip(np.floor(seen.min(axis=0)).astype(int) - AROUND, 0, limits)
    right, bottom = np.clip(np.ceil(seen.max(axis=0)).astype(int) + AROUND, 0, limits)
    if right <= left or bottom <= top:  # it lies beside the picture
        return image, matrix
    moved = np.column_stack([matrix[:, :2], matrix @ (left, top, 1)])
    return image[top:bottom, left:right], moved


def _shrunk(image: Image, matrix: Affine) -> tuple[Image, Affine]:
    """A picture that is far larger than the chip is made smaller first, so that nothing aliases."""
    scale = 2 * math.sqrt(abs(float(np.linalg.det(matrix[:, :2]))))
    if scale >= 1:
        return image, matrix
    height, width = image.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    back = np.array([[width / size[0], 0, 0], [0, height / size[1], 0], [0, 0, 1]])
    return small, matrix @ back


def even_light(chip: Image) -> Image:
    """The same face in even light: brightness equalised tile by tile, colours kept (CLAHE).

    For judging a picture; the networks know faces as well without it.
    """
    parts = cv2.cvtColor(chip, cv2.COLOR_BGR2YCrCb)
    parts[..., 0] = cv2.createCLAHE(EVEN_LIMIT, EVEN_TILES).apply(parts[..., 0])
    return np.asarray(cv2.cvtColor(parts, cv2.COLOR_YCrCb2BGR), np.uint8)

"""How good a picture is for looking at a face: its light, its sharpness, whether it is another.

Brightness of skin is nowhere taken for light: a dark face in a lit room is as well seen as a
light one. Light is judged by what is brightest in the whole picture, light from behind by the
face's own highlights, and both are the same for the same lamp whoever sits before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from proctoring.perception.percentiles import percentile
from proctoring.types import Face, Image

Luma = npt.NDArray[np.float32]  # Scene.luma: a value for each 8 × 8 px, 0..255
Grey = npt.NDArray[np.uint8]

BLOCK = 8  # px, of Luma
WHITE = 250  # 0..255; from here on a camera has nothing more to say
INNER = (0.15, 0.15, 0.85, 0.95)  # of the face's box: without hair and background
BLUR_WIDTH = 64  # px; a wider face is made smaller, so that blur is in shares of the face
BLUR_SPAN = 9  # px, of the mean that Crete et al. compare with
TILE = 6  # of Luma's values a side
TEXTURE = 3.0  # grey levels; a tile with less says nothing
TEXTURED = 0.15  # the share of tiles that must have some
ALIKE = 0.5  # correlation of a tile with itself in the picture before


def detail(luma: Luma) -> float:
    """How far a spot differs from its surroundings, in grey levels, on average."""
    return float(np.abs(luma - cv2.blur(luma, (5, 5))).mean())


def lights(luma: Luma) -> float:
    """The grey level that a twentieth of the picture exceeds, 0..255."""
    return percentile(luma, 95)


def face_pixels(image: Image, face: Face) -> Grey:
    """The middle of the face in grey; empty if the face has no size."""
    left, top, right, bottom = face.box
    width, height = right - left, bottom - top
    inner = image[
        round(top + INNER[1] * height) : round(top + INNER[3] * height),
        round(left + INNER[0] * width) : round(left + INNER[2] * width),
    ]
    if not inner.size:
        return np.empty((0, 0), np.uint8)
    return np.asarray(cv2.cvtColor(inner, cv2.COLOR_BGR2GRAY), np.uint8)


def overlit(pixels: Grey) -> float:
    """The share of the face that is blown out, 0..1."""
    return float((pixels >= WHITE).mean())


def backlight(luma: Luma, face: Face, pixels: Grey) -> float:
    """How many times brighter the lights around somebody are than the lights on their face."""
    around = luma[_around(face, luma.shape)]
    if not around.size:
        return 0.0
    highlights = percentile(np.asarray(cv2.blur(pixels, (3, 3))), 95)
    return percentile(around, 90) / max(1.0, highlights)


def _around(face: Face, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """What is neither head nor, below it, body."""
    left, top, right, bottom = (side / BLOCK for side in face.box)
    width, height = right - left, bottom - top
    rows, columns = np.indices(shape)
    head = (rows >= top - 0.3 * height) & (columns >= left - 0.2 * width)
    head &= columns <= right + 0.2 * width
    body = (rows > bottom) & (columns >= left - width) & (columns <= right + width)
    return ~((head & (rows <= bottom + 0.2 * height)) | body)


def blur(pixels: Grey) -> float:
    """0 sharp .. 1: how little the face loses when it is blurred once more.

    Crete, Dolmiere, Ladret and Nicolas 2007: "The blur effect: perception and estimation with a
    new no-reference perceptual blur metric".
    """
    height, width = pixels.shape
    if width > BLUR_WIDTH:
        size = (BLUR_WIDTH, max(1, round(height * BLUR_WIDTH / width)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    grey = pixels.astype(np.float32)
    return max(_blur_along(grey, axis) for axis in (0, 1))


def _blur_along(grey: npt.NDArray[np.float32], axis: int) -> float:
    span = (1, BLUR_SPAN) if axis == 0 else (BLUR_SPAN, 1)  # OpenCV: width, height
    steps = np.abs(np.diff(grey, axis=axis))
    left = np.abs(np.diff(cv2.blur(grey, span), axis=axis))
    total = float(steps.sum())
    return 1.0 - float(np.maximum(0.0, steps - left).sum()) / total if total else 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """What a picture looks like, tile by tile, whatever the light does."""

    luma: Luma
    tiles: Luma  # (n, TILE²), each less its mean
    spread: Luma  # (n,) grey levels


def structure(luma: Luma) -> Structure:
    tiles = _tiles(luma)
    return Structure(luma, tiles - tiles.mean(axis=1)[:, None], tiles.std(axis=1))


def changed(before: Structure, now: Structure) -> float | None:
    """The share of the picture that has another structure, 0..1.

    None where one of the two has next to no structure, as under a cap. Another shape of picture
    is another picture.
    """
    size, new_size = before.luma.shape, now.luma.shape
    if abs(size[1] / size[0] / (new_size[1] / new_size[0]) - 1) > 0.1:
        return 1.0
    if size != new_size:
        now = structure(np.asarray(cv2.resize(now.luma, size[::-1]), np.float32))
    spread = before.spread, now.spread
    if min((part >= TEXTURE).mean() for part in spread) < TEXTURED:
        return None
    told = np.maximum(*spread) >= TEXTURE
    covariance = (before.tiles * now.tiles).mean(1)
    correlation = covariance[told] / np.maximum(spread[0] * spread[1], 1e-3)[told]
    return float((correlation < ALIKE).mean())


def _tiles(luma: Luma) -> Luma:
    """(n, TILE²) values of whole tiles; of a picture smaller than one, the picture."""
    high, wide = (side // TILE for side in luma.shape)
    if not high or not wide:
        return luma.reshape(1, -1)
    cut = luma[: high * TILE, : wide * TILE].reshape(high, TILE, wide, TILE)
    return np.asarray(cut.transpose(0, 2, 1, 3).reshape(high * wide, -1), np.float32)

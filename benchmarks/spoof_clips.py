"""Made-up attacks: a still held to the camera as a moving plane, frozen and looped clips.

Nobody held these prints. A still is put on a plane that moves as a hand moves it, projected as a
camera sees it, before a room that stands still; noise and JPEG come last. What such clips can
show is how motion tells a plane from a head, and no more: paper, glass and light are not in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from proctoring.types import Image, VideoFrame

Array = npt.NDArray[np.float64]

FRAMES_PER_S = 4.0  # as live
SIZE = (640, 480)  # px
FOCAL = 1.1  # of the camera, in widths of its picture
NOISE = 2.0  # grey levels, of each pixel
JPEG_QUALITY = 80


@dataclass(frozen=True, slots=True)
class Species:
    """How a still is shown. `sway` 1 is 6° and 3 % of the picture's width, root mean square."""

    name: str
    sway: float
    fills: float  # share of the picture's width that its plane takes
    border: float = 0.0  # of the plane's width; dark on a phone, white on paper
    is_screen: bool = False


SPECIES = (
    Species("print in the hand", 0.15, 0.75, 0.05),
    Species("print, filling the view", 0.15, 1.6),
    Species("print on a stand", 0.0, 0.75, 0.05),
    Species("phone in the hand", 0.3, 0.5, 0.06, is_screen=True),
    Species("laptop's screen", 0.0, 1.1, 0.03, is_screen=True),
)


def shown(
    still: Image, room: Image, species: Species, seconds: float, seed: int
) -> Iterator[VideoFrame]:
    rng = np.random.default_rng(seed)
    count = round(seconds * FRAMES_PER_S)
    pose = _sway(rng, count, species.sway)
    plane = _framed(still, species)
    room = np.asarray(cv2.resize(room, SIZE), np.uint8)
    for number in range(count):
        seen = _project(plane, room, pose[number], species.fills)
        yield VideoFrame(number / FRAMES_PER_S, noisy(seen, rng))


def frozen(frames: Sequence[VideoFrame], seconds: float, seed: int) -> Iterator[VideoFrame]:
    """One picture as an encoder sends it on: hardly any noise of its own."""
    rng = np.random.default_rng(seed)
    for number in range(round(seconds * FRAMES_PER_S)):
        yield VideoFrame(number / FRAMES_PER_S, noisy(frames[0].image, rng, 0.3))


def looped(frames: Sequence[VideoFrame], seconds: float, seed: int) -> Iterator[VideoFrame]:
    """A clip again and again, by a clock that differs a little from its own."""
    rng = np.random.default_rng(seed)
    length = frames[-1].t + frames[1].t - frames[0].t
    times = np.array([frame.t for frame in frames])
    for number in range(round(seconds * FRAMES_PER_S)):
        t = number / FRAMES_PER_S
        at = (t + rng.uniform(-0.04, 0.04)) % length
        image = frames[max(0, int(np.searchsorted(times, at, "right")) - 1)].image
        yield VideoFrame(t, noisy(image, rng, 1.0))


def shaken(frames: Sequence[VideoFrame], sway: float, seed: int) -> Iterator[VideoFrame]:
    """A live clip by a camera that is held in the hand: it turns, and all moves with it."""
    rng = np.random.default_rng(seed)
    pose = _sway(rng, len(frames), sway)
    for frame, (_, _, roll, x, y, _) in zip(frames, pose, strict=True):
        height, width = frame.image.shape[:2]
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), roll, 1.08)
        turn[:, 2] += (x * width, y * width)
        border = cv2.BORDER_REFLECT_101
        moved = cv2.warpAffine(frame.image, turn, (width, height), borderMode=border)
        yield VideoFrame(frame.t, noisy(np.asarray(moved, np.uint8), rng, 1.0))


def noisy(image: Image, rng: np.random.Generator, sigma: float = NOISE) -> Image:
    grain = sigma * rng.standard_normal(image.shape, np.float32)
    grainy = np.clip(image + grain, 0, 255).astype(np.uint8)
    _, jpeg = cv2.imencode(".jpg", grainy, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)


def _sway(rng: np.random.Generator, count: int, amount: float) -> Array:
    """(count, 6): degrees about x, y and z, and shifts in widths: slow, with some tremor."""
    t = np.arange(count) / FRAMES_PER_S
    scale = amount * np.array([6, 6, 3, 0.03, 0.03, 0.04])
    waves = np.zeros((count, 6))
    for axis in range(6):
        for weight in (1.0, 1.0, 0.5, 0.5, 0.3):
            speed = rng.uniform(0.1, 1.2)  # Hz
            waves[:, axis] += weight * np.sin(2 * np.pi * (speed * t + rng.uniform()))
    return waves / waves.std(axis=0) * scale


def _framed(still: Image, species: Species) -> Image:
    if species.is_screen:
        still = _on_screen(still)
    pad = round(species.border * still.shape[1])
    colour = (12, 12, 12) if species.is_screen else (235, 238, 240)
    framed = cv2.copyMakeBorder(
        still, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=[float(c) for c in colour]
    )
    return np.asarray(framed, np.uint8)


def _on_screen(still: Image) -> Image:
    """Bluer, brighter, and with the grid of its pixels."""
    grid = 1 + 0.04 * np.sin(np.arange(still.shape[1]) * 2.1)[None, :, None]
    grid = grid * (1 + 0.04 * np.sin(np.arange(still.shape[0]) * 2.1)[:, None, None])
    lit = still * grid * np.array([1.15, 1.05, 1.0]) + 8
    return np.asarray(np.clip(lit, 0, 255), np.uint8)


def _project(plane: Image, room: Image, pose: Array, fills: float) -> Image:
    height, width = plane.shape[:2]
    about_x, about_y, about_z = np.deg2rad(pose[:3])
    corners = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    corners = np.column_stack([corners[:, 0], corners[:, 1] * height / width, np.zeros(4)])
    for axis in ((about_x, 0, 0), (0, about_y, 0), (0, 0, about_z)):
        corners = corners @ cv2.Rodrigues(np.array(axis, np.float64))[0].T
    away = FOCAL / fills * (1 + pose[5])
    seen = FOCAL * (corners[:, :2] + pose[3:5] / fills) / (away + corners[:, 2:])
    seen = seen * SIZE[0] + np.array(SIZE) / 2
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    warp = cv2.getPerspectiveTransform(flat, seen.astype(np.float32))
    shown = cv2.warpPerspective(plane, warp, SIZE, flags=cv2.INTER_LINEAR)
    mask = cv2.warpPerspective(np.full((height, width), 255, np.uint8), warp, SIZE)
    return np.where(mask[..., None] > 127, shown, room).astype(np.uint8)

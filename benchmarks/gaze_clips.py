"""The clips in which it is known where somebody looks, as they are and made worse."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from proctoring.analysers.directions import Direction, Look, baseline, look_at, where
from proctoring.media import read_frames
from proctoring.perception.head import Head
from proctoring.perception.mesh import Mesh
from proctoring.perception.scene import PACKAGED, Scene
from proctoring.types import Image, VideoFrame

CALIBRATE_S = 4.0  # of each clip: eyes on the screen
UNSURE_S = 0.5  # to each side of a boundary that was read from the frames
SIDES = {"center": Direction.SCREEN, "image-left": Direction.RIGHT, "image-right": Direction.LEFT}
GAZE_CLIPS = ("gaze_center", "gaze_left", "gaze_right")
LOOKS_PER_S = 2.0

Change = Callable[[Image], Image]


def as_it_is(image: Image) -> Image:
    return image


def shrunk(scale: float) -> Change:
    """And pressed as a poor connection does."""

    def made(image: Image) -> Image:
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        noise = np.random.default_rng(0).normal(0, 4, small.shape)
        noisy = np.clip(small + noise, 0, 255).astype(np.uint8)
        _, data = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 40])
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)

    return made


def dark(gain: float) -> Change:
    def made(image: Image) -> Image:
        noise = np.random.default_rng(0).normal(0, 3, image.shape)
        return np.clip(image * gain + noise, 0, 255).astype(np.uint8)

    return made


def blurred(px: float) -> Change:
    return lambda image: np.asarray(cv2.GaussianBlur(image, (0, 0), px), np.uint8)


CONDITIONS: dict[str, Change] = {
    "as it is": as_it_is,
    "24 px between the eyes, noise, JPEG 40": shrunk(0.3),
    "18 px between the eyes, noise, JPEG 40": shrunk(0.22),
    "0.15 of the light": dark(0.15),
    "0.05 of the light": dark(0.05),
    "blurred by 4 px": blurred(4),
    "blurred by 9 px": blurred(9),
}


@dataclass(frozen=True, slots=True)
class Told:
    clip: str
    truth: Direction
    yaw_deg: float  # from the usual
    ours: Direction | None
    peer: Direction


def looks(
    path: Path, per_s: float, change: Change = as_it_is
) -> Iterator[tuple[float, Look | str]]:
    last: Mesh | None = None
    for frame in read_frames(path, per_s):
        scene = Scene(VideoFrame(frame.t, change(frame.image)), PACKAGED, last)
        yield frame.t, look_at(scene)
        last = scene.traced


def fixed(head: Head) -> Direction:
    """The tutorials' way: no calibration, head and eyes apart."""
    if head.iris_x > 0.6 or head.yaw_deg > 30:
        return Direction.LEFT
    return Direction.RIGHT if head.iris_x < 0.4 or head.yaw_deg < -30 else Direction.SCREEN


def gaze_clips(data: Path, per_s: float, change: Change = as_it_is) -> Iterator[Told | str]:
    """Each look after the calibration, or why there was none."""
    for truth in json.loads((data / "video" / "ground_truth.json").read_text()):
        clip = Path(truth["file"]).stem
        if clip not in GAZE_CLIPS:
            continue
        found = [*looks(data / "video" / truth["file"], per_s, change)]
        early = [look for t, look in found if t < CALIBRATE_S and isinstance(look, Look)]
        usual = baseline([look for look in early for _ in range(3)])  # few, at two a second
        edges = [s["start"] for s in truth["segments"][1:]]
        for t, look in found:
            if t < CALIBRATE_S or any(abs(t - edge) < UNSURE_S for edge in edges):
                continue
            segment = next(s for s in reversed(truth["segments"]) if s["start"] <= t)
            if isinstance(look, str) or look.hidden or usual is None or np.isnan(usual.yaw_deg):
                yield look if isinstance(look, str) else look.hidden or "not calibrated"
                continue
            turned = look.head.gaze_yaw_deg - usual.yaw_deg
            side = SIDES[segment["gaze"]]
            yield Told(clip, side, turned, where(look, usual), fixed(look.head))

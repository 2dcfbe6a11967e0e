"""A replay as a video: what was looked at, with what was seen in it and what was going on."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from proctoring.analysers import analyser_types
from proctoring.perception.boxes import overlap
from proctoring.perception.mesh import Mesh
from proctoring.perception.scene import Scene
from proctoring.replay import FRAMES_PER_S, Watcher
from proctoring.report.marks import annotated
from proctoring.types import (
    SAMPLE_RATE,
    AudioChunk,
    BoxXYXY,
    Category,
    Image,
    Observation,
    Occurrence,
)

CODECS = ("libx264", "mjpeg")  # the first that this build of PyAV has
OPTIONS = {"libx264": {"crf": "23", "preset": "veryfast"}, "mjpeg": {"qmin": "4", "qmax": "8"}}
TIME_BASE = Fraction(1, 1000)
SHOWN_S = 3.2  # for how long a box is still drawn; the rarest looks come every 3 s
EARLY = 60  # chunks of sound that are kept for a picture to come; half a minute
SAME_THING = 0.5  # overlap
MESH_SHOWN_S = 0.6  # the same for a mesh: most are laid twice a second


class Film(Watcher):
    """Writes as it watches, until it is closed. The pictures are those that were analysed."""

    def __init__(self, path: Path, *, has_sound: bool) -> None:
        self._path = path
        self._has_sound = has_sound
        self._container: Any = None
        self._video: Any = None
        self._audio: Any = None
        self._size = (0, 0)  # px: width, height
        self._last_ms = -1
        self._early: list[AudioChunk] = []  # sound from before the first picture
        self._newest: dict[str, Observation] = {}  # those with boxes, by signal
        self._mesh: Mesh | None = None
        self._mesh_t = 0.0

    def close(self) -> None:
        if self._container:
            for stream in filter(None, (self._video, self._audio)):
                self._container.mux(stream.encode(None))
            self._container.close()

    @property
    def is_begun(self) -> bool:
        return self._container is not None

    def observed(self, observation: Observation) -> None:
        self._newest.pop(observation.signal, None)
        if observation.boxes:
            self._newest[observation.signal] = observation

    def heard(self, chunk: AudioChunk) -> None:
        if not self._container:
            self._early = [*self._early[-EARLY:], chunk]
            return
        if self._audio is None:
            return
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(chunk.samples[None], np.float32), format="fltp", layout="mono"
        )
        frame.sample_rate = SAMPLE_RATE
        frame.pts = round(chunk.t * SAMPLE_RATE)
        frame.time_base = Fraction(1, SAMPLE_RATE)
        self._container.mux(self._audio.encode(frame))

    def seen(self, scene: Scene, lasting: Sequence[Occurrence]) -> None:
        if not self._container:
            self._open(scene.image)
        if scene.traced is not None:
            self._mesh_t, self._mesh = scene.t, scene.traced
        mesh = self._mesh if scene.t - self._mesh_t <= MESH_SHOWN_S else None
        drawn = annotated(scene.image, scene.t, self._boxes(scene.t), mesh, lasting)
        picture = _sized(drawn, *self._size)
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="bgr24")
        self._last_ms = max(self._last_ms + 1, round(1000 * scene.t))
        frame.pts, frame.time_base = self._last_ms, TIME_BASE
        self._container.mux(self._video.encode(frame))

    def _open(self, image: Image) -> None:
        codec = next(name for name in CODECS if name in av.codecs_available)
        self._size = (image.shape[1] // 2 * 2, image.shape[0] // 2 * 2)
        self._container = av.open(str(self._path), "w", options={"movflags": "faststart"})
        self._video = self._container.add_stream(codec, rate=round(FRAMES_PER_S))
        self._video.width, self._video.height = self._size
        self._video.pix_fmt = "yuv420p" if codec == "libx264" else "yuvj420p"
        self._video.options = OPTIONS[codec]
        self._video.codec_context.time_base = TIME_BASE
        if self._has_sound:
            self._audio = self._container.add_stream("aac", rate=SAMPLE_RATE, layout="mono")
        early, self._early = self._early, []
        for chunk in early:
            self.heard(chunk)

    def _boxes(self, t: float) -> dict[str, list[BoxXYXY]]:
        """Those that conduct is told from, and of boxes around one thing the first."""
        shown: dict[str, list[BoxXYXY]] = {}
        for signal in _conduct_signals():
            found = self._newest.get(signal)
            if found is None or t - found.t > SHOWN_S:
                continue
            drawn = [box for boxes in shown.values() for box in boxes]
            new = [
                box for box in found.boxes if all(overlap(box, old) < SAME_THING for old in drawn)
            ]
            if new:
                shown[signal] = new
        return shown


def _conduct_signals() -> list[str]:
    rules = (rule for kind in analyser_types() for rule in kind.rules)
    return list(dict.fromkeys(r.signal for r in rules if r.category is Category.CONDUCT))


def _sized(image: Image, width: int, height: int) -> Image:
    """A camera may change its picture's size; a video file may not."""
    if image.shape[1] // 2 * 2 == width and image.shape[0] // 2 * 2 == height:
        return image[:height, :width]
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)

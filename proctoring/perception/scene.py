"""One frame and what was perceived in it: each thing computed once at most, and only if asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from proctoring.types import Face, Image, VideoFrame

FaceDetector = Callable[[Image], tuple[Face, ...]]


@dataclass(frozen=True, eq=False)
class Scene:
    frame: VideoFrame
    detect_faces: FaceDetector

    @property
    def t(self) -> float:
        return self.frame.t

    @property
    def image(self) -> Image:
        return self.frame.image

    @cached_property
    def faces(self) -> tuple[Face, ...]:
        return self.detect_faces(self.image)

    @cached_property
    def luma(self) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        """(height / 8, width / 8) mean brightness, 0..255: enough to tell dark, flat or frozen."""
        height, width = (side // 8 * 8 for side in self.image.shape[:2])
        blocks = self.image[:height, :width].reshape(height // 8, 8, width // 8, 8, 3)
        blue, green, red = (blocks[..., channel].mean((1, 3)) for channel in range(3))
        return (0.114 * blue + 0.587 * green + 0.299 * red).astype(np.float32)

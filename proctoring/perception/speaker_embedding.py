"""A voice as 192 numbers: CAM++ (3D-Speaker, Apache-2.0) on ONNX Runtime.

Wang et al. (2023). Two stretches of speech of one person point in nearly the same direction;
those of two people stand nearly at right angles. `benchmarks/voices.py` measures it beside GE2E.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from proctoring.perception import models
from proctoring.perception.fbank import Fbank

SIZE = 192

Embedding = npt.NDArray[np.float32]  # (192,), of length 1


def embed(frames: Fbank) -> Embedding:
    """The voice of some tenths of a second or more, not necessarily out of one piece.

    Raises `models.ModelError` where the model cannot be read.
    """
    feed = {"fbank": (frames - frames.mean(axis=0))[None]}  # the channel's colour goes
    embedding = models.load("campplus").run(None, feed)[0][0]
    return np.asarray(embedding / max(float(np.linalg.norm(embedding)), 1e-9))

"""What makes a face recognisable, in 128 numbers: face_recognition's network by ONNX Runtime."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from proctoring.perception.models import load

SIDE = 150  # px, of an aligned face (a "chip")


def embed_chip(chip: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """The (128,) embedding of an aligned face, (150, 150, 3) in RGB.

    Two pictures of one person lie closer than about 0.6 of each other (Euclidean distance; the
    default of face_recognition), and the nearer to it, the less that says.
    """
    pixels = chip.transpose(2, 0, 1)[None].astype(np.float32)
    (embeddings,) = load("dlib_resnet").run(["embed"], {"img": pixels})
    return np.asarray(embeddings[0])

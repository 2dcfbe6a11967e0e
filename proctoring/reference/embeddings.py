"""What makes a face recognisable, by face_recognition: dlib's half of the product's numbers.

SFace's half comes from the product's own network; no package of the reference has it.
"""

from __future__ import annotations

import numpy as np

from proctoring.perception.face_embedding import Embedding, embed_by_sface, join
from proctoring.perception.mesh import Mesh
from proctoring.types import Image


def embed_face(image: Image, mesh: Mesh) -> Embedding:
    """(256,), as `proctoring.perception.face_embedding` has it."""
    import face_recognition

    height, width = image.shape[:2]
    left, top, right, bottom = mesh.box
    place = (max(0, top), min(width, right), min(height, bottom), max(0, left))
    rgb = np.ascontiguousarray(image[..., ::-1])
    (dlib,) = face_recognition.face_encodings(rgb, [place])
    return join(embed_by_sface(image, mesh), np.asarray(dlib, np.float32))

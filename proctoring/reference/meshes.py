"""A face's 478 points by MediaPipe's FaceMesh, which tracks from picture to picture itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from proctoring.perception.boxes import overlap
from proctoring.perception.mesh import Mesh, NoMesh
from proctoring.types import Face, Image

MOST_FACES = 2  # tracked at once: the candidate and who may sit beside


class FaceMeshes:
    """Of one stream of pictures."""

    def __init__(self) -> None:
        self._tracker: Any = None

    def trace(self, image: Image, near: Face | Mesh) -> Mesh:
        """The mesh that lies on `near` best. Raises NoMesh where none does."""
        meshes = [mesh for mesh in self._process(image) if overlap(mesh.box, near.box) > 0]
        if not meshes:
            raise NoMesh
        return max(meshes, key=lambda mesh: overlap(mesh.box, near.box))

    def _process(self, image: Image) -> list[Mesh]:
        if self._tracker is None:
            import mediapipe

            self._tracker = mediapipe.solutions.face_mesh.FaceMesh(
                max_num_faces=MOST_FACES, refine_landmarks=True
            )
        height, width = image.shape[:2]
        size = np.array([width, height, width], np.float32)
        found = self._tracker.process(np.ascontiguousarray(image[..., ::-1])).multi_face_landmarks
        return [
            Mesh(np.array([(p.x, p.y, p.z) for p in face.landmark], np.float32) * size, 1.0)
            for face in found or ()
        ]

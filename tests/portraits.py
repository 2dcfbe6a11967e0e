"""A face to look at, and the pictures of people on several days."""

import cv2
import numpy as np
import pytest
from material import DATA, SMALL

from proctoring.perception.faces import examine_faces
from proctoring.perception.mesh import face_mesh

PORTRAIT = SMALL / "faces" / "sk_astronaut.jpg"


@pytest.fixture(scope="module")
def portrait():
    image = np.asarray(cv2.imread(str(PORTRAIT)), np.uint8)
    (face,) = examine_faces(image)
    return image, face, face_mesh(image, face)


def identity(name: str) -> np.ndarray:
    return np.asarray(cv2.imread(str(DATA / "identities" / name)), np.uint8)


def face_at(away: float, axis: int = 200) -> np.ndarray:
    """An embedding so far from that of `face_at(0)`."""
    embedding = np.zeros(256, np.float32)
    embedding[0] = 1
    embedding[axis] = away
    return embedding

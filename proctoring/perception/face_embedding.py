"""What makes a face recognisable, in 256 numbers: SFace's 128 and face_recognition's 128.

Two networks that were trained apart and err differently. The distance of two faces is the
Euclidean one between their numbers: its square is that of `face_recognition` plus twice
SFace's cosine distance. `benchmarks/identity.py` measures each alone, and both; evening out the
light of a face, its mirror image and several crops of it were tried there and gain nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from proctoring.perception.alignment import ARCFACE, DLIB, cut_chip
from proctoring.perception.mesh import Mesh
from proctoring.perception.models import load
from proctoring.types import Image

Embedding = npt.NDArray[np.float32]  # (256,): SFace's, of length 1, then dlib's

SFACE = 128  # numbers of an embedding that are SFace's


def embed_face(image: Image, mesh: Mesh) -> Embedding:
    """The embedding of the face at `mesh`. About 21 ms of CPU."""
    return join(embed_by_sface(image, mesh), embed_chip(cut_chip(image, mesh, DLIB)[..., ::-1]))


def embed_by_sface(image: Image, mesh: Mesh) -> Embedding:
    """SFace's half, (128,), of no particular length."""
    return _run("sface", cut_chip(image, mesh, ARCFACE)[..., ::-1])


def join(sface: Embedding, dlib: Embedding) -> Embedding:
    """One embedding of the two networks' own."""
    return np.concatenate([sface / max(float(np.linalg.norm(sface)), 1e-6), dlib])


def mean_of(embeddings: Sequence[Embedding] | npt.NDArray[np.float32]) -> Embedding:
    """What several pictures of one face have in common."""
    mean = np.mean(embeddings, axis=0)
    return join(mean[:SFACE], mean[SFACE:])


def distance(one: Embedding, other: Embedding) -> float:
    """0 for the same picture; see `proctoring.perception.face_match` for what it says."""
    return float(np.linalg.norm(one - other))


def embed_chip(chip: npt.NDArray[np.uint8]) -> Embedding:
    """The (128,) embedding of an aligned face by dlib's network, (150, 150, 3) in RGB.

    Two pictures of one person lie closer than about 0.6 of each other (Euclidean distance; the
    default of face_recognition), and the nearer to it, the less that says.
    """
    return _run("dlib_resnet", chip)


def _run(model: str, chip: npt.NDArray[np.uint8]) -> Embedding:
    pixels = chip.transpose(2, 0, 1)[None].astype(np.float32)
    (embeddings,) = load(model).run(["embed"], {"img": pixels})
    return np.asarray(embeddings[0], np.float32)

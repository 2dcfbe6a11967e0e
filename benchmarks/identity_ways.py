"""Ways to describe a face and to compare two, beside the one that runs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from proctoring.perception.alignment import ARCFACE, DLIB, cut_chip, even_light
from proctoring.perception.face_embedding import (
    SFACE,
    Embedding,
    embed_chip,
    embed_face,
    join,
    mean_of,
)
from proctoring.perception.mesh import Mesh
from proctoring.perception.models import load
from proctoring.types import Image

Describe = Callable[[Image, Mesh], Embedding]
Distance = Callable[[Embedding, Embedding], float]


def _sface(chip: Image) -> Embedding:
    found = load("sface").run(["embed"], {"img": chip.transpose(2, 0, 1)[None].astype(np.float32)})
    return np.asarray(found[0][0], np.float32)


def evenly_lit(image: Image, mesh: Mesh) -> Embedding:
    small, large = (even_light(cut_chip(image, mesh, c))[..., ::-1] for c in (ARCFACE, DLIB))
    return join(_sface(small), embed_chip(large))


def mirrored(image: Image, mesh: Mesh) -> Embedding:
    """The mean of the face and its mirror image."""
    small, large = (cut_chip(image, mesh, c)[..., ::-1] for c in (ARCFACE, DLIB))
    sface = _sface(small) + _sface(small[:, ::-1])
    return join(sface, (embed_chip(large) + embed_chip(large[:, ::-1])) / np.float32(2))


def jittered(image: Image, mesh: Mesh) -> Embedding:
    """The mean of the face cut out a little larger, smaller and beside its place."""
    found = [embed_face(image, mesh)]
    middle = mesh.points[:, :2].mean(axis=0)
    side = float(np.ptp(mesh.points[:, 0]))
    for scale, shift in ((1.06, 0.0), (0.94, 0.0), (1.0, 0.03), (1.0, -0.03)):
        points = mesh.points.copy()
        points[:, :2] = (points[:, :2] - middle) * scale + middle + shift * side
        found.append(embed_face(image, Mesh(points, mesh.confidence)))
    return mean_of(found)


def euclid(one: Embedding, other: Embedding) -> float:
    return float(np.linalg.norm(one - other))


def by_dlib(one: Embedding, other: Embedding) -> float:
    return euclid(one[SFACE:], other[SFACE:])


def by_sface(one: Embedding, other: Embedding) -> float:
    return euclid(one[:SFACE], other[:SFACE])


WAYS: dict[str, tuple[Describe, Distance]] = {
    "both networks (runs)": (embed_face, euclid),
    "both, even light": (evenly_lit, euclid),
    "both, and the mirror image": (mirrored, euclid),
    "both, five crops": (jittered, euclid),
    "dlib's alone, one chip": (embed_face, by_dlib),
    "SFace alone, one chip": (embed_face, by_sface),
}

RUNS = next(iter(WAYS))

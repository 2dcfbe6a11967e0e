"""Labelled faces, what changes in them from day to day, and pairs of them.

Glasses and masks are drawn. People of `identities` have pictures of several sessions; those of
group pictures are all different people, brothers and sisters among them.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from proctoring.perception.alignment import LEFT_EYE, RIGHT_EYE
from proctoring.perception.boxes import area
from proctoring.perception.face_embedding import Embedding
from proctoring.perception.face_look import why_not
from proctoring.perception.faces import examine_faces
from proctoring.perception.mesh import Mesh, face_mesh
from proctoring.types import Image

Describe = Callable[[Image, Mesh], Embedding]
Condition = Callable[[Image, Mesh], Image]

MASK = (234, 132, 172, 150, 152, 379, 397, 361, 454, 5)  # of the mesh, ear to chin to ear to nose
GROUPS = ("co_", "mp_", "px_", "un_", "sk_")  # sources with none of the people of `identities`


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    person: str
    session: str
    image: Image
    mesh: Mesh


@cache
def people(data: Path) -> tuple[Labelled, ...]:
    rows = csv.DictReader((data / "identities" / "people.csv").read_text().splitlines())
    found = []
    for row in rows:
        image = read(data / "identities" / row["file"])
        mesh = largest(image)
        assert mesh is not None, row["file"]
        found.append(Labelled(row["person"], row["session"], image, mesh))
    return tuple(found)


@cache
def strangers(data: Path) -> tuple[Labelled, ...]:
    """Faces of other pictures that can be compared at all, each its own person."""
    found = []
    for path in sorted((data / "faces").glob("*.jpg")):
        if path.name.startswith(GROUPS):
            image = read(path)
            for number, face in enumerate(examine_faces(image)):
                mesh = face_mesh(image, face)
                if not why_not(image, mesh):
                    found.append(Labelled(f"{path.stem}-{number}", "s1", image, mesh))
    return tuple(found)


def read(path: Path) -> Image:
    return np.asarray(cv2.imread(str(path)), np.uint8)


def largest(image: Image) -> Mesh | None:
    face = max(examine_faces(image), key=lambda face: area(face.box), default=None)
    return None if face is None else face_mesh(image, face)


def pairs(faces: tuple[Labelled, ...]) -> Iterator[tuple[int, int, bool]]:
    """Numbers of two faces, and whether they are one person's on different days."""
    for (a, one), (b, other) in combinations(enumerate(faces), 2):
        if one.person != other.person:
            yield a, b, False
        elif one.session != other.session:
            yield a, b, True


def listed_pairs(data: Path) -> list[tuple[str, str, bool, bool]]:
    """The set's own list: two files, same person, different session."""
    rows = csv.DictReader((data / "identities" / "pairs.csv").read_text().splitlines())
    return [
        (r["file_a"], r["file_b"], r["same_person"] == "1", r["different_session"] == "1")
        for r in rows
    ]


# --- conditions ----------------------------------------------------------------------------


def _eyes(mesh: Mesh) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], float]:
    left, right = (mesh.points[list(eye), :2].mean(axis=0) for eye in (LEFT_EYE, RIGHT_EYE))
    return left, right, float(np.linalg.norm(right - left))


def _bytes(values: npt.NDArray[np.floating]) -> Image:
    return np.clip(values, 0, 255).astype(np.uint8)


def small(px: float) -> Condition:
    """So many px between the eyes."""

    def condition(image: Image, mesh: Mesh) -> Image:
        scale = px / _eyes(mesh)[2]
        return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=3), np.uint8)

    return condition


def dark(image: Image, _mesh: Mesh) -> Image:
    noise = np.random.default_rng(0).normal(0, 2.5, image.shape)
    return _bytes(image * 0.18 + noise)


def lit_from_one_side(image: Image, mesh: Mesh) -> Image:
    left, right, apart = _eyes(mesh)
    ends = [left[0] - apart / 3, right[0] + apart / 3]
    return _bytes(image * np.interp(np.arange(image.shape[1]), ends, [0.15, 1.3])[None, :, None])


def warm(image: Image, _mesh: Mesh) -> Image:
    return _bytes(image * np.array([0.6, 0.9, 1.25]))


def soft(share: float) -> Condition:
    """Blurred by so much of the distance of the eyes."""
    return lambda image, mesh: np.asarray(
        cv2.GaussianBlur(image, (0, 0), share * _eyes(mesh)[2]), np.uint8
    )


def compressed(image: Image, mesh: Mesh) -> Image:
    quality = [cv2.IMWRITE_JPEG_QUALITY, 12]
    encoded = cv2.imencode(".jpg", small(32)(image, mesh), quality)[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)


def noisy(image: Image, mesh: Mesh) -> Image:
    less = small(32)(image, mesh)
    return _bytes(less + np.random.default_rng(0).normal(0, 15, less.shape))


def glasses(image: Image, mesh: Mesh) -> Image:
    left, right, apart = _eyes(mesh)
    drawn, colour, thick = image.copy(), (20, 20, 25), max(2, round(0.07 * apart))
    for eye in (left, right):
        cv2.circle(drawn, [round(float(x)) for x in eye], round(0.33 * apart), colour, thick)
    bridge = [(left * w + right * (1 - w)).astype(int).tolist() for w in (0.67, 0.33)]
    cv2.line(drawn, bridge[0], bridge[1], colour, thick)
    return drawn


def mask(image: Image, mesh: Mesh) -> Image:
    drawn = image.copy()
    cv2.fillPoly(drawn, [mesh.points[list(MASK), :2].astype(np.int32)], (200, 190, 170))
    return drawn


CONDITIONS: dict[str, Condition] = {
    "as they are": lambda image, mesh: image,
    "16 px between the eyes": small(16),
    "12 px between the eyes": small(12),
    "dark and noisy": dark,
    "lit from one side": lit_from_one_side,
    "warm light": warm,
    "JPEG 12, 32 px": compressed,
    "noise, 32 px": noisy,
    "glasses (drawn)": glasses,
    "mask (drawn)": mask,
    "blurred by a tenth": soft(0.1),
    "blurred by two tenths": soft(0.18),
}

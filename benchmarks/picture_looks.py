"""Pictures of faces, made worse, and what one look says of each: ours, and what tutorials use."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from benchmarks.degraded import BLURS, LIGHTS
from benchmarks.face_card import _lightness as lightness
from benchmarks.left_out import Case
from benchmarks.live_windows import LIVE
from proctoring.analysers import rules_by_kind
from proctoring.analysers.picture import PictureQuality
from proctoring.media import read_frames, read_picture
from proctoring.perception.alignment import DLIB, cut_chip
from proctoring.perception.face_embedding import Embedding, embed_chip
from proctoring.perception.mesh import Mesh
from proctoring.perception.scene import Scene
from proctoring.types import Face, Image, VideoFrame

WIDTH = 640  # px, as live
LEAST_FACE = 40  # px wide
FRAME_EVERY_S = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    image: Image
    face: Face
    mesh: Mesh
    lightness: float  # CIE L* of the cheeks
    source: str  # the person, the clip's person, or the picture: what is left out together


@dataclass(frozen=True, slots=True)
class Looked:
    picture: Picture
    values: Mapping[str, float | None]  # signal -> value
    mean: float  # grey level of the face
    laplacian: float  # its variance
    moved: float  # of the face's embedding by dlib's network; 0.6 is another person's


Answer = Callable[[Looked], bool]


def pictures(data: Path) -> Iterator[Picture]:
    """Each with one face at least, of which the largest counts."""
    for folder in ("faces", "identities", "objects"):
        for path in sorted((data / folder).rglob("*.jpg")):
            if "spoof" not in path.parts:
                source = path.parent.name if folder == "identities" else path.stem
                yield from _usable(_at_most_as_live(read_picture(path)), source)
    for folder in ("video", "scenarios"):
        for path in sorted((data / folder).glob("*.mp4")):
            person, _ = LIVE.get(f"{folder}/{path.stem}", (path.stem, ()))
            for frame in read_frames(path, 1 / FRAME_EVERY_S):
                yield from _usable(frame.image, person)


def _usable(image: Image, source: str) -> Iterator[Picture]:
    scene = Scene(VideoFrame(0.0, image))
    face, mesh = scene.face, scene.mesh
    if face is None or mesh is None or mesh.confidence < 0.6:
        return
    if face.box[2] - face.box[0] >= LEAST_FACE and len(face.points) == 5:
        yield Picture(image, face, mesh, lightness(image, face), source)


def _at_most_as_live(image: Image) -> Image:
    height, width = image.shape[:2]
    if width <= WIDTH:
        return image
    size = (WIDTH, round(height * WIDTH / width))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def look(picture: Picture, image: Image, embedding: Embedding) -> Looked:
    """At a picture made of `picture` in which nothing has moved: its face is where it was."""
    scene = Scene(VideoFrame(0.0, image))
    scene.__dict__["faces"] = (picture.face,)
    found = {o.signal: o.value for o in PictureQuality().analyse(scene)}
    left, top, right, bottom = picture.face.box
    grey = cv2.cvtColor(image[top:bottom, left:right], cv2.COLOR_BGR2GRAY)
    return Looked(
        picture=picture,
        values=found,
        mean=float(grey.mean()),
        laplacian=float(cv2.Laplacian(grey, cv2.CV_64F).var()),
        moved=float(np.linalg.norm(_embed(picture, image) - embedding)),
    )


def _embed(picture: Picture, image: Image) -> Embedding:
    return embed_chip(np.asarray(cut_chip(image, picture.mesh, DLIB)[..., ::-1], np.uint8))


def fires(kind: str) -> Answer:
    rule = rules_by_kind()[kind]
    rises = rule.enter_at > rule.exit_at

    def answer(looked: Looked) -> bool:
        value = looked.values.get(rule.signal)
        if value is None:
            return False
        return value >= rule.enter_at if rises else value <= rule.enter_at

    return answer


ANSWERS: Mapping[str, Answer] = {
    "picture_dark": fires("picture_dark"),
    "face_overlit": fires("face_overlit"),
    "face_backlit": fires("face_backlit"),
    "picture_blurred": fires("picture_blurred"),
    "mean of the face < 70": lambda looked: looked.mean < 70,
    "variance of Laplacian < 100": lambda looked: looked.laplacian < 100,
}
# What each kind is for, and what it must leave alone. The steps between are printed, not counted.
BAD = {
    "picture_dark": ("1/32 of the light", "1/64 of the light"),
    "face_overlit": ("8 × the light", "16 × the light"),
    "face_backlit": (
        "before a window, 1/8 on the face",
        "before a window, 1/16 on the face",
        "1/8 on the face, twice behind",
        "1/16 on the face, twice behind",
    ),
    "picture_blurred": ("blurred by 3% of the face", "blurred by 5% of the face"),
}
GOOD = {
    "picture_dark": ("as it is", "1/4 of the light", "1/8 of the light"),
    "face_overlit": ("as it is",),
    "face_backlit": ("as it is", "before a window, face as it is"),
    "picture_blurred": ("as it is", "blurred by 1% of the face"),
}


def cases(kind: str, looked: Mapping[str, list[Looked]]) -> Iterator[Case]:
    """The values of a kind's signal in what it is for, and in what it must leave alone."""
    rule = rules_by_kind()[kind]
    side = 1 if rule.enter_at > rule.exit_at else -1
    for names, is_positive in ((BAD[kind], True), (GOOD[kind], False)):
        for one in (one for name in names for one in looked[name]):
            value = one.values.get(rule.signal)
            score = -math.inf if value is None else side * value
            yield Case(frozenset({one.picture.source}), score, is_positive)


def measure(data: Path) -> dict[str, list[Looked]]:
    """By condition. About two minutes on one core."""
    found: dict[str, list[Looked]] = defaultdict(list)
    for picture in tqdm([*pictures(data)], unit="picture"):
        embedding = _embed(picture, picture.image)
        for name, made in {**LIGHTS, **BLURS}.items():
            found[name].append(look(picture, made(picture.image, picture.face.box), embedding))
    return dict(found)

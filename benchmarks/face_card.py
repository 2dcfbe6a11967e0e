"""The error-rate cards of `multiple_faces` and `no_face`: by light, size, pose, mask and skin.

    .venv/bin/python -m benchmarks.cards faces

Skin is measured where the cheeks are: the median lightness L* of the picture as it is, which
light and camera change as much as skin does. Where the source of a picture calls the skin dark,
that is told apart as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks import face_pictures as pictures
from benchmarks.face_pictures import CONDITIONS, Condition, Picture
from benchmarks.recordings import threshold
from proctoring.analysers.faces import FaceCounter, hidden_by
from proctoring.perception import faces
from proctoring.perception.models import MODELS
from proctoring.perception.scene import Scene
from proctoring.types import Face, Image, VideoFrame

CHOSEN_ON = (
    "the pictures of the first rows themselves, in their conditions; no threshold was chosen by "
    "the frames of clips and of recorded exams"
)
CONSTANTS = ("PLAIN", "ELSEWHERE", "LIKELY", "DOUBTFUL")
LIGHTNESS = {"darker (L* < 45)": (0, 45), "medium": (45, 62), "lighter (L* ≥ 62)": (62, 101)}
SIZES = {"under a sixth": (0, 1 / 6), "up to a third": (1 / 6, 1 / 3), "larger": (1 / 3, 9)}
TURNED = 0.35  # the nose's distance from between the eyes, in distances of the eyes
CHEEK = 0.15  # radius of a patch, in distances of the eyes

# Where a camera is bad enough for faces to be missed at all.
HARD: Mapping[str, Condition] = {
    "as it is": pictures.plain,
    "a twenty-fourth of the light": pictures.dark(1 / 24),
    "masks painted on": pictures.masked,
    "tilted by 60°": pictures.tilted(60),
    "longest side 48 px": pictures.shrunk(48),
    "half out of view": pictures.half_out_of_view,
}


@dataclass(frozen=True, slots=True)
class Look:
    picture: Picture
    count: int
    is_hidden: bool  # the product would abstain from "no face"


def cards(data: Path) -> list[dict[str, Any]]:
    """Takes some minutes on one core."""
    cv2.setNumThreads(1)
    rows = [(name, text, [look(p) for p in found]) for name, text, found in sets(data)]
    groups = [*_groups(data)]
    both = {
        "signal": "face_count",
        "constants": {f"proctoring.perception.faces:{n}": getattr(faces, n) for n in CONSTANTS},
        "model_sha256": {"retinaface": MODELS["retinaface"].sha256},
        "chosen_on": CHOSEN_ON,
    }
    several, none = FaceCounter.rules
    return [
        {
            **both,
            "kind": several.kind,
            "threshold": threshold(several),
            "rows": [_row(name, text, _of_several(looks)) for name, text, looks in rows],
        },
        {
            **both,
            "kind": none.kind,
            "threshold": threshold(none),
            "rows": [_row(name, text, _of_none(looks)) for name, text, looks in rows],
            "groups": groups,
        },
    ]


def sets(data: Path) -> Iterator[tuple[str, str, Iterable[Picture]]]:
    """Condition, name of the set, pictures."""
    for name, condition in CONDITIONS.items():
        yield name, "faces", pictures.faces(data, condition)
    for tag, words in pictures.LABELS.items():
        yield words, "faces, as labelled", pictures.faces(data, pictures.plain, tag=tag)
    yield "rooms and things", "objects", pictures.objects(data, of_one_webcam=False)
    yield "portraits", "identities and spoofs", pictures.portraits(data)
    yield "frames of clips, one a second", "clips", pictures.clips(data)
    yield "frames of exams, one a second", "recorded exams", pictures.scenarios(data)


def look(picture: Picture) -> Look:
    found = len(faces.detect_faces(picture.image))
    is_hidden = found == 0 and bool(hidden_by(Scene(VideoFrame(0.0, picture.image))))
    return Look(picture, found, is_hidden)


def _of_several(looks: list[Look]) -> tuple[list[bool], list[bool]]:
    """Found where there are several, falsely found where there is one."""
    return (
        [look.count > 1 for look in looks if look.picture.fewest > 1],
        [look.count > 1 for look in looks if look.picture.fewest == look.picture.most == 1],
    )


def _of_none(looks: list[Look]) -> tuple[list[bool], list[bool]]:
    """Where the product can tell: what it abstains from is neither."""
    told = [look for look in looks if not look.is_hidden]
    return (
        [look.count == 0 for look in told if look.picture.most == 0],
        [look.count == 0 for look in told if look.picture.fewest == look.picture.most == 1],
    )


def _row(condition: str, name: str, counted: tuple[list[bool], list[bool]]) -> dict[str, Any]:
    found, false = counted
    return {
        "condition": condition,
        "set": f"{name}, {len(found) + len(false)} pictures",
        "n_positive": len(found),
        "found": sum(found),
        "n_negative": len(false),
        "false": sum(false),
        "unit": "image",
    }


# --- groups: single faces that are missed --------------------------------------------------


@dataclass(frozen=True, slots=True)
class Person:
    picture: Picture
    face: Face
    lightness: float  # L*, 0..100


def _groups(data: Path) -> Iterator[dict[str, Any]]:
    people = [*_people(data)]
    missed = {
        name: [(person, _is_missed(person, condition)) for person in people]
        for name, condition in HARD.items()
    }
    divisions: dict[str, dict[str, Callable[[Person], bool]]] = {
        "lightness of the skin, measured": {
            name: lambda p, low=low, high=high: low <= p.lightness < high  # type: ignore[misc]
            for name, (low, high) in LIGHTNESS.items()
        },
        "skin, as labelled by the source": {
            "dark": lambda p: "dark-skin" in p.picture.tags,
            "not labelled so": lambda p: "dark-skin" not in p.picture.tags and bool(p.picture.tags),
        },
        "size of the face in the picture's height": {
            name: lambda p, low=low, high=high: low <= _size(p) < high  # type: ignore[misc]
            for name, (low, high) in SIZES.items()
        },
        "pose": {
            "turned": lambda p: _turn(p.face) > TURNED,
            "to the front": lambda p: _turn(p.face) <= TURNED,
        },
    }
    for by, groups in divisions.items():
        for condition, answers in missed.items():
            yield {
                "by": by,
                "condition": condition,
                "groups": [_group(name, answers, belongs) for name, belongs in groups.items()],
            }


def _group(
    name: str, answers: list[tuple[Person, bool | None]], belongs: Callable[[Person], bool]
) -> dict[str, Any]:
    found = [missed for person, missed in answers if belongs(person) and missed is not None]
    return {"name": name, "n": len(found), "missed": sum(found)}


def _people(data: Path) -> Iterator[Person]:
    """One face each, the one that is found in the picture as it is."""
    singles = (p for p in pictures.faces(data, pictures.plain) if p.fewest == p.most == 1)
    for picture in (*singles, *pictures.portraits(data)):
        found = faces.examine_faces(picture.image)
        if found and len(found[0].points) == 5:
            yield Person(picture, found[0], _lightness(picture.image, found[0]))


def _is_missed(person: Person, condition: Condition) -> bool | None:
    """None where the condition cannot be made or the product would abstain."""
    made = condition(person.picture.image, int(person.lightness))
    if made is None:
        return None
    seen = look(Picture(made, 1, 1))
    return None if seen.is_hidden else seen.count == 0


def _lightness(image: Image, face: Face) -> float:
    """CIE L* of the cheeks, halfway from each eye to the mouth's corner below it."""
    points = np.array(face.points)
    radius = max(1, round(CHEEK * float(np.linalg.norm(points[0] - points[1]))))
    patches = []
    for eye, corner in ((0, 3), (1, 4)):
        x, y = np.rint((points[eye] + points[corner]) / 2).astype(int)
        rows, columns = slice(max(0, y - radius), y + radius), slice(max(0, x - radius), x + radius)
        patches.append(image[rows, columns].reshape(-1, 3))
    pixels = np.concatenate(patches)
    if not len(pixels):
        return float("nan")
    lab = cv2.cvtColor(pixels[None], cv2.COLOR_BGR2LAB)
    return float(np.median(lab[..., 0])) / 255 * 100


def _size(person: Person) -> float:
    _, top, _, bottom = person.face.box
    return (bottom - top) / person.picture.image.shape[0]


def _turn(face: Face) -> float:
    points = np.array(face.points)
    apart = float(np.linalg.norm(points[0] - points[1])) or 1.0
    return float(abs(points[2, 0] - points[:2, 0].mean())) / apart

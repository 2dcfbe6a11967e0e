"""Distances of pairs of labelled faces, and the error rates that come of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks import identity_pictures as pictures
from benchmarks.identity_pictures import CONDITIONS, Condition, Labelled
from benchmarks.identity_ways import RUNS, WAYS, Describe, euclid
from benchmarks.left_out import Case
from proctoring.perception.alignment import ARCFACE, cut_chip
from proctoring.perception.face_embedding import Embedding, embed_face
from proctoring.perception.face_look import why_not
from proctoring.perception.face_match import same_person
from proctoring.perception.mesh import Mesh
from proctoring.types import Image

Floats = npt.NDArray[np.float64]

SKIN = {"darker (L* < 45)": (0.0, 45.0), "medium": (45.0, 62.0), "lighter (L* ≥ 62)": (62.0, 101.0)}


@cache
def described(data: Path, condition: str, describe: Describe) -> list[Embedding | None]:
    """Of the 42 labelled pictures; None where no face is found any more."""
    return [
        None if mesh is None else describe(image, mesh) for image, mesh, _ in under(data, condition)
    ]


@cache
def under(data: Path, condition: str) -> list[tuple[Image, Mesh | None, str]]:
    """Picture, face found anew in it, and why the product would not compare it."""
    change: Condition = CONDITIONS[condition]
    found = []
    for face in pictures.people(data):
        image = change(face.image, face.mesh)
        mesh = pictures.largest(image)
        found.append((image, mesh, "no face" if mesh is None else why_not(image, mesh)))
    return found


def distances(
    data: Path, condition: str, way: str, *, only_usable: bool = False
) -> tuple[Floats, Floats]:
    """Of one person on two days, and of two people: a clear picture against a changed one."""
    describe, apart = WAYS[way]
    clear, other = described(data, "as they are", describe), described(data, condition, describe)
    usable = [not reason or not only_usable for _, _, reason in under(data, condition)]
    found: dict[bool, list[float]] = {True: [], False: []}
    for a, b, same in pictures.pairs(pictures.people(data)):
        for one, two in ((a, b), (b, a))[: 1 if condition == "as they are" else 2]:
            first, second = clear[one], other[two]
            if first is not None and second is not None and usable[two]:
                found[same].append(apart(first, second))
    return np.array(found[True]), np.array(found[False])


def cases(data: Path, condition: str, way: str) -> list[Case]:
    """The usable pairs, each with the two people in it; the further apart, the more positive."""
    describe, apart = WAYS[way]
    clear, other = described(data, "as they are", describe), described(data, condition, describe)
    usable = [not reason for _, _, reason in under(data, condition)]
    faces = pictures.people(data)
    found = []
    for a, b, same in pictures.pairs(faces):
        for one, two in ((a, b), (b, a))[: 1 if condition == "as they are" else 2]:
            first, second = clear[one], other[two]
            if first is not None and second is not None and usable[two]:
                whose = frozenset({faces[one].person, faces[two].person})
                found.append(Case(whose, apart(first, second), not same))
    return found


def equal_error(same: Floats, different: Floats) -> float:
    cuts = np.unique(np.concatenate([same, different]))
    missed = np.array([(same > cut).mean() for cut in cuts])
    taken = np.array([(different <= cut).mean() for cut in cuts])
    nearest = int(np.abs(missed - taken).argmin())
    return float(missed[nearest] + taken[nearest]) / 2


def missed_at(same: Floats, different: Floats, share: float) -> float:
    """FNMR where at most `share` of the different pairs are taken for the same."""
    cut = np.sort(different)[int(share * len(different))]
    return float((same >= cut).mean())


def interval(data: Path, way: str, condition: str = "as they are") -> tuple[float, float]:
    """95 % of 500 draws of as many people with replacement (bootstrap by person)."""
    describe, apart = WAYS[way]
    faces, clear = pictures.people(data), described(data, "as they are", describe)
    other = described(data, condition, describe)
    names = sorted({face.person for face in faces})
    by_people: dict[tuple[str, str], list[float]] = {}
    for a, b, _ in pictures.pairs(faces):
        one, two = clear[a], other[b]
        if one is not None and two is not None:
            key = (faces[a].person, faces[b].person)
            by_people.setdefault(key, []).append(apart(one, two))
    rng, rates = np.random.default_rng(0), []
    for _ in range(500):
        drawn = rng.choice(names, len(names))
        same = [d for name in drawn for d in by_people.get((name, name), [])]
        different = [
            d
            for i, one in enumerate(drawn)
            for two in drawn[i + 1 :]
            if one != two
            for d in (*by_people.get((one, two), []), *by_people.get((two, one), []))
        ]
        rates.append(equal_error(np.array(same), np.array(different)))
    low, high = np.quantile(rates, (0.025, 0.975))
    return float(low), float(high)


def impostors(data: Path) -> tuple[Floats, int]:
    """Distances of different people, and how many people they are."""
    people, others = pictures.people(data), pictures.strangers(data)
    known = [embed_face(face.image, face.mesh) for face in (*people, *others)]
    faces = (*people, *others)
    found = [euclid(known[a], known[b]) for a, b, same in pictures.pairs(faces) if not same]
    return np.array(found), len({face.person for face in faces})


def groups(data: Path) -> dict[str, tuple[tuple[int, int], tuple[int, int]]]:
    """Of pairs within a group, in all usable conditions: (not the same, n), (the same, n)."""
    way, faces = RUNS, pictures.people(data)
    light = [_lightness(face) for face in faces]
    counted = {name: ([0, 0], [0, 0]) for name in SKIN}
    clear = described(data, "as they are", WAYS[way][0])
    for condition in CONDITIONS:
        other = described(data, condition, WAYS[way][0])
        for a, b, same in pictures.pairs(faces):
            one, two = clear[a], other[b]
            if one is None or two is None or under(data, condition)[b][2]:
                continue
            for name, (low, high) in SKIN.items():
                if all(low <= light[x] < high for x in (a, b)):
                    said = same_person(euclid(one, two))
                    counted[name][0][0] += same and said is False
                    counted[name][0][1] += same
                    counted[name][1][0] += not same and said is True
                    counted[name][1][1] += not same
    return {k: ((m[0], m[1]), (t[0], t[1])) for k, (m, t) in counted.items()}


def _lightness(face: Labelled) -> float:
    """CIE L* of the cheeks, which light and camera change as much as skin does."""
    chip = cut_chip(face.image, face.mesh, ARCFACE)
    cheeks = np.concatenate([chip[70:82, 26:38].reshape(-1, 3), chip[70:82, 74:86].reshape(-1, 3)])
    return float(np.median(cv2.cvtColor(cheeks[None], cv2.COLOR_BGR2LAB)[..., 0])) / 2.55

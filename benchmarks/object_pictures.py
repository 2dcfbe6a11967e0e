"""The pictures of the object benchmark, and how answers about them are counted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks import face_pictures, phone_head
from proctoring.analysers.objects import faceless
from proctoring.cards import wilson
from proctoring.perception import faces
from proctoring.perception.scene import Perception, Scene
from proctoring.types import Face, Image, VideoFrame

EASY = 0.015  # share of the picture that the thing itself takes up, from which on it is easy
Scores = Mapping[str, float]  # label -> likelihood of the likeliest


@dataclass(frozen=True, slots=True)
class Picture:
    name: str
    image: Image
    labels: frozenset[str]  # what is in it to be found
    seen_too: frozenset[str]  # by eye, without a box
    is_easy: bool  # by the source's own measure: its largest thing of any kind
    shares: Mapping[str, float]  # label -> of the picture, of its largest thing of that kind
    is_labelled: bool  # False: pictures of people, of which only phones were looked for


@dataclass(frozen=True, slots=True)
class Count:
    positives: int
    found: int
    negatives: int
    false: int

    def __str__(self) -> str:
        return f"{share(self.found, self.positives)} | {share(self.false, self.negatives)}"


def share(part: int, whole: int) -> str:
    if not whole:
        return "–"
    low, high = wilson(part, whole)
    return f"{part / whole:.2f} ({low:.2f}–{high:.2f}, n {whole})"


def pictures(data: Path) -> Iterator[Picture]:
    truths = {t["file"]: t for t in json.loads((data / "objects/ground_truth.json").read_text())}
    for name, path, found in phone_head.sources(data):
        image = np.asarray(cv2.imread(str(path)), np.uint8)
        truth = truths.get(name, {"targets": [], "also_present": [], "difficulty": "negative"})
        area = image.shape[0] * image.shape[1]
        shares: dict[str, float] = {}
        for thing in found["objects"]:
            _, _, width, height = thing["bbox"]
            shares[thing["label"]] = max(shares.get(thing["label"], 0), width * height / area)
        yield Picture(
            name,
            image,
            frozenset(truth["targets"]),
            frozenset(truth["also_present"]),
            truth["difficulty"] == "easy",
            shares,
            name in truths,
        )


def count(
    cases: list[tuple[Picture, Scores]], labels: tuple[str, ...], least: float, which: str
) -> Count:
    """By picture; `which`: "easy" and "hard" as the source says, "large" by the thing itself."""
    found, false = [], []
    for picture, scores in cases:
        seen = max(scores.get(label, 0.0) for label in labels) >= least
        targets = picture.labels.intersection(labels)
        if not targets and not picture.seen_too.intersection(labels):
            if picture.is_labelled or "cell phone" in labels:
                false.append(seen)
        elif targets and _is_of(picture, labels, which):
            found.append(seen)
    return Count(len(found), sum(found), len(false), sum(false))


def _is_of(picture: Picture, labels: tuple[str, ...], which: str) -> bool:
    if which == "large":
        return max(picture.shares.get(label, 0.0) for label in labels) >= EASY
    return picture.is_easy is (which == "easy")


def company(data: Path, least: float) -> Count:
    """Pictures of one face and of several, of which all but the largest are kept from it.

    So the others have to be found by their bodies, as somebody is who turns their back.
    """
    found, false = [], []
    for picture in (
        *face_pictures.faces(data, face_pictures.plain),
        *face_pictures.portraits(data),
    ):
        if not picture.fewest:
            continue
        everybody = faces.detect_faces(picture.image)

        def largest(image: Image, everybody: tuple[Face, ...] = everybody) -> tuple[Face, ...]:
            alone = Scene(VideoFrame(0.0, image), Perception(lambda image: everybody)).face
            return () if alone is None else (alone,)

        other = faceless(Scene(VideoFrame(0.0, picture.image), Perception(largest)))
        seen = other is not None and other.confidence >= least
        if picture.fewest > 1:
            found.append(seen)
        elif picture.most == 1:
            false.append(seen)
    return Count(len(found), sum(found), len(false), sum(false))

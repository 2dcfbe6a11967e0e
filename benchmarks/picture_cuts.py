"""Faces that the edge cuts off, and cameras that are swapped: made of real pictures and clips."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations
from pathlib import Path

import cv2
import numpy as np

from benchmarks.degraded import as_it_is, cut_off, light
from benchmarks.picture_looks import pictures
from proctoring.analysers import rules_by_kind
from proctoring.analysers.picture import PictureQuality
from proctoring.analysers.position import FacePosition
from proctoring.media import read_frames
from proctoring.perception.scene import Scene
from proctoring.types import Image, VideoFrame

SIDES = ("left", "right", "top", "bottom")
# Clips of one room, so that a cut between two of the same says nothing.
ROOMS: tuple[str, ...] = ("gaze_", "webcam_", "head_man", "head_two", "phone_woman", "phone_two")
ROOMS += ("phone_call", "sign_", "three_")


def cut_faces(data: Path) -> tuple[list[bool], list[bool]]:
    """Whether `face_cut_off` fires: on faces of which a fifth is cut off, and on whole ones."""
    (rule,) = (rule for rule in FacePosition.rules if rule.kind == "face_cut_off")
    cut: list[bool] = []
    whole: list[bool] = []
    for number, picture in enumerate(pictures(data)):
        left, top, right, bottom = picture.face.box
        height, width = picture.image.shape[:2]
        least = min(left, top, width - right, height - bottom) / max(1, bottom - top)
        if least < 0.1:
            continue
        side = SIDES[number % len(SIDES)]
        for made, answers in ((as_it_is, whole), (cut_off(side, 1 / 5), cut)):
            image = made(picture.image, picture.face.box)
            found = {o.signal: o.value for o in FacePosition().analyse(Scene(VideoFrame(0, image)))}
            if (margin := found.get("face_margin")) is not None:  # else nothing is told
                answers.append(margin <= rule.enter_at)
    return cut, whole


def cuts(data: Path) -> tuple[list[bool], list[bool]]:
    """Whether `camera_changed` fires: where one clip takes over from another, and within clips,
    there also where the light is switched to a half."""
    clips = {
        path.stem: [frame.image for frame in read_frames(path, 4)]
        for path in sorted((data / "video").glob("*.mp4"))
    }
    size = (320, 240)  # one for all, so that nothing is told by the shape
    clips = {
        name: [np.asarray(cv2.resize(image, size), np.uint8) for image in images]
        for name, images in clips.items()
    }
    between = [
        _changes([*clips[one][-4:], *clips[other][:4]])
        for one, other in permutations(clips, 2)
        if _room(one) != _room(other)
    ]
    within = [_changes(images) for images in clips.values()]
    switched = [
        _changes([*images[:4], *(light(0.5)(image, (0, 0, 0, 0)) for image in images[4:8])])
        for images in clips.values()
    ]
    return between, [*within, *switched]


def _changes(images: Iterable[Image]) -> bool:
    rule, analyser = rules_by_kind()["camera_changed"], PictureQuality()
    values = [
        found.value
        for number, image in enumerate(images)
        for found in analyser.analyse(_faceless(image, number / 4))
        if found.signal == rule.signal
    ]
    return any(value is not None and value >= rule.enter_at for value in values)


def _faceless(image: Image, t: float) -> Scene:
    """Where nobody asks for faces."""
    scene = Scene(VideoFrame(t, image))
    scene.__dict__["faces"] = ()
    return scene


def _room(clip: str) -> str:
    clip = clip.replace("head_woman_turn", "head_man")  # beside each other
    return next(room for room in ROOMS if clip.startswith(room))

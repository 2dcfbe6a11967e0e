"""Each package of the reference environment beside its twin in the product.

A pair says how both are called with one sample, and how far apart two answers are.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import dlib
import face_recognition.api
import face_recognition_models
import mediapipe
import numpy as np
import numpy.typing as npt
import resemblyzer
import soundfile
import torch

from proctoring.perception import voices
from proctoring.perception.face_embedding import embed_chip
from proctoring.perception.mesh import Mesh, face_mesh
from proctoring.perception.mesh_layout import LEFT_EYE, LEFT_IRIS, LIPS, RIGHT_EYE, RIGHT_IRIS
from proctoring.types import Image

Values = npt.NDArray[np.floating[Any]]

REFINED = sorted({*LIPS, *LEFT_EYE, *RIGHT_EYE, *LEFT_IRIS, *RIGHT_IRIS})
RATE, COVERAGE = 1.3, 0.75  # windows per second and least share of the last: the defaults
SETTLED = 6  # times a still picture is shown until MediaPipe's tracking stands still

torch.set_num_threads(1)
cv2.setNumThreads(1)


@dataclass(frozen=True)
class Pair:
    distribution: str  # the package's name in the registry
    function: str
    twin: str
    model: str  # of proctoring/models
    unit: str  # of the difference
    samples: Callable[[Path], list[Any]]  # from the folder of test material
    theirs: Callable[[Any], Values]
    ours: Callable[[Any], Values]
    difference: Callable[[Values, Values], float]


# --- speakers: Resemblyzer -----------------------------------------------------------------


@cache
def _encoder() -> resemblyzer.VoiceEncoder:
    return resemblyzer.VoiceEncoder("cpu", verbose=False)


def _voices(data: Path) -> list[Values]:
    """Four seconds, which is four windows, of each voice."""
    files = sorted((data / "audio" / "enroll").glob("*.flac"))
    return [soundfile.read(file, frames=64_000, dtype="float32")[0] for file in files]


def _embed_utterance(samples: Values) -> Values:
    """What Resemblyzer's `embed_utterance` does, of the product's parts."""
    _, slices = resemblyzer.VoiceEncoder.compute_partial_slices(len(samples), RATE, COVERAGE)
    missing = max(0, slices[-1].stop * voices.HOP - len(samples))
    padded = np.pad(samples, (voices.FRAME // 2, voices.FRAME // 2 + missing))
    mel = voices.mel_spectrogram(padded)
    embedding = voices.encode(np.stack([mel[window] for window in slices])).mean(axis=0)
    return np.asarray(embedding / np.linalg.norm(embedding))


# --- faces: face_recognition ---------------------------------------------------------------


@cache
def _five_points() -> dlib.shape_predictor:
    return dlib.shape_predictor(face_recognition_models.pose_predictor_five_point_model_location())


def pictures_of_one_face(data: Path) -> list[Image]:
    truth = json.loads((data / "faces" / "ground_truth.json").read_text())
    names = (picture["file"] for picture in truth if picture["cls"] == "one")
    pictures = (cv2.imread(str(data / "faces" / name)) for name in names)
    return [np.asarray(picture, np.uint8) for picture in pictures]


def _chips(data: Path) -> list[Image]:
    """(150, 150, 3) RGB, aligned by dlib as face_recognition does it."""
    chips = []
    for picture in pictures_of_one_face(data):
        rgb = np.ascontiguousarray(picture[:, :, ::-1])
        for left_top_right_bottom in dlib.get_frontal_face_detector()(rgb, 1):
            chips.append(dlib.get_face_chip(rgb, _five_points()(rgb, left_top_right_bottom)))
    return chips


def _describe_chip(chip: Image) -> Values:
    return np.array(face_recognition.api.face_encoder.compute_face_descriptor(chip))


def _euclidean(one: Values, other: Values) -> float:
    return float(np.linalg.norm(one - other))


# --- landmarks: MediaPipe ------------------------------------------------------------------


class TrackedFace:
    """A still picture that MediaPipe has tracked until its landmarks stand still."""

    def __init__(self, image: Image) -> None:
        self.image = image
        self._rgb = np.ascontiguousarray(image[:, :, ::-1])
        self._tracker = mediapipe.solutions.face_mesh.FaceMesh(refine_landmarks=True)
        found = [self._tracker.process(self._rgb).multi_face_landmarks for _ in range(SETTLED)]
        self.seen = bool(found[-1])
        self.mesh = Mesh(self.track(), 1.0) if self.seen else None

    def track(self) -> npt.NDArray[np.float32]:
        """(478, 3) px."""
        height, width = self.image.shape[:2]
        (landmarks,) = self._tracker.process(self._rgb).multi_face_landmarks
        points = [(point.x, point.y, point.z) for point in landmarks.landmark]
        return np.array(points, np.float32) * np.array([width, height, width], np.float32)


def _tracked(data: Path) -> list[TrackedFace]:
    return [face for face in map(TrackedFace, pictures_of_one_face(data)) if face.seen]


def shares_of_eye_distance(one: Values, other: Values) -> Values:
    """How far apart each of the points is, in % of the distance between the pupils."""
    pupils = one[[LEFT_IRIS[0], RIGHT_IRIS[0]], :2]
    apart = np.linalg.norm(one[:, :2] - other[:, :2], axis=1)
    return np.asarray(100 * apart / np.linalg.norm(pupils[0] - pupils[1]))


SPEAKERS = Pair(
    distribution="resemblyzer",
    function="VoiceEncoder.embed_utterance (4 s)",
    twin="perception.voices",
    model="ge2e",
    unit="largest component",
    samples=_voices,
    theirs=lambda samples: _encoder().embed_utterance(samples),
    ours=_embed_utterance,
    difference=lambda one, other: float(np.abs(one - other).max()),
)
FACES = Pair(
    distribution="face_recognition",
    function="face_encoder.compute_face_descriptor",
    twin="perception.face_embedding",
    model="dlib_resnet",
    unit="Euclidean distance",
    samples=_chips,
    theirs=_describe_chip,
    ours=embed_chip,
    difference=_euclidean,
)
LANDMARKS = Pair(
    distribution="mediapipe",
    function="FaceMesh.process (tracking, irises)",
    twin="perception.mesh",
    model="face_mesh",
    unit="% of the eyes' distance, mean",
    samples=_tracked,
    theirs=lambda face: face.track(),
    ours=lambda face: face_mesh(face.image, face.mesh).points,
    difference=lambda one, other: float(shares_of_eye_distance(one, other).mean()),
)
PAIRS = (SPEAKERS, FACES, LANDMARKS)

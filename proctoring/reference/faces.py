"""Faces as MediaPipe and face_recognition find them, each with its own defaults.

One sees what the other misses: MediaPipe's full range half-turned faces, dlib's HOG small ones
far behind. What either finds is a face.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from proctoring.perception.boxes import overlap
from proctoring.types import BoxXYXY, Face, Image

FULL_RANGE = 1  # MediaPipe's model for faces up to 5 m away
SAME_FACE = 0.2  # overlap; the two draw their boxes differently
HOG_CONFIDENCE = 1.0  # face_recognition tells none

# Of the 68 landmarks, those of each eye, the nose's tip and the corners of the mouth.
LEFT_TO_RIGHT_EYES = ("left_eye", "right_eye")


def find_faces(image: Image) -> tuple[Face, ...]:
    """`image` is (height, width, 3) BGR; the likeliest comes first."""
    rgb = np.ascontiguousarray(image[..., ::-1])
    found = _mediapipes(rgb)
    for box in _face_recognitions(rgb):
        if all(overlap(box, other) < SAME_FACE for other, _ in found):
            found.append((box, HOG_CONFIDENCE))
    found.sort(key=lambda face: -face[1])
    return tuple(Face(box, confidence, _points(rgb, box)) for box, confidence in found)


def _mediapipes(rgb: Image) -> list[tuple[BoxXYXY, float]]:
    height, width = rgb.shape[:2]
    found = []
    for detection in _detector().process(rgb).detections or ():
        place = detection.location_data.relative_bounding_box
        left, top = max(0, round(place.xmin * width)), max(0, round(place.ymin * height))
        right = min(width, round((place.xmin + place.width) * width))
        bottom = min(height, round((place.ymin + place.height) * height))
        found.append(((left, top, right, bottom), float(detection.score[0])))
    return found


def _face_recognitions(rgb: Image) -> list[BoxXYXY]:
    import face_recognition

    return [
        (left, top, right, bottom)
        for top, right, bottom, left in face_recognition.face_locations(rgb)
    ]


def _points(rgb: Image, box: BoxXYXY) -> tuple[tuple[float, float], ...]:
    """Both eyes, the nose, both corners of the mouth, by dlib's 68 landmarks."""
    import face_recognition

    left, top, right, bottom = box
    (marks,) = face_recognition.face_landmarks(rgb, [(top, right, bottom, left)])
    eyes = [np.mean(marks[name], axis=0) for name in LEFT_TO_RIGHT_EYES]
    lip = marks["top_lip"]  # from corner to corner, and back along its lower edge
    points = [*eyes, marks["nose_tip"][2], lip[0], lip[6]]
    return tuple((float(x), float(y)) for x, y in points)


@cache
def _detector() -> Any:
    import mediapipe

    return mediapipe.solutions.face_detection.FaceDetection(model_selection=FULL_RANGE)

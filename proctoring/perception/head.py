"""Where a head is, which way it faces, and what its eyes and its mouth do.

Everything is told from the 478 points of one face and the size of the picture, without memory.
Angles are as seen in the picture: `yaw` grows to its right edge, `pitch` upwards, and `roll`
clockwise. Somebody who turns to their own left turns to the right edge of a picture that is not
mirrored. Yaw and pitch are those against the line of sight from the camera, so that a head that
faces the camera has none wherever in the picture it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean

import cv2
import numpy as np
import numpy.typing as npt

from proctoring.perception.face_model import BETWEEN_EYES, FACE, POINTS
from proctoring.perception.mesh import Mesh, Points
from proctoring.types import Image

Vectors = npt.NDArray[np.float64]

# A picture's longer side is taken to span 60 degrees. Webcams span 50 to 70, which makes the
# distance 24 % too long to 18 % too short, and changes angles by a degree or two.
FOCAL_LENGTH = 0.5 / math.tan(math.radians(30))  # in longer sides

# How far an iris goes from the middle between the corners of its eye, in cm: TURN · sin(gaze)
# - BEHIND · sin(head's), since the corners lie before the centre that an eye turns about. BEHIND
# was fitted where heads turn and eyes stay on the camera (0.40 and 0.42 in two clips; upwards
# 0.20 and 0.26); TURN is that much more by which the canonical iris lies before the corners.
IRIS_BEFORE_CORNERS = 0.36
BEHIND_X, BEHIND_Y = 0.40, 0.23
REST_Y = -0.15  # cm; irises look ahead from above the line: median of 104 faces in pictures
TURN_X, TURN_Y = BEHIND_X + IRIS_BEFORE_CORNERS, BEHIND_Y + IRIS_BEFORE_CORNERS


@dataclass(frozen=True, slots=True)
class _EyePoints:
    left: int  # corner, on the left in the picture
    right: int
    iris: int
    lids: tuple[tuple[int, int], ...]  # upper, lower


EYES = (
    _EyePoints(33, 133, 468, ((160, 144), (158, 153))),
    _EyePoints(362, 263, 473, ((385, 380), (387, 373))),
)
BESIDE = (0.3, 0.45, 0.6)  # of the way from the rim of an iris to the corner of its eye
LIPS_INSIDE = (13, 14)  # upper, lower
CORNERS_OF_MOUTH = (78, 308)


@dataclass(frozen=True, slots=True)
class Head:
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    distance_cm: float  # camera to eyes, if the face is of average size: see FOCAL_LENGTH
    misfit_cm: float  # how far the points are from those of the average face, on average
    between_eyes_px: float  # from iris to iris
    eye_openness: float  # "eye aspect ratio": height over width, of both eyes; 0.2..0.35 open
    iris_x: float  # 0..1 from the left corner of an eye to the right one, of both eyes
    iris_y: float  # above the line between the corners, over the width of an eye, of both eyes
    gaze_yaw_deg: float  # of head and eyes together; uncalibrated: see analysers.gaze
    gaze_pitch_deg: float
    mouth_opening: float  # height over width of the inner lips; 0 shut, above 0.5 wide open


@dataclass(frozen=True, slots=True)
class _Eye:
    openness: float
    x: float
    y: float
    off: tuple[float, float]  # cm from the middle between the corners, to the right and down


def measure_head(mesh: Mesh, size: tuple[int, int]) -> Head:
    """`size` is the picture's height and width in px."""
    seen = _straight_ahead(mesh.points, size)
    turn, place = _pose(seen)
    yaw = math.atan2(-turn[0, 2], turn[2, 2])
    pitch = math.asin(max(-1.0, min(1.0, turn[1, 2])))
    roll = math.atan2(turn[1, 0], turn[1, 1])

    model = FACE @ turn.T + place
    apart = np.linalg.norm(model[:, :2] / model[:, 2:] - seen[POINTS], axis=1)
    eyes = [_eye(seen, points, float(place[2])) for points in EYES]
    off_x, off_y = np.mean([eye.off for eye in eyes], axis=0) - _rest(roll)
    return Head(
        yaw_deg=math.degrees(yaw),
        pitch_deg=math.degrees(pitch),
        roll_deg=math.degrees(roll),
        distance_cm=float(np.linalg.norm(turn @ BETWEEN_EYES + place)),
        misfit_cm=float(apart.mean() * place[2]),
        between_eyes_px=_apart(mesh.points, EYES[0].iris, EYES[1].iris),
        eye_openness=fmean(eye.openness for eye in eyes),
        iris_x=fmean(eye.x for eye in eyes),
        iris_y=fmean(eye.y for eye in eyes),
        gaze_yaw_deg=_angle((off_x + BEHIND_X * math.sin(yaw)) / TURN_X),
        gaze_pitch_deg=_angle((BEHIND_Y * math.sin(pitch) - off_y) / TURN_Y),
        mouth_opening=_apart(seen, *LIPS_INSIDE) / max(1e-6, _apart(seen, *CORNERS_OF_MOUTH)),
    )


def iris_contrast(image: Image, mesh: Mesh) -> tuple[float, float]:
    """How much darker the irises are than the white beside them, 0..1, and that white, 0..255.

    Of both eyes on average, and of the side where more of the white is to be seen.
    """
    contrasts, whites = [], []
    for eye in EYES:
        left, right = mesh.points[[eye.left, eye.right], :2]
        centre, *rim = mesh.points[eye.iris : eye.iris + 5, :2]
        first, *_, last = sorted(rim, key=lambda point: float(point[0]))
        inside = [centre, *((centre + point) / 2 for point in rim)]
        white = [first + (left - first) * share for share in BESIDE]
        white += [last + (right - last) * share for share in BESIDE]
        spots = np.rint([*inside, *white]).astype(int)
        columns, rows = np.clip(spots, 0, (image.shape[1] - 1, image.shape[0] - 1)).T
        luma = image[rows, columns] @ (0.114, 0.587, 0.299)
        dark, *light = (float(part.mean()) for part in np.split(luma, [5, 5 + len(BESIDE)]))
        whites.append(max(light))
        contrasts.append(1 - dark / max(1.0, *light))
    return float(np.mean(contrasts)), float(np.mean(whites))


def _rest(roll: float) -> Vectors:
    """Where the irises of a head that leans are when they look at the camera: (2,) cm."""
    return np.array([-math.sin(roll), math.cos(roll)]) * REST_Y


def _straight_ahead(points: Points, size: tuple[int, int]) -> Vectors:
    """(478, 2) x / z and y / z of the points' rays, seen by a camera turned to the face."""
    height, width = size
    rays = np.ones((len(points), 3))
    rays[:, :2] = (points[:, :2] - (width / 2, height / 2)) / (FOCAL_LENGTH * max(size))
    ahead = rays[POINTS].mean(axis=0)
    ahead /= np.linalg.norm(ahead)
    across = np.array([ahead[2], 0, -ahead[0]])
    across /= np.linalg.norm(across)
    turned = rays @ np.stack([across, np.cross(ahead, across), ahead]).T
    seen: Vectors = turned[:, :2] / turned[:, 2:]
    return seen


def _pose(seen: Vectors) -> tuple[Vectors, Vectors]:
    """The face's rotation (3, 3) and place (3,) in cm, by perspective-n-point.

    EPnP answers for faces of any size, where OpenCV's other ways raise or go wrong; but faces are
    not of average shape, and the least squares that follow take up to 12 degrees of error away.
    """
    points = np.ascontiguousarray(seen[POINTS])
    camera = np.eye(3)
    _, turn, place = cv2.solvePnP(FACE, points, camera, None, flags=cv2.SOLVEPNP_EPNP)
    turn, place = cv2.solvePnPRefineLM(FACE, points, camera, None, turn, place)
    rotation: Vectors = cv2.Rodrigues(turn)[0].astype(np.float64)
    return rotation, place.ravel().astype(np.float64)


def _eye(seen: Vectors, points: _EyePoints, distance_cm: float) -> _Eye:
    left, right, iris = seen[points.left], seen[points.right], seen[points.iris]
    along = right - left
    width = max(1e-9, float(np.linalg.norm(along)))
    along /= width
    height = fmean(_apart(seen, upper, lower) for upper, lower in points.lids)
    off = (iris - (left + right) / 2) * distance_cm
    return _Eye(
        openness=height / width,
        x=float((iris - left) @ along) / width,
        y=float((iris - left) @ (along[1], -along[0])) / width,
        off=(float(off[0]), float(off[1])),
    )


def _apart(points: npt.NDArray[np.floating], one: int, other: int) -> float:
    (left, top), (right, bottom) = points[one, :2].tolist(), points[other, :2].tolist()
    return math.hypot(right - left, bottom - top)


def _angle(sine: float) -> float:
    return math.degrees(math.asin(max(-1.0, min(1.0, sine))))

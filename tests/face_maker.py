"""Faces made of points: any pose, any gaze, eyes and lips open or shut."""

from __future__ import annotations

import math

import cv2
import numpy as np

from proctoring.perception.face_model import BETWEEN_EYES, FACE, POINTS
from proctoring.perception.head import (
    EYES,
    FOCAL_LENGTH,
    IRIS_BEFORE_CORNERS,
    REST_Y,
    TURN_X,
    TURN_Y,
)
from proctoring.perception.mesh import Mesh
from proctoring.perception.scene import Perception, Scene
from proctoring.types import Face, VideoFrame

SIZE = (480, 640)
WHITE, BROWN, SKIN = (220, 220, 220), (40, 50, 60), (120, 150, 190)


def turn(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """(3, 3) of degrees: to the right in the picture, up, clockwise; written from the axes."""
    y, p, r = np.radians([yaw, pitch, roll])
    about_y = [[math.cos(y), 0, -math.sin(y)], [0, 1, 0], [math.sin(y), 0, math.cos(y)]]
    about_x = [[1, 0, 0], [0, math.cos(p), math.sin(p)], [0, -math.sin(p), math.cos(p)]]
    about_z = [[math.cos(r), -math.sin(r), 0], [math.sin(r), math.cos(r), 0], [0, 0, 1]]
    return np.array(about_y) @ np.array(about_x) @ np.array(about_z)


def made_mesh(
    yaw=0.0,
    pitch=0.0,
    roll=0.0,
    *,
    gaze=(0.0, 0.0),
    openness=0.28,
    mouth=0.0,
    at=(0.0, 0.0, 55.0),
    size=SIZE,
):
    """The mesh of a head with its eyes at `at`, in cm from the camera, turned from its axis.

    `gaze` is yaw and pitch in degrees, of head and eyes together.
    """
    rotation = turn(yaw, pitch, roll)
    place = np.array(at) - rotation @ BETWEEN_EYES

    def spot(model):
        x, y, z = rotation @ np.asarray(model, float) + place
        focal = FOCAL_LENGTH * max(size)
        return x / z * focal + size[1] / 2, y / z * focal + size[0] / 2

    points = np.zeros((478, 3), np.float32)
    points[:, :2] = spot(FACE.mean(axis=0))
    for index, model in zip(POINTS, FACE, strict=True):
        points[index, :2] = spot(model)
    # In the head's own axes an eye turns by what the gaze differs from the head.
    side, down = (math.sin(math.radians(angle)) for angle in (gaze[0] - yaw, pitch - gaze[1]))
    for eye in EYES:
        left, right = (FACE[POINTS.index(corner)] for corner in (eye.left, eye.right))
        middle, width = (left + right) / 2, right[0] - left[0]
        forwards = np.array([0, 0, -IRIS_BEFORE_CORNERS])
        iris = middle + forwards + (TURN_X * side, TURN_Y * down + REST_Y, 0)
        points[eye.iris, :2] = spot(iris)
        for number, rim in enumerate(((0.5, 0), (0, -0.5), (-0.5, 0), (0, 0.5)), start=1):
            points[eye.iris + number, :2] = spot((iris[0] + rim[0], iris[1] + rim[1], iris[2]))
        for upper, lower in eye.lids:
            lid = np.array([0, openness * width / 2, 0])
            points[upper, :2], points[lower, :2] = spot(middle - lid), spot(middle + lid)
    for index, model in ((78, (-2, 4, -5)), (308, (2, 4, -5))):
        points[index, :2] = spot(model)
    points[13, :2], points[14, :2] = spot((0, 4 - 2 * mouth, -5)), spot((0, 4 + 2 * mouth, -5))
    return Mesh(points, 1.0)


def drawn(mesh, size=SIZE, *, iris=BROWN, white=WHITE):
    """A picture with eyes where the mesh has them."""
    image = np.full((*size, 3), SKIN, np.uint8)
    for eye in EYES:
        left, right, centre = mesh.points[[eye.left, eye.right, eye.iris], :2]
        middle = tuple(int(v) for v in (left + right) / 2)
        width = float(np.linalg.norm(right - left))
        cv2.ellipse(image, (middle, (width * 1.3, width), 0), white, -1)
        radius = float(np.linalg.norm(mesh.points[eye.iris + 1, :2] - centre))
        cv2.circle(image, tuple(round(float(v)) for v in centre), max(1, round(radius)), iris, -1)
    return image


def made_scene(t, mesh, size=SIZE, **colours):
    """A scene in which that face is found, or nobody if `mesh` is None."""
    image = np.full((*size, 3), SKIN, np.uint8) if mesh is None else drawn(mesh, size, **colours)
    faces = () if mesh is None else (Face(mesh.box, 0.9),)
    perception = Perception(lambda _: faces, lambda _: faces, trace_face=lambda *_: mesh)
    return Scene(VideoFrame(t, image), perception)

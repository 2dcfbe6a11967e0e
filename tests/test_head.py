"""Pose, gaze, eyes and mouth of a head: made faces at every angle, and real pictures."""

import itertools
from dataclasses import astuple

import cv2
import numpy as np
import pytest
from face_maker import SIZE, drawn, made_mesh, turn
from material import DATA, SMALL, needs_data

from proctoring.perception.face_model import FACE, POINTS
from proctoring.perception.faces import detect_faces
from proctoring.perception.head import iris_contrast, measure_head
from proctoring.perception.mesh import Mesh, face_mesh


def head_in(path):
    image = cv2.imread(str(path))
    (face,) = detect_faces(image)
    return measure_head(face_mesh(image, face), image.shape[:2])


@pytest.mark.parametrize("roll", [-30, 0, 20])
@pytest.mark.parametrize("pitch", [-35, 0, 25])
@pytest.mark.parametrize("yaw", [-50, -20, 0, 35, 60])
def test_a_pose_is_told(yaw, pitch, roll):
    # Far away, where the line of sight to the middle of a face is the camera's axis.
    head = measure_head(made_mesh(yaw, pitch, roll, at=(0, 0, 300)), SIZE)
    assert (head.yaw_deg, head.pitch_deg, head.roll_deg) == pytest.approx(
        (yaw, pitch, roll), abs=1.5
    )


def test_signs_are_as_seen_in_the_picture():
    nose, chin = FACE[POINTS.index(4)], FACE[POINTS.index(136)]
    assert (turn(30, 0, 0) @ nose)[0] > 2  # to the right
    assert (turn(0, 30, 0) @ nose)[1] < nose[1] - 2  # y grows downwards
    assert (turn(0, 0, 30) @ chin)[0] < chin[0] - 2  # the chin goes left, the top right
    assert measure_head(made_mesh(30), SIZE).yaw_deg > 25
    assert measure_head(made_mesh(0, 30), SIZE).pitch_deg > 25
    assert measure_head(made_mesh(0, 0, 30), SIZE).roll_deg > 25


def test_whoever_faces_the_camera_from_the_side_is_not_turned():
    x, z = 20.0, 60.0
    head = measure_head(made_mesh(-np.degrees(np.arctan2(x, z)), at=(x, 0, z)), SIZE)
    assert head.yaw_deg == pytest.approx(0, abs=1.5)


@pytest.mark.parametrize("distance", [30, 55, 120])
@pytest.mark.parametrize("yaw", [0, 45])
def test_the_distance_to_the_camera_is_told(distance, yaw):
    head = measure_head(made_mesh(yaw, at=(0, 0, distance)), SIZE)
    assert head.distance_cm == pytest.approx(distance, rel=0.02)


def test_the_size_of_the_picture_changes_only_pixels():
    large = (960, 1280)
    one = measure_head(made_mesh(20, 5, 10), SIZE)
    other = measure_head(made_mesh(20, 5, 10, size=large), large)
    assert other.between_eyes_px == pytest.approx(2 * one.between_eyes_px, rel=1e-3)
    assert other.yaw_deg == pytest.approx(one.yaw_deg, abs=0.1)
    assert other.distance_cm == pytest.approx(one.distance_cm, rel=1e-3)


@pytest.mark.parametrize("gaze", [(-25, 0), (0, 0), (20, 0), (0, -25), (0, 15), (15, -15)])
def test_eyes_that_move_in_a_still_head_are_followed(gaze):
    head = measure_head(made_mesh(gaze=gaze), SIZE)
    assert head.gaze_yaw_deg == pytest.approx(gaze[0], abs=3)
    assert head.gaze_pitch_deg == pytest.approx(gaze[1], abs=5)


@pytest.mark.parametrize(("yaw", "pitch"), [*itertools.product([-30, -15, 15, 30], [-10, 0, 10])])
def test_a_head_that_turns_while_the_eyes_stay_looks_the_same_way(yaw, pitch):
    head = measure_head(made_mesh(yaw, pitch, gaze=(0, 0)), SIZE)
    assert abs(head.gaze_yaw_deg) < 7
    assert abs(head.gaze_pitch_deg) < 9


@pytest.mark.parametrize("roll", [-35, 35])
def test_a_head_that_leans_looks_the_same_way(roll):
    head = measure_head(made_mesh(0, 0, roll), SIZE)
    assert (head.gaze_yaw_deg, head.gaze_pitch_deg) == pytest.approx((0, 0), abs=3)


def test_eyes_and_mouth_are_open_as_far_as_they_are():
    head = measure_head(made_mesh(openness=0.3, mouth=0.4), SIZE)
    assert head.eye_openness == pytest.approx(0.3, abs=0.02)
    assert head.mouth_opening == pytest.approx(0.4, abs=0.02)
    assert head.iris_x == pytest.approx(0.5, abs=0.02)
    assert measure_head(made_mesh(gaze=(20, 0)), SIZE).iris_x > 0.55
    assert measure_head(made_mesh(gaze=(0, 20)), SIZE).iris_y > head.iris_y


def test_points_that_are_no_face_fit_badly():
    jumbled = np.random.default_rng(0).uniform(100, 300, (478, 3)).astype(np.float32)
    assert measure_head(Mesh(jumbled, 0.1), SIZE).misfit_cm > 1


@pytest.mark.parametrize("points", [np.full((478, 3), 50), np.full((478, 3), 1e6), np.eye(478, 3)])
def test_no_points_are_an_error(points):
    assert len(astuple(measure_head(Mesh(points.astype(np.float32), 0.0), SIZE))) == 12


def test_a_face_of_a_few_pixels_is_posed():
    head = measure_head(made_mesh(20, 10, at=(0, 0, 3000)), SIZE)
    assert (head.yaw_deg, head.pitch_deg) == pytest.approx((20, 10), abs=1.5)
    assert head.between_eyes_px < 2


def test_irises_stand_out_from_the_white_of_the_eyes():
    mesh = made_mesh()
    contrast, white = iris_contrast(drawn(mesh), mesh)
    assert contrast > 0.6
    assert white > 180
    contrast, white = iris_contrast(drawn(mesh, iris=(60, 60, 60), white=(64, 64, 64)), mesh)
    assert contrast < 0.1
    assert white < 70


def test_eyes_outside_of_the_picture_are_no_error():
    mesh = made_mesh(at=(60, 0, 55))
    assert iris_contrast(drawn(mesh), mesh)[0] <= 1
    measure_head(mesh, SIZE)


@pytest.mark.parametrize(("name", "yaw"), [("sk_astronaut", (-25, 5))])
def test_a_face_of_a_real_picture_is_posed(name, yaw):
    head = head_in(SMALL / "faces" / f"{name}.jpg")
    assert yaw[0] < head.yaw_deg < yaw[1]
    assert abs(head.pitch_deg) < 20
    assert head.eye_openness > 0.15
    assert head.misfit_cm < 0.6


@needs_data
@pytest.mark.parametrize(("name", "yaw"), [("pa_webcam_center", 0), ("in_woman_profile", -45)])
def test_faces_of_webcams_are_posed(name, yaw):
    head = head_in(DATA / "faces" / f"{name}.jpg")
    assert head.yaw_deg == pytest.approx(yaw, abs=15)

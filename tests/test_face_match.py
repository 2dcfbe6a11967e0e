"""Faces cut out, described, compared and learned."""

import cv2
import numpy as np
import pytest
from material import needs_data
from portraits import face_at, identity, portrait

from proctoring.analysers.face_memory import FIRST_LOOKS, FaceMemory
from proctoring.enrolment.face import EnrolmentError, enrol_faces, profile_of, trouble_with
from proctoring.perception.alignment import ARCFACE, DLIB, cut_chip, similarity
from proctoring.perception.face_embedding import SFACE, distance, embed_face, mean_of
from proctoring.perception.face_look import why_not
from proctoring.perception.face_match import (
    LEAST_LIMIT,
    MOST_LIMIT,
    THRESHOLD,
    distance_from,
    false_accepts,
    limit_of,
    same_person,
    spread_of,
)
from proctoring.perception.mesh import Mesh
from proctoring.perception.scene import Scene
from proctoring.types import VideoFrame

__all__ = ["portrait"]  # the fixture


# --- alignment and embedding ---------------------------------------------------------------


def test_a_similarity_undoes_a_turn_a_scale_and_a_shift():
    points = np.array([[0.0, 0], [10, 2], [3, 8], [7, 7]])
    turn = 1.7 * np.array([[np.cos(0.4), -np.sin(0.4)], [np.sin(0.4), np.cos(0.4)]])
    matrix = similarity(points @ turn.T + (30, -5), points)
    again = (points @ turn.T + (30, -5)) @ matrix[:, :2].T + matrix[:, 2]
    assert np.allclose(again, points)


def test_a_similarity_never_mirrors():
    points = np.array([[0.0, 0], [10, 0], [5, 8], [2, 9], [8, 9]])
    matrix = similarity(points * (-1, 1), points)
    assert np.linalg.det(matrix[:, :2]) > 0


@pytest.mark.parametrize("chip", [ARCFACE, DLIB])
def test_a_chip_is_the_same_wherever_the_face_is_in_the_picture(portrait, chip):
    image, _, mesh = portrait
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 25, 0.8)
    turned = np.asarray(cv2.warpAffine(image, turn, (width, height)), np.uint8)
    points = mesh.points.copy()
    points[:, :2] = points[:, :2] @ turn[:, :2].T + turn[:, 2]
    one, other = cut_chip(image, mesh, chip), cut_chip(turned, Mesh(points, 1.0), chip)
    assert one.shape == (chip.side, chip.side, 3)
    middle = slice(chip.side // 4, 3 * chip.side // 4)
    assert np.abs(one[middle, middle].astype(float) - other[middle, middle]).mean() < 4


def test_an_embedding_joins_a_direction_and_a_point(portrait):
    image, _, mesh = portrait
    embedding = embed_face(image, mesh)
    assert embedding.shape == (256,)
    assert embedding.dtype == np.float32
    assert np.linalg.norm(embedding[:SFACE]) == pytest.approx(1, abs=1e-5)


def test_an_embedding_hardly_depends_on_light_and_size(portrait):
    image, _, mesh = portrait
    known = embed_face(image, mesh)
    darker = np.asarray(image * 0.5, np.uint8)
    assert distance(known, embed_face(darker, mesh)) < 0.5
    half = np.asarray(
        cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8
    )
    smaller = Mesh(mesh.points / 2, mesh.confidence)
    assert distance(known, embed_face(half, smaller)) < 0.6


@needs_data
def test_one_person_on_two_days_is_nearer_than_two_people_are():
    names = ("d01/1.jpg", "d01/2.jpg", "d04/1.jpg", "d04/3.jpg", "d07/1.jpg", "d07/3.jpg")
    known = {name: enrol_faces([identity(name)]).embeddings[0] for name in names}
    for one in names:
        for other in names:
            if one < other:
                same = one[:3] == other[:3]
                assert same_person(distance(known[one], known[other])) is same, (one, other)


# --- what a distance says ------------------------------------------------------------------


def test_about_the_threshold_nothing_is_said():
    assert same_person(THRESHOLD - 0.1) is True
    assert same_person(THRESHOLD) is None
    assert same_person(THRESHOLD + 0.1) is False


def test_a_limit_follows_the_spread_within_bounds():
    assert limit_of(None) == MOST_LIMIT
    assert limit_of(0.1) == LEAST_LIMIT
    assert limit_of(2.0) == MOST_LIMIT
    assert LEAST_LIMIT < limit_of(0.7) < MOST_LIMIT


def test_false_accepts_are_those_that_were_measured():
    measured = false_accepts(THRESHOLD)
    assert measured.pairs > 1000
    assert 0 < measured.share < 0.01
    assert false_accepts(0.1).share == 0
    with pytest.raises(ValueError, match="measured up to"):
        false_accepts(3.0)


def test_a_profile_is_as_near_as_its_nearest_picture():
    profile = np.stack([face_at(0), face_at(0.8)])
    assert distance_from(profile, face_at(0.9)) == pytest.approx(0.1, abs=1e-5)
    assert distance_from(profile, mean_of(profile)) == pytest.approx(0, abs=1e-5)
    assert spread_of(profile) == pytest.approx(0.8, abs=1e-5)
    assert spread_of(profile[:1]) is None


# --- enrolment -----------------------------------------------------------------------------


def test_a_face_is_learned_from_one_picture_or_more(portrait):
    image = portrait[0]
    one, three = enrol_faces([image]), enrol_faces([image, image[:, ::-1].copy(), image])
    assert one.embeddings.shape == (1, 256)
    assert one.spread is None
    assert three.embeddings.shape == (3, 256)
    assert three.spread is not None
    assert distance_from(three.embeddings, one.embeddings[0]) < 0.01


def test_enrolment_says_what_is_wrong_with_which_picture(portrait):
    image = portrait[0]
    empty = np.full((240, 320, 3), 128, np.uint8)
    with pytest.raises(EnrolmentError, match="There is no picture"):
        enrol_faces([])
    with pytest.raises(EnrolmentError, match="Picture 2 of 2: no face"):
        enrol_faces([image, empty])
    with pytest.raises(EnrolmentError, match="The picture: several faces"):
        enrol_faces([np.hstack([image, image])])
    with pytest.raises(EnrolmentError, match="At most"):
        enrol_faces([image] * 17)


def test_a_face_that_cannot_be_compared_says_why(portrait):
    image, _, mesh = portrait
    assert why_not(image, mesh) == ""
    assert why_not(image, Mesh(mesh.points, 0.3)) == "face covered"
    assert why_not(image, Mesh(mesh.points / 12, 1.0)) == "face too small"
    assert why_not(np.asarray(image * 0.04, np.uint8), mesh) == "face too dark"
    side = float(np.ptp(mesh.points[:, 0]))
    blurred = np.asarray(cv2.GaussianBlur(image, (0, 0), side / 8), np.uint8)
    assert why_not(blurred, mesh) == "face blurred"
    turned = mesh.points.copy()
    turned[:, 0] = turned[:, 0].mean() + (turned[:, 0] - turned[:, 0].mean()) * 0.5
    turned[:, 0] += 0.6 * -turned[:, 2]
    assert why_not(image, Mesh(turned, 1.0)) == "face turned away"


def test_a_picture_that_is_too_small_is_not_searched():
    assert trouble_with(Scene(VideoFrame(0.0, np.zeros((20, 20, 3), np.uint8)))) == (
        "picture too small"
    )


@needs_data
def test_pictures_of_two_people_are_not_one_profile():
    with pytest.raises(EnrolmentError, match="do not all show the same person"):
        enrol_faces([identity("d01/1.jpg"), identity("d12/1.jpg")])


# --- memory --------------------------------------------------------------------------------


def test_without_a_check_in_the_first_looks_that_agree_teach():
    memory = FaceMemory(None)
    assert memory.compare(0, face_at(3.0)) is None  # somebody else walks past
    learned = [memory.compare(1 + n, face_at(0.1 * n)) for n in range(FIRST_LOOKS)]
    assert learned == [None] * FIRST_LOOKS
    assert memory.compare(9, face_at(0)) == pytest.approx(0, abs=1e-5)
    assert memory.compare(9, face_at(3.0)) > 2
    assert "first minute" in memory.about


def test_the_first_minute_adds_what_is_plainly_the_same_person():
    memory = FaceMemory(profile_of([face_at(0)]))
    before = memory.compare(0, face_at(0.9))
    assert memory.compare(1, face_at(1.0)) < before
    assert memory.about == ""


def test_what_is_added_must_resemble_what_was_known_first():
    memory = FaceMemory(profile_of([face_at(0)]))
    for n in range(10):  # one step after the other, away from the candidate
        memory.compare(n, face_at(0.3 * n))
    assert memory.compare(11, face_at(3.0)) > 1


def test_after_the_first_minute_nothing_is_learned():
    memory = FaceMemory(profile_of([face_at(0)]))
    memory.compare(0, face_at(0))
    memory.compare(100, face_at(0.9))
    assert memory.compare(101, face_at(0.9)) == pytest.approx(0.9 / MOST_LIMIT, abs=1e-3)

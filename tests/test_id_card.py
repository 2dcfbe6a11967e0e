"""The portrait on a card that is held to the camera. The cards are drawn: see `card_pictures`."""

import json
import subprocess
import sys

import cv2
import numpy as np
import pytest
from material import DATA, ROOT, SMALL, needs_data

from benchmarks.card_pictures import Labelled, draw_card, photographed, place, portrait
from benchmarks.identity_pictures import largest
from proctoring.perception.card_outline import card_about
from proctoring.perception.face_match import THRESHOLD
from proctoring.perception.faces import examine_faces
from proctoring.perception.id_card import FLAT, find_portrait, match_id_card


def read(path):
    return np.asarray(cv2.imread(str(path)), np.uint8)


@pytest.fixture(scope="module")
def astronaut():
    return read(SMALL / "faces" / "sk_astronaut.jpg")


@pytest.fixture(scope="module")
def room():
    return np.asarray(cv2.resize(read(SMALL / "faces" / "sk_coffee.jpg"), (960, 720)), np.uint8)


def drawn(image):
    mesh = largest(image)
    assert mesh is not None
    return draw_card(portrait(Labelled("", "", image, mesh)), np.random.default_rng(3))


@pytest.fixture(scope="module")
def held(astronaut, room):
    """A card in the picture, and where its corners are."""
    random = np.random.default_rng(4)
    made = place(drawn(astronaut), room, 0.5, random)
    return photographed(made.picture, random), made.corners


def test_a_card_is_found_by_its_corners(held):
    picture, corners = held
    found = find_portrait(picture)
    assert found is not None
    assert np.abs(found.corners - corners).max() < 12


def test_a_card_is_laid_flat(held):
    found = find_portrait(held[0])
    assert found is not None
    assert found.card.shape[1::-1] == FLAT
    left, top, right, bottom = found.face.box
    assert 0.15 < (bottom - top) / FLAT[1] < 0.75
    assert abs((left + right) / 2 / FLAT[0] - 0.5) > 0.1


def test_the_holder_is_recognised_and_where_the_portrait_is_told(held, astronaut):
    match = match_id_card(held[0], [astronaut])
    assert match.same_person is True
    assert match.distance < THRESHOLD
    assert match.reason == ""
    left, top, right, bottom = match.face_box
    middle = ((left + right) / 2, (top + bottom) / 2)
    assert cv2.pointPolygonTest(match.corners.astype(np.float32), middle, False) > 0


def test_a_scan_of_nothing_but_the_card_will_do(astronaut):
    match = match_id_card(drawn(astronaut), [astronaut])
    assert match.same_person is True


def test_without_a_card_nothing_is_said(astronaut, room):
    for picture in (astronaut, room):
        match = match_id_card(picture, [astronaut])
        assert match.same_person is None
        assert match.corners is None
        assert match.reason == "no card with a portrait was found"


def test_without_a_face_in_the_selfie_nothing_is_said(held, room):
    match = match_id_card(held[0], [room])
    assert match.same_person is None
    assert match.distance is None
    assert "selfie" in match.reason


def test_a_portrait_that_is_too_small_does_not_accuse(astronaut, room):
    far = np.asarray(
        cv2.resize(drawn(astronaut), None, fx=0.09, fy=0.09, interpolation=3), np.uint8
    )
    picture = room.copy()
    picture[300 : 300 + far.shape[0], 400 : 400 + far.shape[1]] = far
    assert match_id_card(picture, [astronaut]).same_person is not False


def test_a_face_in_a_room_is_on_no_card(astronaut):
    (face,) = examine_faces(astronaut)
    assert card_about(astronaut, face) is None


@needs_data
def test_another_person_is_not_the_holder(room):
    random = np.random.default_rng(5)
    made = place(drawn(read(DATA / "identities" / "d07" / "1.jpg")), room, 0.5, random)
    picture = photographed(made.picture, random)
    holder = match_id_card(picture, [read(DATA / "identities" / "d07" / "3.jpg")])
    other = match_id_card(picture, [read(DATA / "identities" / "d01" / "1.jpg")])
    assert holder.same_person is True
    assert other.same_person is False


@needs_data
def test_the_holder_beside_their_card_is_not_taken_for_the_portrait():
    """The living face is the selfie's; the card is somebody else's."""
    random = np.random.default_rng(6)
    webcam = read(DATA / "identities" / "d13" / "1.jpg")
    made = place(drawn(read(DATA / "identities" / "d07" / "1.jpg")), webcam, 0.38, random)
    assert match_id_card(made.picture, [webcam]).same_person is not True


def idcard(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "proctoring", "idcard", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
    )


def test_the_command_prints_one_object(held, tmp_path):
    cv2.imwrite(str(tmp_path / "card.png"), held[0])
    selfie = SMALL / "faces" / "sk_astronaut.jpg"
    run = idcard(tmp_path / "card.png", "--selfie", selfie, selfie)
    assert run.returncode == 0, run.stderr
    answer = json.loads(run.stdout)
    assert answer["same_person"] is True
    assert answer["threshold"] == THRESHOLD
    assert 0 < answer["far_at_threshold"] < 0.01
    assert len(answer["corners"]) == 4
    assert len(answer["face_box"]) == 4


def test_the_command_refuses_what_is_no_picture(tmp_path):
    run = idcard(tmp_path / "missing.png", "--selfie", SMALL / "faces" / "sk_astronaut.jpg")
    assert run.returncode == 2
    assert "there is no such file" in run.stderr
    assert run.stdout == ""

"""Where somebody sits, and how much they move: told, never scored."""

from functools import cache

import cv2
import numpy as np
import pytest
from making import START
from material import DATA, SMALL, needs_data

from proctoring.analysers.movement import LEARN, WINDOW, HeadMovement
from proctoring.analysers.position import FacePosition, margin
from proctoring.media import read_frames
from proctoring.perception.scene import Perception, Scene
from proctoring.rules import Phase, RuleEngine, is_bad
from proctoring.types import Category, Face, Severity, VideoFrame

KINDS = {rule.kind: rule for rule in (*FacePosition.rules, *HeadMovement.rules)}


@cache
def astronaut():
    return cv2.imread(str(SMALL / "faces" / "sk_astronaut.jpg"))


def seat(scale, across=0.5, down=0.5):
    """Her picture, that much larger, laid so into one of 640×480."""
    picture = cv2.resize(astronaut(), None, fx=scale, fy=scale)
    height, width = picture.shape[:2]
    canvas = np.full((480 + 2 * height, 640 + 2 * width, 3), 128, np.uint8)
    x, y = round(width + across * 640 - 0.44 * width), round(height + down * 480 - 0.22 * height)
    canvas[y : y + height, x : x + width] = picture
    return np.ascontiguousarray(canvas[height : height + 480, width : width + 640])


def look(image):
    return {seen.signal: seen for seen in FacePosition().analyse(Scene(VideoFrame(0.0, image)))}


def fired(image):
    found = look(image)
    return {
        kind
        for kind, rule in KINDS.items()
        if (seen := found.get(rule.signal)) and seen.value is not None and is_bad(rule, seen.value)
    }


def test_half_the_size_is_twice_the_distance():
    near, far = (look(seat(scale))["face_distance_cm"].value for scale in (1.6, 0.8))
    assert far / near == pytest.approx(2, rel=0.1)
    assert 40 < near < 90


@pytest.mark.parametrize(
    ("scale", "kinds"), [(0.4, {"too_far"}), (0.9, set()), (1.6, set()), (4.0, {"too_close"})]
)
def test_too_far_and_too_close_are_told(scale, kinds):
    assert fired(seat(scale)) - {"face_cut_off"} == kinds


@pytest.mark.parametrize(("across", "down"), [(0.0, 0.5), (1.0, 0.5), (0.5, 0.0), (0.5, 1.0)])
def test_a_face_that_the_edge_cuts_is_told_at_each_edge(across, down):
    assert "face_cut_off" in fired(seat(1.6, across, down))


def test_a_face_near_the_edge_but_whole_is_fine():
    assert fired(seat(1.6, across=0.16)) == set()


def test_without_a_face_nothing_is_told_and_the_reason_is():
    for seen in look(np.full((240, 320, 3), 128, np.uint8)).values():
        assert seen.value is None
        assert seen.reason


def test_a_margin_is_in_heights_of_the_face():
    image = np.zeros((400, 400, 3), np.uint8)
    assert margin(Face((50, 100, 150, 200), 0.9), image) == pytest.approx(0.5)
    assert margin(Face((0, 100, 150, 200), 0.9), image) == 0
    assert margin(Face((300, 250, 390, 400), 0.9), image) == 0


def test_nothing_here_is_about_conduct_or_counts():
    for rule in KINDS.values():
        assert rule.category is Category.TECHNICAL
        assert rule.weight == 0
        assert rule.advice


# --- movement --------------------------------------------------------------------------------


def sit(*places, faces=1):
    """Ratios told of somebody whose face, 100 px wide, is at these places at two looks a second."""
    analyser = HeadMovement()
    seen = []
    for number, x in enumerate(places):
        found = tuple(
            Face((round(x), 100 + 9 * n, round(x) + 100, 200 + 9 * n), 0.9) for n in range(faces)
        )
        still = Perception(detect_faces=lambda image, found=found: found)
        scene = Scene(VideoFrame(number / 2, np.zeros((480, 640, 3), np.uint8)), still)
        seen += analyser.analyse(scene)
    return seen


def incidents(seen):
    engine = RuleEngine(HeadMovement.rules, meeting_id="m", participant_id="p", started_at=START)
    steps = [step for observation in seen for step in engine.update(observation)]
    return [step.occurrence for step in steps if step.phase is Phase.OPENED]


def swaying(looks, by):
    return [300 + by * (number % 2) for number in range(looks)]


def test_far_more_movement_than_usual_is_a_remark_and_nothing_more():
    (found,) = incidents(sit(*swaying(120, 2), *swaying(80, 80)))
    assert found.kind == "unusual_movement"
    assert found.severity is Severity.INFO
    assert found.category is Category.TECHNICAL


def test_who_always_moves_much_is_as_usual():
    assert incidents(sit(*swaying(400, 80))) == []


def test_short_starts_are_nothing():
    assert incidents(sit(*(swaying(120, 2) + swaying(10, 80)) * 3)) == []


def test_what_lasts_becomes_usual():
    values = [o.value for o in sit(*swaying(120, 2), *swaying(600, 80)) if o.value is not None]
    assert max(values) > 8
    assert values[-1] < 2


def test_until_the_usual_is_known_nothing_is_said():
    seen = sit(*swaying(LEARN, 80))
    assert all(o.value is None and o.reason for o in seen)


def test_of_two_faces_nobody_knows_who_moves():
    seen = sit(*swaying(2 * LEARN + WINDOW, 80), faces=2)
    assert {o.reason for o in seen} == {"no single face to follow"}


@needs_data
@pytest.mark.parametrize("name", ["gaze_center", "head_man", "webcam_expr2"])
def test_people_who_sit_before_a_webcam_set_nothing_off(name):
    """Shown for three minutes, again and again."""
    frames = list(read_frames(DATA / "video" / f"{name}.mp4", 2))
    length = frames[-1].t + 0.5
    scenes = [Scene(frame) for frame in frames]
    seen = []
    analysers = FacePosition(), HeadMovement()
    for turn in range(int(180 / length)):
        for scene in scenes:
            again = Scene(VideoFrame(scene.t + turn * length, scene.image))
            again.__dict__.update(faces=scene.faces, mesh=scene.mesh)
            seen += [found for analyser in analysers for found in analyser.analyse(again)]
    rules = (*FacePosition.rules, *HeadMovement.rules)
    engine = RuleEngine(rules, meeting_id="m", participant_id="p", started_at=START)
    assert [step.occurrence.kind for found in seen for step in engine.update(found)] == []

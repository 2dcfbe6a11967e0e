"""Things and people in a picture, and what is made of several pictures."""

import json
from functools import cache

import cv2
import numpy as np
import pytest
from making import GREY
from material import DATA, SMALL, needs_data

from proctoring.analysers.objects import LOOK_EVERY_S, ObjectWatch, faceless
from proctoring.exam import Exam, Policy
from proctoring.perception import nanodet, objects, yolox
from proctoring.perception.coco import COCO, NUMBER
from proctoring.perception.objects import DetectedObject, apart, detect_objects, overlaps
from proctoring.perception.phone_head import WEIGHTS
from proctoring.perception.scene import Perception, Scene
from proctoring.rules import is_bad
from proctoring.types import Face, VideoFrame

PHONE = DetectedObject("cell phone", (10, 20, 60, 120), 0.9)
ROOM = np.random.default_rng(0).integers(60, 200, (240, 320, 3), np.uint8)
RULES = {rule.signal: rule for rule in ObjectWatch.rules}


@cache
def picture(name, folder=SMALL / "faces"):
    return cv2.imread(str(folder / f"{name}.jpg"))


def labels(image):
    return [thing.label for thing in detect_objects(image)]


# --- one picture ---------------------------------------------------------------------------------


def test_the_kinds_are_cocos():
    assert len(COCO) == 80
    assert [NUMBER[label] for label in ("person", "tv", "laptop", "cell phone", "book")] == [
        *(0, 62, 63, 67, 73)
    ]


def test_a_person_is_found_where_she_is():
    (person,) = (x for x in detect_objects(picture("sk_astronaut")) if x.label == "person")
    left, top, right, bottom = person.box
    assert person.confidence > 0.5
    assert left < 200 < right
    assert top < 80
    assert bottom > 400


def test_a_cup_of_coffee_is_neither_phone_nor_book_nor_screen():
    assert not {"cell phone", "book", "laptop", "tv"} & set(labels(picture("sk_coffee")))


@pytest.mark.parametrize("shape", [(1, 1, 3), (2, 900, 3), (700, 3, 3), (33, 31, 3)])
def test_a_picture_of_any_shape_is_looked_at(shape):
    assert isinstance(detect_objects(np.full(shape, 90, np.uint8)), tuple)


def test_an_empty_picture_shows_nothing():
    assert detect_objects(np.empty((0, 0, 3), np.uint8)) == ()


def test_boxes_lie_inside_the_picture_and_move_with_its_size():
    image = picture("sk_astronaut")
    height, width = image.shape[:2]
    seen = nanodet.look(image, 416)
    assert seen.likelihoods.shape == (len(seen.boxes), 80)
    assert seen.boxes.min() >= 0
    assert (seen.boxes[:, [0, 2]] <= width).all()
    assert (seen.boxes[:, [1, 3]] <= height).all()
    twice = nanodet.look(cv2.resize(image, None, fx=2, fy=2), 416)
    best, again = (s.boxes[s.likelihoods[:, 0].argmax()] for s in (seen, twice))
    assert overlaps(best, again[None] / 2)[0] > 0.9


def test_of_many_places_on_one_thing_the_likeliest_is_kept():
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [30, 30, 40, 40]], np.float32)
    assert apart(boxes, np.array([0.5, 0.9, 0.4], np.float32), 0.3) == [1, 2]
    assert apart(boxes, np.array([0.5, 0.9, 0.2], np.float32), 0.3) == [1]


def test_the_head_has_a_weight_for_each_kind_and_one_more_and_likes_phones_best():
    assert WEIGHTS.shape == (81,)
    assert WEIGHTS[:80].argmax() == NUMBER["cell phone"]


@needs_data
@pytest.mark.parametrize("number", ["03", "07", "12", "21"])
def test_a_phone_in_a_hand_is_found_where_it_is(number):
    name = f"webcam_phone_{number}.jpg"
    truths = json.loads((DATA / "objects" / "ground_truth.json").read_text())
    (box,) = (o["bbox"] for t in truths if t["file"] == name for o in t["objects"])
    x, y, width, height = box
    first = detect_objects(picture(name.removesuffix(".jpg"), DATA / "objects"))[0]
    assert first.label == "cell phone"
    assert first.confidence > 0.5
    expected = np.array([x, y, x + width, y + height], np.float32)
    assert overlaps(expected, np.array([first.box], np.float32))[0] > 0.6


@needs_data
def test_laptops_and_screens_are_told_from_people():
    found = labels(picture("coco_555009", DATA / "objects"))
    assert "tv" in found
    assert "laptop" in found


class Network:
    """Answers as YOLOX would that sees one phone in the middle of the picture."""

    def get_inputs(self):
        return [type("Input", (), {"name": "images"})]

    def run(self, names, feed):
        assert feed["images"].shape == (1, 3, 416, 416)
        rows = np.full((52 * 52 + 26 * 26 + 13 * 13, 85), 0.0, np.float32)
        middle = 52 * 52 + 26 * 26 + 13 * 6 + 6  # 32 px apart: column 6, row 6
        rows[middle, :5] = (0.5, 0.5, np.log(2), np.log(4), 0.9)
        rows[middle, 5 + NUMBER["cell phone"]] = 0.8
        return [rows[None]]


def test_what_yolox_answers_is_read_as_places_in_the_picture():
    seen = yolox.look(Network(), np.zeros((832, 832, 3), np.uint8), 0.1)
    assert seen.likelihoods.shape == (1, 80)
    assert seen.likelihoods[0, NUMBER["cell phone"]] == pytest.approx(0.72)
    assert seen.boxes[0] == pytest.approx([352, 288, 480, 544])


@needs_data
def test_a_fetched_yolox_that_sees_no_phone_makes_one_less_likely():
    image = picture("webcam_phone_07", DATA / "objects")

    class Blind(Network):
        def run(self, names, feed):
            return [np.zeros((1, 3549, 85), np.float32)]

    alone, both = (objects.detect_by(image, WEIGHTS, other) for other in (None, Blind()))
    assert both[0].confidence < alone[0].confidence


# --- several pictures ----------------------------------------------------------------------------


class Room:
    """What the networks say, changed by a test as it goes; counts how often it is asked."""

    def __init__(self):
        self.things, self.faces, self.image, self.looks = (), (), ROOM, 0

    def detect(self, image):
        self.looks += 1
        return self.things

    def scene(self, t):
        perception = Perception(detect_faces=lambda image: self.faces, detect_objects=self.detect)
        return Scene(VideoFrame(t, self.image), perception)


def watch(room, watcher, start, end):
    """Four pictures a second; the observations by signal."""
    seen = {}
    for t in np.arange(start, end, 0.25):
        for observation in watcher.analyse(room.scene(float(t))):
            seen.setdefault(observation.signal, []).append(observation)
    return seen


def opens(observations):
    rule = RULES[observations[0].signal]
    return [o.t for o in observations if o.value is not None and is_bad(rule, o.value)]


def test_a_quiet_room_is_looked_at_every_four_seconds():
    room = Room()
    seen = watch(room, ObjectWatch(), 0, 60)
    assert room.looks == 60 / LOOK_EVERY_S
    assert set(seen) == set(RULES)
    assert all(o.value == 0 for observations in seen.values() for o in observations)


def test_one_look_that_differs_changes_nothing():
    room, watcher = Room(), ObjectWatch()
    watch(room, watcher, 0, 12)
    room.things = (PHONE,)
    first = watch(room, watcher, 12, 12.25)
    room.things = ()
    after = watch(room, watcher, 12.25, 30)
    assert not opens([*first["phone"], *after["phone"]])


def test_a_phone_that_stays_counts_with_the_second_look_a_second_later():
    room, watcher = Room(), ObjectWatch()
    watch(room, watcher, 0, 12)
    room.things = (PHONE,)
    seen = watch(room, watcher, 12, 20)
    assert opens(seen["phone"])[0] == 13.0
    assert seen["phone"][-1].boxes == (PHONE.box,)
    assert not opens(seen["book"])
    room.things = ()
    assert watch(room, watcher, 20, 30)["phone"][-1].value == 0


def test_looks_come_once_a_second_only_until_they_agree():
    room, watcher = Room(), ObjectWatch()
    room.things = (PHONE,)
    watch(room, watcher, 0, 4)
    assert room.looks == 3
    watch(room, watcher, 4, 40)
    assert room.looks == 3 + 36 / LOOK_EVERY_S
    room.things = ()
    watch(room, watcher, 40, 44)
    assert room.looks == 3 + 36 / LOOK_EVERY_S + 3


def test_the_picture_that_shows_it_is_the_one_that_is_kept():
    room, watcher = Room(), ObjectWatch()
    room.things = (PHONE,)
    watch(room, watcher, 0, 2)
    room.things = ()
    (observation,) = watch(room, watcher, 2, 2.25)["phone"]
    assert observation.value == PHONE.confidence
    assert observation.seen_t == 1.0


@pytest.mark.parametrize(
    ("label", "signal"),
    [("cell phone", "phone"), ("book", "book"), ("tv", "second_screen")],
)
def test_what_the_exam_allows_never_counts(label, signal):
    room = Room()
    room.things = (DetectedObject(label, (0, 0, 50, 50), 0.9),)
    allowed = Exam(Policy(allowed_objects=frozenset({label})))
    assert opens(watch(room, ObjectWatch(), 0, 10)[signal])
    assert not opens(watch(room, ObjectWatch(allowed), 0, 10)[signal])


def test_another_screen_than_the_allowed_one_counts():
    room = Room()
    room.things = (DetectedObject("laptop", (0, 0, 50, 50), 0.9),)
    allowed = Exam(Policy(allowed_objects=frozenset({"tv"})))
    assert opens(watch(room, ObjectWatch(allowed), 0, 10)["second_screen"])


@pytest.mark.parametrize("image", [np.full_like(ROOM, 2), GREY, ROOM // 8])
def test_where_nothing_can_be_told_apart_it_says_so_and_does_not_look(image):
    room = Room()
    room.image, room.things = image, (PHONE,)
    seen = watch(room, ObjectWatch(), 0, 10)
    assert room.looks == 0
    assert all(o.value is None and o.reason for each in seen.values() for o in each)


# --- people without a face -----------------------------------------------------------------------

FACE = Face((140, 40, 180, 90), 0.9)
CANDIDATE = DetectedObject("person", (90, 30, 230, 240), 0.9)


def person(*box):
    return DetectedObject("person", box, 0.8)


@pytest.mark.parametrize(
    ("others", "counts"),
    [
        ([], False),
        ([person(240, 40, 319, 240)], True),  # beside, at the edge
        ([person(0, 20, 100, 200)], True),  # behind, partly hidden
        ([person(100, 150, 220, 240)], False),  # the candidate's chest
        ([person(300, 10, 312, 40)], False),  # in a picture on the wall
    ],
)
def test_whoever_shows_no_face_and_is_not_the_candidate_counts(others, counts):
    room = Room()
    room.faces, room.things = (FACE,), (CANDIDATE, *others)
    assert (faceless(room.scene(0)) is not None) is counts


def test_somebody_whose_face_is_seen_is_left_to_those_who_count_faces():
    room = Room()
    room.faces = (FACE, Face((260, 50, 290, 90), 0.8))
    room.things = (CANDIDATE, person(240, 40, 319, 240))
    assert faceless(room.scene(0)) is None


def test_a_candidate_who_turns_away_is_nobody_else():
    room = Room()
    room.things = (CANDIDATE,)
    assert faceless(room.scene(0)) is None
    room.things = (CANDIDATE, person(240, 40, 319, 240))
    assert faceless(room.scene(0)) is not None


def test_a_face_without_a_body_around_it_leaves_room_for_shoulders():
    room = Room()
    room.faces, room.things = (FACE,), (person(110, 90, 210, 240),)
    assert faceless(room.scene(0)) is None

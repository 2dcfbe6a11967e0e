"""Pictures that are dark, washed out, blurred, small or suddenly others; and good ones."""

from functools import cache

import cv2
import numpy as np
import pytest
from making import START
from material import SMALL

from benchmarks.degraded import before_a_window, blurred, light, lit_behind
from proctoring.analysers.picture import PictureQuality
from proctoring.perception import quality
from proctoring.perception.scene import Scene
from proctoring.rules import Phase, RuleEngine, is_bad
from proctoring.types import Category, Face, Observation, VideoFrame

KINDS = {rule.kind: rule for rule in PictureQuality.rules}


@cache
def astronaut():
    """Her picture and the box of her face."""
    image = cv2.imread(str(SMALL / "faces" / "sk_astronaut.jpg"))
    face = Scene(VideoFrame(0.0, image)).face
    assert face is not None
    return image, face


def look(image, *, has_face=True):
    scene = Scene(VideoFrame(0.0, image))
    scene.__dict__["faces"] = (astronaut()[1],) if has_face else ()
    return {seen.signal: seen for seen in PictureQuality().analyse(scene)}


def fired(image, **options):
    found = look(image, **options)
    return {
        kind
        for kind, rule in KINDS.items()
        if (seen := found.get(rule.signal)) and seen.value is not None and is_bad(rule, seen.value)
    }


@pytest.mark.parametrize(
    ("made", "kinds"),
    [
        (lambda image, box: image, set()),
        (light(1 / 8), set()),
        (light(1 / 64), {"picture_dark"}),
        (light(16), {"face_overlit"}),
        (before_a_window(1.0), set()),
        (before_a_window(1 / 32), {"face_backlit"}),
        (lit_behind(1 / 16, 2), {"face_backlit"}),
        (blurred(0.01), set()),
        (blurred(0.05), {"picture_blurred"}),
    ],
)
def test_what_was_done_to_a_picture_is_told_and_nothing_else(made, kinds):
    image, face = astronaut()
    assert fired(made(image, face.box)) == kinds


def test_dark_skin_in_a_lit_room_is_no_dark_picture():
    """Her skin made to reflect a quarter of what it does, and the room left as it is."""
    image, face = astronaut()
    left, top, right, bottom = face.box
    made, part = image.copy(), np.s_[top:bottom, left:right]
    made[part] = light(1 / 4)(image[part], face.box)
    assert fired(made) == set()


def test_a_small_picture_is_one_of_few_pixels():
    image, _ = astronaut()
    small = cv2.resize(image, (240, 160))
    assert "low_resolution" in fired(small, has_face=False)
    assert "low_resolution" not in fired(cv2.resize(image, (320, 240)), has_face=False)


def test_without_a_face_what_concerns_the_face_is_not_told_and_the_rest_is():
    found = look(astronaut()[0], has_face=False)
    for signal in ("face_overlit", "face_backlight", "face_blur"):
        assert found[signal].value is None
        assert found[signal].reason == "no face in view"
    assert found["picture_light"].value > 100


def test_blur_is_not_told_in_the_dark_nor_of_a_face_of_few_pixels():
    image, face = astronaut()
    found = look(light(1 / 64)(image, face.box))
    assert (found["face_blur"].value, found["face_blur"].reason) == (None, "picture too dark")
    scene = Scene(VideoFrame(0.0, cv2.resize(image, None, fx=0.3, fy=0.3)))
    (blur,) = (o for o in PictureQuality().analyse(scene) if o.signal == "face_blur")
    assert (blur.value, blur.reason) == (None, "the face is too small")


def test_a_covered_camera_is_not_called_dark_as_well():
    covered = np.full((240, 320, 3), 20, np.uint8)
    found = look(covered, has_face=False)
    assert found["picture_light"].value is None


# --- another camera --------------------------------------------------------------------------


def changes(images):
    """The values of `camera_change`, None where it abstains."""
    analyser = PictureQuality()
    values = []
    for number, image in enumerate(images):
        scene = Scene(VideoFrame(number / 4, image))
        scene.__dict__["faces"] = ()
        found = {seen.signal: seen.value for seen in analyser.analyse(scene)}
        values.append(found["camera_change"])
    return values


def is_changed(images):
    return any(
        value is not None and is_bad(KINDS["camera_changed"], value) for value in changes(images)
    )


def room(name, size=(320, 240)):
    return cv2.resize(cv2.imread(str(SMALL / "faces" / f"{name}.jpg")), size)


def test_another_camera_is_told_by_the_cut_and_only_once():
    values = changes([room("sk_astronaut")] * 6 + [room("in_three")] * 6)
    assert [value > 0.5 for value in values if value is not None].count(True) == 1


def test_another_shape_of_picture_is_another_camera():
    assert is_changed([room("sk_astronaut")] * 4 + [room("sk_astronaut", (320, 180))] * 4)


def test_fewer_pixels_of_the_same_picture_are_the_same_camera():
    assert not is_changed([room("sk_astronaut", (640, 480))] * 4 + [room("sk_astronaut")] * 4)


def test_a_lamp_that_is_switched_is_no_other_camera():
    dim = light(1 / 3)(room("sk_astronaut"), (0, 0, 0, 0))
    assert not is_changed([room("sk_astronaut")] * 4 + [dim] * 4)


def test_a_laptop_that_is_carried_about_is_no_other_camera():
    wide = room("in_three", (1600, 240))
    assert not is_changed([wide[:, x : x + 320] for x in range(0, 1200, 100)])


def test_a_hand_before_the_lens_is_no_other_camera():
    dark = np.full((240, 320, 3), 12, np.uint8)
    assert not is_changed([room("sk_astronaut")] * 4 + [dark] * 4 + [room("sk_astronaut")] * 4)


def test_what_comes_after_a_gap_is_not_compared():
    analyser = PictureQuality()
    for t, name in ((0.0, "sk_astronaut"), (0.25, "sk_astronaut"), (9.0, "in_three")):
        scene = Scene(VideoFrame(t, room(name)))
        scene.__dict__["faces"] = ()
        (seen,) = (o for o in analyser.analyse(scene) if o.signal == "camera_change")
    assert seen.value is None


# --- rules -----------------------------------------------------------------------------------


def test_everything_here_is_technical_and_says_how_to_mend_it():
    for rule in KINDS.values():
        assert rule.category is Category.TECHNICAL
        assert rule.weight == 0
        assert rule.advice.endswith(".")


def test_a_moment_without_light_is_no_incident_and_a_while_is_one():
    image, face = astronaut()
    dark = look(light(1 / 64)(image, face.box))["picture_light"].value
    fine = look(image)["picture_light"].value

    def opened(values):
        engine = RuleEngine(
            PictureQuality.rules, meeting_id="m", participant_id="p", started_at=START
        )
        found = []
        for t, value in enumerate(values):
            found += engine.update(Observation(float(t), "picture_light", value))
        return [step.occurrence.kind for step in found if step.phase is Phase.OPENED]

    assert opened([fine, dark, dark, dark, fine, fine, fine]) == []
    assert opened([fine] + [dark] * 8) == ["picture_dark"]


# --- measures --------------------------------------------------------------------------------


def test_blur_grows_with_blur_whatever_the_size_of_the_face():
    image, face = astronaut()
    for scale in (1.0, 3.0):
        large = cv2.resize(image, None, fx=scale, fy=scale)
        box = tuple(round(scale * side) for side in face.box)
        bigger = Face(box, face.confidence, face.points)
        values = [
            quality.blur(quality.face_pixels(blurred(share)(large, box), bigger))
            for share in (0.005, 0.02, 0.05)
        ]
        assert values == sorted(values)


def test_a_face_that_fills_the_picture_has_nothing_behind_it():
    image, face = astronaut()
    left, top, right, bottom = face.box
    close = cv2.resize(image[top:bottom, left:right], (320, 240))
    whole = Face((0, 0, 320, 240), 0.9)
    scene = Scene(VideoFrame(0.0, close))
    assert quality.backlight(scene.luma, whole, quality.face_pixels(close, whole)) == 0.0

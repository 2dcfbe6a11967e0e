"""Somebody who was alone and sits still is followed by their mesh; whoever comes is looked at."""

import cv2
import numpy as np
import pytest

from proctoring.media import read_picture
from proctoring.perception.faces import detect_faces
from proctoring.perception.following import GLANCE_EVERY_S
from proctoring.perception.scene import Perception, Scene
from proctoring.types import VideoFrame
from tests.material import SMALL

ROOM = (90, 110, 120)


def portrait():
    return read_picture(SMALL / "faces" / "sk_astronaut.jpg")[:260, 90:350]


def room(x=200, y=120, also=None):
    """(480, 640, 3): somebody before a plain wall, and somebody else where `also` says. Of both
    there is hardly more than the face."""
    image = np.full((480, 640, 3), ROOM, np.float32)
    for at, side in (((x, y), 260), (also, 160)):
        if at:
            place = (slice(at[1], at[1] + side), slice(at[0], at[0] + side))
            face = cv2.resize(portrait(), (side, side))
            share = cv2.resize(FACE, (side, side))[..., None]
            image[place] = image[place] * (1 - share) + face * share
    return image.astype(np.uint8)


def _ellipse():
    (face,) = detect_faces(portrait())
    left, top, right, bottom = face.box
    mask = np.zeros((260, 260), np.float32)
    middle = ((left + right) // 2, (top + bottom) // 2)
    cv2.ellipse(
        mask, middle, ((right - left) * 6 // 10, (bottom - top) * 6 // 10), 0, 0, 360, 1, -1
    )
    return cv2.GaussianBlur(mask, (0, 0), 3)


FACE = _ellipse()


class Looking:
    """Scenes one after another, as a pipeline makes them, and how often faces were looked for."""

    def __init__(self):
        self.looks = 0
        self.perception = Perception(detect_faces=self.look)
        self.last = None

    def look(self, image):
        self.looks += 1
        return detect_faces(image)

    def see(self, t, image):
        last = self.last
        before = (last.traced, last.known_face, last.alone) if last else ()
        self.last = Scene(VideoFrame(t, image), self.perception, *before)
        assert self.last.faces
        assert self.last.mesh
        return self.last


@pytest.fixture
def looking():
    return Looking()


def test_who_was_alone_and_moves_a_little_is_not_looked_for_anew(looking):
    looking.see(0.0, room())
    scene = looking.see(0.5, room(206, 124))
    assert looking.looks == 1
    (seen,) = detect_faces(room(206, 124))
    assert scene.face.box == pytest.approx(seen.box, abs=10)
    assert np.array(scene.face.points) == pytest.approx(np.array(seen.points), abs=6)
    assert scene.alone is looking.last.last_alone


def test_the_whole_picture_is_looked_at_every_two_seconds_all_the_same(looking):
    for number in range(int(3 * GLANCE_EVERY_S / 0.5)):
        looking.see(number / 2, room(200 + number % 3, 120))
    assert looking.looks == 3


def test_somebody_else_who_comes_is_looked_at_at_once(looking):
    looking.see(0.0, room(20))
    looking.see(0.5, room(22))
    assert looking.looks == 1
    scene = looking.see(1.0, room(24, also=(460, 20)))
    assert looking.looks == 2
    assert len(scene.faces) == 2
    looking.see(1.5, room(24, also=(460, 20)))
    assert looking.looks == 3, "of two nobody is followed"


def test_in_a_dark_room_too(looking):
    dark = 0.15
    looking.see(0.0, np.asarray(room(20) * dark, np.uint8))
    scene = looking.see(0.5, np.asarray(room(22, also=(460, 20)) * dark, np.uint8))
    assert looking.looks == 2
    assert len(scene.faces) == 2


def test_a_face_that_jumps_or_goes_is_looked_for_anew(looking):
    looking.see(0.0, room())
    looking.see(0.5, room(330, 30))
    assert looking.looks == 2
    gone = Scene(
        VideoFrame(1.0, np.full((480, 640, 3), ROOM, np.uint8)),
        looking.perception,
        looking.last.traced,
        looking.last.known_face,
        looking.last.alone,
    )
    assert gone.faces == ()
    assert gone.mesh is gone.alone is None


def test_a_picture_of_another_size_is_looked_at_anew(looking):
    looking.see(0.0, room())
    looking.see(0.5, cv2.resize(room(), (320, 240)))
    assert looking.looks == 2


def test_an_examination_is_worth_more_than_the_points(looking):
    looking.see(0.0, room())
    last = looking.last
    scene = Scene(VideoFrame(0.5, room()), looking.perception, last.traced, None, last.alone)
    assert len(scene.examined_faces) == 1
    assert scene.faces == scene.examined_faces
    assert scene.mesh is not None
    assert scene.alone.t == 0.5

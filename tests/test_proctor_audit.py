"""The three calls that programs written for Proctor-Audit make, and what they answer."""

import asyncio
import base64
import inspect
import json
import math

import cv2
import numpy as np
import pytest
from material import SMALL

from proctoring.compat import proctor_audit
from proctoring.compat.proctor_audit import (
    AS_CODED,
    EYES,
    PRESETS,
    PUBLISHED,
    PUPILS,
    Account,
    Candidate,
)
from proctoring.perception.mesh import Mesh
from proctoring.perception.scene import Perception
from proctoring.types import Face

ANN, BOB = "key of ann", "key of bob"
FIELDS = {"anomaly": bool, "pupil_movement_status": str}
SIDE = 1000  # px, so that a thousandth of the picture is a pixel


@pytest.fixture(autouse=True)
def accounts():
    proctor_audit.use(
        {ANN: Account("ann@uni.example", "Ann"), BOB: Account("b@uni.example", "Bob")}
    )
    yield
    proctor_audit.use({})


def encoded(image):
    return base64.b64encode(cv2.imencode(".jpg", image)[1].tobytes()).decode()


def photo(name):
    return encoded(cv2.imread(str(SMALL / "faces" / f"{name}.jpg")))


def face_points(*, openness=0.3, shift=0.0, pupils=0.0):
    """A flat face whose eyes are 100 px wide and that high in relation."""
    points = np.full((478, 3), 500, np.float32)
    for eye, x in zip(EYES, (300, 600), strict=True):
        up = 50 * openness
        places = [(0, 0), (30, -up), (70, -up), (100, 0), (70, up), (30, up)]
        for index, (across, down) in zip(eye, places, strict=True):
            points[index, :2] = x + across, 400 + down
    points[:, 0] += shift
    points[list(PUPILS), 0] += pupils
    return points


def candidate(*meshes, faces=1, measures=PUBLISHED):
    """One who shows these faces, one a frame."""
    ahead = iter(meshes)
    return Candidate(
        measures,
        Perception(
            detect_faces=lambda image: tuple(
                Face((9 * n, 9, 9 * n + 9 - n, 99), 0.9) for n in range(faces)
            ),
            trace_face=lambda image, near: Mesh(next(ahead), 0.99),
        ),
    )


def looks(some, number=1):
    image = encoded(np.full((SIDE, SIDE, 3), 90, np.uint8))
    return [some.detect_frame(image) for _ in range(number)]


def test_the_calls_have_the_names_and_the_shapes_of_the_published_ones():
    assert list(inspect.signature(proctor_audit.get_auth).parameters) == ["api_key"]
    assert list(inspect.signature(proctor_audit.detect_frame).parameters) == ["frame_base64"]
    assert not inspect.signature(proctor_audit.logout).parameters
    assert inspect.iscoroutinefunction(proctor_audit.get_auth)
    assert inspect.iscoroutinefunction(proctor_audit.logout)


def test_a_session_from_login_to_logout():
    async def session():
        assert await proctor_audit.get_auth(ANN) == {
            "auth_status": "Authentication Success",
            "email": "ann@uni.example",
            "name": "Ann",
        }
        answer = proctor_audit.detect_frame(photo("sk_astronaut"))
        gone = await proctor_audit.logout()
        return answer, gone, proctor_audit.detect_frame(photo("sk_astronaut"))

    answer, gone, after = asyncio.run(session())
    assert {name: type(answer[name]) for name in FIELDS} == FIELDS
    assert (answer["anomaly"], answer["frame"], answer["face_count"]) == (False, None, 1)
    assert answer["pupil_movement_status"] == "straight"
    assert gone == {"message": "Logout successful. Authentication status reset."}
    assert after == {"error": "Unexpected error: Unauthorized access"}
    json.dumps(answer)


def test_who_has_no_good_key_is_told_and_gets_no_answers():
    async def stranger():
        answer = await proctor_audit.get_auth("guessed")
        return (
            answer,
            proctor_audit.detect_frame(photo("sk_astronaut")),
            await proctor_audit.logout(),
        )

    answer, frame, gone = asyncio.run(stranger())
    assert answer["auth_status"] == "Authentication Failed"
    assert answer["error"]
    assert set(frame) == {"error"}
    assert gone == {"error": "Authentication required. Please log in first."}


def test_nobody_is_let_in_before_somebody_says_whose_keys_are_good():
    proctor_audit.use({})
    answer = asyncio.run(proctor_audit.get_auth(""))
    assert answer["auth_status"] == "Authentication Failed"
    assert "use()" in answer["error"]


def test_more_than_one_face_is_an_anomaly_and_comes_with_the_frame():
    answer = Candidate().detect_frame(photo("in_woman_man"))
    assert answer["anomaly"]
    assert answer["face_count"] == 2
    assert "more than one face" in answer["reasons"]
    frame = cv2.imdecode(np.frombuffer(base64.b64decode(answer["frame"]), np.uint8), 1)
    assert frame.shape[2] == 3


def test_no_face_is_an_anomaly():
    answer = Candidate().detect_frame(encoded(np.full((240, 320, 3), 128, np.uint8)))
    assert (answer["anomaly"], answer["face_count"], answer["reasons"]) == (True, 0, ["no face"])


def test_two_candidates_at_once_do_not_share_a_login_or_a_past():
    async def sit(key, *names):
        answer = await proctor_audit.get_auth(key)
        statuses = []
        for name in names:
            await asyncio.sleep(0)
            statuses.append(proctor_audit.detect_frame(photo(name)))
        return answer["name"], statuses

    async def stranger():
        await asyncio.sleep(0)
        return proctor_audit.detect_frame(photo("sk_astronaut"))

    async def exam():
        return await asyncio.gather(
            sit(ANN, "sk_astronaut", "sk_astronaut"),
            sit(BOB, "in_woman_man", "in_woman_man"),
            stranger(),
        )

    (ann, hers), (bob, his), refused = asyncio.run(exam())
    assert (ann, bob) == ("Ann", "Bob")
    for answer in (hers[-1], his[-1]):
        assert answer["pupil_movement_status"] == "straight"
        assert "face moved" not in answer["reasons"]
    assert set(refused) == {"error"}


@pytest.mark.parametrize(("openness", "closed"), [(0.17, True), (0.19, False)])
def test_an_eye_aspect_ratio_below_018_is_an_anomaly(openness, closed):
    (answer,) = looks(candidate(face_points(openness=openness)))
    assert (answer["reasons"] == ["eyes closed"]) is closed
    assert answer["anomaly"] is closed


@pytest.mark.parametrize(
    ("measures", "moved", "status"),
    [
        (PUBLISHED, 1.9, "straight"),
        (PUBLISHED, 2.1, "usual"),
        (PUBLISHED, 7.9, "usual"),
        (PUBLISHED, 8.1, "unusual"),
        (AS_CODED, 8.1, "usual"),
        (AS_CODED, 10.1, "unusual"),
    ],
)
def test_pupils_that_move_are_told_by_bands(measures, moved, status):
    some = candidate(face_points(), face_points(pupils=moved), measures=measures)
    first, second = looks(some, 2)
    assert first["pupil_movement_status"] == "straight"
    assert second["pupil_movement_status"] == status
    assert not second["anomaly"], "the published interface only tells of it"


@pytest.mark.parametrize(("moved", "far"), [(49.0, False), (51.0, True)])
def test_a_face_that_moves_by_more_than_a_twentieth_of_the_picture_is_an_anomaly(moved, far):
    _, second = looks(candidate(face_points(), face_points(shift=moved)), 2)
    assert ("face moved" in second["reasons"]) is far


def test_after_a_frame_without_a_face_there_is_nothing_to_compare_with():
    some = Candidate()
    assert some.detect_frame(photo("sk_astronaut"))["face_count"] == 1
    assert some.detect_frame(photo("sk_coffee"))["face_count"] == 0
    moved = cv2.imread(str(SMALL / "faces" / "sk_astronaut.jpg"))
    assert "face moved" not in some.detect_frame(encoded(np.roll(moved, 60, axis=1)))["reasons"]


@pytest.mark.parametrize(
    "frame",
    ["", "no base64!", "äöü", b"\xff\xfe", "aGVsbG8=", base64.b64encode(b"\x89PNG\r\n").decode()],
)
def test_what_is_no_picture_is_refused_in_the_published_words(frame):
    assert Candidate().detect_frame(frame) == {"error": "Invalid image"}


def test_a_data_url_of_a_browser_is_understood():
    frame = "data:image/jpeg;base64," + photo("sk_astronaut")
    assert Candidate().detect_frame(frame)["face_count"] == 1


def test_the_presets_have_the_published_numbers():
    assert PRESETS["proctor-audit"] is PUBLISHED
    numbers = (PUBLISHED.ear_below, PUBLISHED.pupils_still_below, PUBLISHED.pupils_usual_below)
    assert (*numbers, PUBLISHED.face_moved_above) == (0.18, 0.002, 0.008, 0.05)
    assert math.isclose(AS_CODED.pupils_usual_below, 0.010)

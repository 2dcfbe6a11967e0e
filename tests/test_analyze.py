"""What one picture tells: each field computed or abstained from."""

import json
from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest
from material import DATA, SMALL, needs_data

from proctoring.analysers import choices, rules_by_kind
from proctoring.cards import card_of
from proctoring.cli import main
from proctoring.enrolment.face import enrol_faces
from proctoring.media import read_picture
from proctoring.perception.objects import DetectedObject
from proctoring.perception.scene import PACKAGED, Scene
from proctoring.single import as_json, report_on
from proctoring.single.parts import PARTS, Asked
from proctoring.types import Policy, VideoFrame

# smart-exam-ai's whole answer: field -> the types that it may have, None beside it.
CONTRACT = {
    "people_count": int,
    "banned_objects": list,
    "face_detected": bool,
    "face_verified": bool,
    "person_name": str,
    "headpose_alert": bool,
    "spoofing_alert": bool,
    "alerts": list,
}
OURS = ("faces", "yaw_deg", "pitch_deg", "roll_deg", "gaze", "ear", "distance_cm", "liveness")
OURS += ("quality", "abstained")
NAMES = ("sk_astronaut", "in_woman_man", "sk_coffee")
FACE, TWO, NOBODY = (SMALL / "faces" / f"{name}.jpg" for name in NAMES)


@cache
def report(path):
    return report_on(read_picture(path))


def analyze(capsys, *arguments):
    """Exit status, the lines of JSON, and what is on stderr."""
    status = main(["analyze", *map(str, arguments), "--json"])
    shown = capsys.readouterr()
    return status, [json.loads(line) for line in shown.out.splitlines()], shown.err


@pytest.mark.parametrize("path", [FACE, TWO, NOBODY], ids=lambda path: path.stem)
def test_every_field_of_the_contract_is_there_and_what_is_null_says_why(capsys, path):
    _, (line,), _ = analyze(capsys, path)
    for name, kind in CONTRACT.items():
        assert line[name] is None or isinstance(line[name], kind), name
    assert {*OURS, *CONTRACT, "file"} == line.keys()
    for name in (*CONTRACT, *OURS):
        assert (line[name] is None) == (name in line["abstained"]), name
        assert line["abstained"].get(name, "why") != ""
    untold = {name for name, value in line["quality"].items() if value is None}
    assert untold <= line["abstained"].keys()
    assert set(line["alerts"]) <= rules_by_kind().keys()


def test_a_face_to_the_front_is_measured():
    found = report(FACE)
    assert (found.people_count, found.face_detected, found.headpose_alert) == (1, True, False)
    assert abs(found.yaw_deg) < 15
    assert abs(found.roll_deg) < 10
    assert 0.2 < found.ear < 0.4
    assert 40 < found.distance_cm < 120
    assert np.shape(found.landmarks) == (478, 3)
    assert found.quality["picture_light"] > 100
    assert "multiple_faces" not in found.alerts


def test_two_people_are_counted_and_alerted_of():
    found = report(TWO)
    assert found.people_count == len(found.faces) == 2
    assert "multiple_faces" in found.alerts


def test_without_a_face_nothing_is_made_up():
    found = report(NOBODY)
    assert (found.people_count, found.face_detected) == (0, False)
    for name in ("yaw_deg", "gaze", "ear", "distance_cm", "landmarks", "headpose_alert"):
        assert getattr(found, name) is None
        assert found.abstained[name] == "no face in view"
    assert "no_face" in found.alerts


@needs_data
def test_a_head_turned_far_aside_is_an_alert_of_looking_away():
    found = report(DATA / "faces" / "in_woman_profile.jpg")
    assert abs(found.yaw_deg) > 35
    assert found.headpose_alert
    assert "looking_away" in found.alerts


def test_what_the_policy_allows_is_not_banned_and_what_it_switches_off_is_not_told():
    image = read_picture(FACE)
    every = frozenset({"cell phone", "book", "laptop", "tv"})
    assert report_on(image, policy=Policy(allowed_objects=every)).banned_objects == ()
    bare = report_on(image, signals=["speakers"])
    off = {name for name, why in bare.abstained.items() if why == "switched off by the policy"}
    on = {kind.name for kind in choices()}
    assert "face_verified" in off or "identity" not in on
    assert "multiple_faces" not in report_on(read_picture(TWO), signals=["speakers"]).alerts


@pytest.mark.parametrize(
    ("label", "kind"),
    [("cell phone", "phone_seen"), ("book", "book_seen"), ("laptop", "second_screen")],
)
def test_a_thing_counts_from_the_level_its_card_was_measured_at(label, kind):
    """In single pictures, too: a card's rows of things count pictures."""
    level = card_of(kind).threshold["enter_at"]

    def alerts(confidence):
        thing = DetectedObject(label, (10, 10, 50, 90), confidence)
        perception = replace(PACKAGED, detect_objects=lambda image: (thing,))
        scene = Scene(VideoFrame(0.0, read_picture(FACE)), perception)
        return PARTS[0].tell(Asked(scene, Policy(), {})).alerts

    assert alerts(level) == (kind,)
    assert alerts(level - 0.01) == ()


def test_landmarks_come_on_request_alone(capsys):
    _, (without,), _ = analyze(capsys, FACE)
    _, (having,), _ = analyze(capsys, FACE, "--landmarks")
    assert "landmarks" not in without
    assert np.shape(having["landmarks"]) == (478, 3)


def test_who_is_enrolled_is_known_by_name(capsys, tmp_path):
    """From the same picture, mirrored and a little darker; the other is told to be another."""
    image = read_picture(FACE)
    cv2.imwrite(str(tmp_path / "ann.1.jpg"), image[:, ::-1])
    cv2.imwrite(str(tmp_path / "ann.2.jpg"), (image * 0.8).astype(np.uint8))
    status, (line,), _ = analyze(capsys, FACE, "--enrol", *sorted(tmp_path.glob("ann.*")))
    assert status == 0
    assert (line["face_verified"], line["person_name"]) == (True, "ann")
    assert "different_person" not in line["alerts"]


@needs_data
def test_somebody_else_is_not_verified_and_has_no_name():
    people = DATA / "identities"
    known = {"one": enrol_faces([read_picture(people / "d03" / "1.jpg")])}
    found = report_on(read_picture(FACE), known=known)
    assert (found.face_verified, found.person_name) == (False, None)
    assert "different_person" in found.alerts


def test_a_picture_that_cannot_be_enrolled_ends_it_with_a_sentence(capsys):
    status, lines, problem = analyze(capsys, FACE, "--enrol", NOBODY)
    assert (status, lines) == (2, [])
    assert problem == "sk_coffee: The picture: no face.\n"


def test_a_policy_file_is_taken(capsys, tmp_path):
    policy = tmp_path / "policy.toml"
    policy.write_text("[signals]\nfaces = false\n")
    _, (line,), _ = analyze(capsys, TWO, "--policy", policy)
    assert "multiple_faces" not in line["alerts"]
    policy.write_text("signal = 1\n")
    status, lines, problem = analyze(capsys, TWO, "--policy", policy)
    assert (status, lines) == (2, [])
    assert "did you mean signals?" in problem


def test_people_read_a_sentence(capsys):
    assert main(["analyze", str(TWO)]) == 0
    assert "in_woman_man.jpg: 2 faces, " in capsys.readouterr().out


def test_a_bad_file_is_said_and_the_others_are_done(capsys, tmp_path):
    bad = tmp_path / "bad.jpg"
    bad.write_text("nothing")
    status, (line,), problem = analyze(capsys, bad, FACE)
    assert status == 2
    assert line["file"] == str(FACE)
    assert problem.count("\n") == 1


def test_a_report_can_be_sent_as_json():
    for path in (FACE, TWO, NOBODY):
        json.dumps(as_json(report(path), has_landmarks=True), allow_nan=False)

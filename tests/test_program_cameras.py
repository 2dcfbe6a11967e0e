"""A program or a phone as the camera: noted by its name, and suspected by what it shows."""

import numpy as np
import pytest

from benchmarks.live_windows import watch
from benchmarks.spoof_clips import Species, frozen, looped, shown
from proctoring.analysers.camera_names import is_phone, is_software
from proctoring.analysers.challenger import DOUBT
from proctoring.analysers.liveness import SLIGHT, LivenessWatch
from proctoring.media import read_picture, read_samples
from proctoring.perception.scene import PACKAGED, Perception
from proctoring.pipeline import Pipeline
from proctoring.policy.presets import PRESETS
from proctoring.types import BrowserEvent, Category, Occurrence, VideoFrame
from tests.making import START
from tests.material import DATA, SMALL, needs_data

PROGRAM, CAMERA = "OBS Virtual Camera", "HD Pro Webcam C920"
NOBODY = Perception(detect_faces=lambda image: ())
STAND = Species("on a stand", 0.0, 0.6, 0.05)


@pytest.fixture(autouse=True)
def no_networks(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENPROCTOR_DATA_DIR", str(tmp_path))


def watched(samples, perception=PACKAGED):
    """The occurrences."""
    pipeline = Pipeline(
        [LivenessWatch()],
        preset=PRESETS["standard"],
        meeting_id="m",
        participant_id="p",
        started_at=START,
        perception=perception,
    )
    records = [record for sample in samples for record in pipeline.process(sample)]
    assert not pipeline.broken
    return list({r.id: r for r in records if isinstance(r, Occurrence)}.values())


def by(label, frames):
    return [BrowserEvent(0.0, "camera_label", label), *frames]


def clip(name):
    samples = read_samples(DATA / "video" / f"{name}.mp4", None, frames_per_s=4.0)
    return [sample for sample in samples if isinstance(sample, VideoFrame)]


def kinds(found):
    return [occurrence.kind for occurrence in found]


# --- what it shows ---------------------------------------------------------------------------


def test_a_picture_that_stands_still_for_ten_seconds_is_suspected_behind_a_program_alone():
    still = read_picture(SMALL / "faces" / "sk_astronaut.jpg")[:260, 90:350]
    room = read_picture(SMALL / "faces" / "sk_coffee.jpg")
    frames = list(shown(still, room, STAND, 13.0, seed=1))
    assert kinds(watched(by(CAMERA, frames))) == []
    noted, suspected = watched(by(PROGRAM, frames))
    assert (noted.kind, suspected.kind) == ("virtual_camera", "spoof_suspected")
    assert noted.category is Category.TECHNICAL
    assert suspected.category is Category.CONDUCT
    assert suspected.summary.endswith("; the camera’s name is that of a program")


@needs_data
def test_a_loop_and_a_frozen_picture_are_suspected_sooner_behind_a_program():
    frames = clip("gaze_right")
    for attack in (looped(frames, 46.0, seed=1), frozen(frames, 24.0, seed=1)):
        plain, program = watch(attack, (CAMERA, PROGRAM))
        assert program.suspected_s < plain.suspected_s - 4


@needs_data
@pytest.mark.parametrize("name", ["gaze_left", "webcam_expr2"])
def test_who_uses_a_program_for_its_backgrounds_is_noted_and_not_suspected(name):
    assert kinds(watched(by(PROGRAM, clip(name)))) == ["virtual_camera"]
    (told,) = watch(clip(name), (PROGRAM,))
    assert told.highest == DOUBT, "enough to ask them, where the exam asks"


@needs_data
def test_a_cameras_own_signs_stay_far_below_what_a_program_makes_one_of():
    (told,) = watch(clip("webcam_expr1"), (CAMERA,))
    assert told.is_judged
    assert told.highest < SLIGHT / 2


# --- the camera's name -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "label",
    [
        "OBS Virtual Camera",
        "OBS-Camera",
        "Camera (NVIDIA Broadcast)",
        "ManyCam Virtual Webcam",
        "Snap Camera",
        "XSplit VCam",
        "Dummy video device (0x0000)",
    ],
)
def test_programs_that_send_any_picture_are_known(label):
    assert is_software(label)
    assert not is_phone(label)


@pytest.mark.parametrize(
    "label",
    ["DroidCam Source 3", "e2eSoft iVCam", "EpocCam Camera", "Ann’s iPhone Camera", "Camo"],
)
def test_a_phone_as_a_camera_is_known_and_no_program(label):
    assert is_phone(label)
    assert not is_software(label)


@pytest.mark.parametrize(
    "label",
    [
        "",
        "Integrated Camera (04f2:b6d0)",
        "HD Pro Webcam C920",
        "FaceTime HD Camera",
        "Observatory Cam",
        "fake_device_0",
    ],
)
def test_cameras_are_cameras(label):
    assert not is_phone(label)
    assert not is_software(label)


def named(label):
    yield BrowserEvent(0.0, "camera_label", label)
    for number in range(40):
        yield VideoFrame(1 + number / 4, np.full((480, 640, 3), 128, np.uint8))


@pytest.mark.parametrize(
    ("label", "kind"),
    [("OBS Virtual Camera", "virtual_camera"), ("DroidCam Source 3", "phone_as_camera")],
)
def test_a_program_or_a_phone_as_the_camera_is_noted_and_never_scored(label, kind):
    (noted,) = watched(named(label), NOBODY)
    assert noted.kind == kind
    assert noted.category is Category.TECHNICAL
    assert label not in noted.summary
    assert not watched(named(CAMERA), NOBODY)


def test_another_camera_that_is_chosen_ends_it():
    (noted,) = watched([*named(PROGRAM), *_again(CAMERA)], NOBODY)
    assert noted.closed_at is not None


def _again(label):
    yield BrowserEvent(11.0, "camera_label", label)
    for number in range(20):
        yield VideoFrame(11 + number / 4, np.full((480, 640, 3), 128, np.uint8))

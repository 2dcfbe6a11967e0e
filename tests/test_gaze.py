"""Looking away, closed eyes and moving lips: made faces first, then recordings."""

import math
from dataclasses import replace
from functools import cache

import pytest
from face_maker import SIZE, made_mesh, made_scene
from making import START
from material import DATA, needs_data

from proctoring.analysers import gaze
from proctoring.analysers.directions import Direction, Look, baseline, look_at, where
from proctoring.analysers.gaze import GazeTracker
from proctoring.analysers.lips import LipMovement
from proctoring.exam import Enrolment, Exam, GazeBaseline
from proctoring.media import read_samples
from proctoring.perception.head import measure_head
from proctoring.perception.mesh import Mesh
from proctoring.pipeline import Pipeline
from proctoring.policy.presets import PRESETS
from proctoring.types import Category, Occurrence, Policy, VideoFrame

CALM = 20  # s


def watch(meshes, exam=None, analyser=GazeTracker, **colours):
    """The observations of made faces, twice a second, by signal."""
    tracker = analyser(exam) if exam else analyser()
    told = {}
    for number, mesh in enumerate(meshes):
        for observation in tracker.analyse(made_scene(number / 2, mesh, **colours)):
            told.setdefault(observation.signal, []).append(observation)
    return told


@cache
def face(**pose):
    return made_mesh(**pose)


def calm(seconds=CALM):
    """Somebody who reads a text: to and fro, and slowly down."""
    for look in range(int(2 * seconds)):
        yield face(gaze=(-10 + 20 * (look % 7) / 6, 5 - 12 * (look % 40) / 40), yaw=look % 3 - 1.0)


def shares(observations):
    return [o.value for o in observations["off_screen_share"] if o.value is not None]


@pytest.mark.parametrize("aside", [(-28, 0), (28, 0), (0, 32), (0, -32)])
def test_eyes_that_leave_the_screen_are_a_share_of_the_time(aside):
    told = watch([*calm(), *[face(gaze=aside)] * 10, *calm(15)])
    assert max(shares(told)) == pytest.approx(0.5, abs=0.06)
    assert shares(told)[-1] == 0


def test_a_glance_is_none():
    glances = [
        *calm(),
        face(gaze=(30, 0)),
        face(gaze=(30, 0)),
        *calm(5),
        face(gaze=(-30, 0)),
        *calm(9),
    ]
    assert max(shares(watch(glances))) < GazeTracker.rules[0].enter_at / 2


def test_reading_is_looking_at_the_screen():
    assert max(shares(watch(calm(60)))) == 0


def test_a_head_that_turns_while_the_eyes_stay_is_no_looking_away():
    turning = [face(yaw=25 * math.sin(look / 3), pitch=5, gaze=(0, 0)) for look in range(40)]
    assert max(shares(watch([*calm(), *turning]))) == 0


def test_a_head_that_is_turned_far_counts_without_the_eyes():
    told = watch([*calm(), *[face(yaw=60, gaze=(50, 0))] * 10])
    assert max(shares(told)) >= 0.4


@pytest.mark.parametrize(("may_look_down", "share"), [(False, 0.5), (True, 0.0)])
def test_paper_on_the_desk_is_as_the_policy_says(may_look_down, share):
    exam = Exam(Policy(may_look_down=may_look_down))
    told = watch([*calm(), *[face(pitch=-20, gaze=(5, -40))] * 10], exam)
    assert max(shares(told)) == pytest.approx(share, abs=0.06)
    lids_down = watch([*calm(), *[face(pitch=-20, gaze=(0, -30), openness=0.08)] * 10], exam)
    assert max(shares(lids_down)) == pytest.approx(share, abs=0.06)


def test_brows_raised_are_no_look_at_the_desk():
    told = watch([*calm(), *[face(gaze=(0, -30), openness=0.4)] * 10])
    assert max(shares(told)) == 0


def test_until_it_is_learned_how_somebody_looks_nothing_is_said():
    told = watch(calm(20))["off_screen_share"]
    assert told[14].value is None
    assert "learning" in told[14].reason
    assert told[15].value == 0


def test_another_place_of_the_camera_changes_nothing():
    beside = [made_mesh(yaw=-30, gaze=(-30 + side, 0)) for side in (-8, 0, 8, 4)]
    told = watch([*beside * 10, *[made_mesh(yaw=-30, gaze=(2, 0))] * 10])
    assert shares(told)[0] == 0
    assert max(shares(told)) == pytest.approx(0.5, abs=0.06)


def test_whoever_sits_down_otherwise_is_learned_anew(monkeypatch):
    monkeypatch.setattr(gaze, "REMEMBERED_LOOKS", 120)  # a minute instead of ten
    told = shares(watch([*calm(60), *[face(pitch=12, gaze=(32, 8))] * 120]))
    assert max(told) == 1
    assert told[-1] == 0


def test_another_face_in_another_place_is_learned_anew():
    other = face(at=(20, 0, 55), yaw=0, gaze=(15, 0))
    told = watch([*calm(), *[other] * 20])["off_screen_share"]
    assert all(o.value is None for o in told[40:55])
    assert told[-1].value == 0


def test_a_check_in_makes_learning_unnecessary():
    looks = [look_at(made_scene(number / 2, mesh)) for number, mesh in enumerate(calm())]
    usual = baseline(looks)
    assert usual is not None
    exam = Exam(enrolment=Enrolment(gaze=usual))
    told = watch([face(gaze=(28, 0))] * 20, exam)
    assert shares(told)[-1] == 1
    wide = Exam(enrolment=Enrolment(gaze=replace(usual, yaw_spread_deg=12.0)))
    assert shares(watch([face(gaze=(28, 0))] * 20, wide))[-1] == 0


def test_too_few_looks_make_no_baseline():
    look = look_at(made_scene(0.0, face()))
    assert baseline([look] * 15) is None
    hidden = baseline([replace(look, hidden="glare")] * 20)
    assert math.isnan(hidden.yaw_deg)
    assert hidden.head_yaw_deg == pytest.approx(0, abs=1)


@pytest.mark.parametrize(
    ("mesh", "colours", "reason"),
    [
        (None, {}, "no face"),
        (Mesh(made_mesh().points, 0.1), {}, "no clear face"),
        (made_mesh(at=(0, 0, 250)), {}, "too small"),
        (made_mesh(), {"iris": (200, 200, 200)}, "irises not clear"),
        (made_mesh(), {"iris": (0, 0, 0), "white": (3, 3, 3)}, "too dark"),
    ],
)
def test_what_cannot_be_told_is_told_as_that(mesh, colours, reason):
    told = watch([*[mesh] * 40], **colours)["off_screen_share"]
    assert all(o.value is None for o in told)
    assert reason in told[-1].reason or reason in {"irises not clear", "too dark"}
    look = look_at(made_scene(0.0, mesh, **colours))
    assert reason in (look if isinstance(look, str) else look.hidden)


def test_dark_glasses_leave_the_head():
    dark = {"iris": (30, 30, 30), "white": (30, 30, 30)}
    told = watch([*[face()] * 40, *[face(yaw=60, gaze=(60, 0))] * 16], **dark)
    assert told["off_screen_share"][35].value is None
    assert told["off_screen_share"][-1].value == 1


def test_directions_are_the_candidates_own():
    usual = GazeBaseline(0, 0, 2, 2, 0, 0, 0.28)

    def told(**pose):
        return where(Look(0.0, measure_head(made_mesh(**pose), SIZE)), usual)

    assert told(gaze=(28, 0)) is Direction.LEFT  # right in the picture
    assert told(gaze=(-28, 0)) is Direction.RIGHT
    assert told(gaze=(0, 30)) is Direction.UP
    assert told(gaze=(0, -32)) is Direction.DOWN
    assert told() is Direction.SCREEN
    assert told(openness=0.05) is None


def test_where_the_eyes_went_is_measured_in_degrees():
    told = watch([*calm(), *[face(gaze=(28, 0))] * 4])
    assert told["gaze_yaw_deg"][-1].value == pytest.approx(28, abs=5)
    assert abs(told["gaze_pitch_deg"][-1].value) < 8


def test_blinks_are_counted_and_closed_eyes_are_no_looking_away():
    open_eyes = [face()] * 7
    told = watch([*calm(), *([face(openness=0.05), *open_eyes] * 3)])
    assert told["blinks"][-1].value == 3
    assert max(shares(told)) == 0
    asleep = watch([*calm(), *[face(openness=0.05)] * 20])
    assert asleep["eyes_closed"][-1].value == 1
    assert max(shares(asleep)) == 0


def test_narrow_eyes_are_not_closed():
    told = watch([face(openness=0.13)] * 40)
    assert told["eyes_closed"][-1].value == 0
    assert shares(told)[-1] == 0


def test_no_rule_follows_from_eyes_or_lips():
    (rule,) = GazeTracker.rules
    assert rule.signal == "off_screen_share"
    assert rule.category is Category.CONDUCT
    assert LipMovement.rules == ()


def test_lips_that_open_and_shut_move_and_a_smile_does_not():
    def moving(meshes):
        return watch(meshes, analyser=LipMovement)["lips_moving"][-1].value

    assert moving([face(mouth=(0.0, 0.2, 0.1)[look % 3]) for look in range(20)]) == 1
    assert moving([face()] * 20) == 0
    assert moving([face(mouth=0.25)] * 20) == 0


def test_lips_that_are_not_seen_are_not_told():
    for mesh in (None, made_mesh(yaw=50), made_mesh(at=(0, 0, 250))):
        told = watch([mesh] * 10, analyser=LipMovement)["lips_moving"]
        assert all(o.value is None and o.reason for o in told)


# --- recordings -----------------------------------------------------------------------------


def opened(path, seconds=math.inf):
    """When looking away was opened, in seconds."""
    pipeline = Pipeline(
        [GazeTracker()],
        preset=PRESETS["standard"],
        meeting_id="m",
        participant_id="p",
        started_at=START,
    )
    at = set()
    for sample in read_samples(path, None, frames_per_s=2.0):
        if isinstance(sample, VideoFrame) and sample.t < seconds:
            records = pipeline.process(sample)
            at |= {
                (r.opened_at - START).total_seconds() for r in records if isinstance(r, Occurrence)
            }
    return sorted(at)


@needs_data
def test_the_recorded_look_aside_is_found_and_nothing_before():
    (first,) = opened(DATA / "scenarios" / "d8_gaze.mp4", seconds=22)
    assert 17 < first < 21


@needs_data
@pytest.mark.parametrize("name", ["webcam_expr2", "gaze_center"])
def test_somebody_who_talks_and_moves_does_not_look_away(name):
    assert opened(DATA / "video" / f"{name}.mp4", seconds=15) == []

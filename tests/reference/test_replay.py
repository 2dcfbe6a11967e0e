"""A recording gives the same incidents on the packages themselves as on the product's networks.

Run in the reference environment: `make reference`. Elsewhere the module is skipped.
"""

from __future__ import annotations

from functools import cache

import pytest

from tests.material import DATA, needs_data

pytest.importorskip("resemblyzer", reason="needs the packages themselves: make reference")
pytest.importorskip("mediapipe", reason="needs the packages themselves: make reference")
pytest.importorskip("face_recognition", reason="needs the packages themselves: make reference")

from proctoring import reference
from proctoring.analysers.objects import LOOK_EVERY_S
from proctoring.enrolment.face import enrol_faces
from proctoring.exam import Enrolment, Exam
from proctoring.media import read_picture
from proctoring.perception.scene import Scene
from proctoring.policy.presets import PRESETS
from proctoring.replay import PACKAGED_ENGINE, media_s, replay
from proctoring.types import VideoFrame

pytestmark = [pytest.mark.reference, needs_data]

# Where a look at the picture is doubtful to one of them, the next may be so far away. (Voices are
# told in steps of 0.8 s by the one and of 1.44 s by the other, and come up to 2.1 s apart.)
WITHIN_S = LOOK_EVERY_S

# The one difference that stays: MediaPipe draws a smaller box around a face, with more room to the
# edge of the picture (0.045 of the face's height where the product's has 0.02). A technical state,
# never scored: in d6_phone, whose faces end at the chin, the packages do not tell of it.
DRAWN_OTHERWISE = {"face_cut_off"}


@cache
def opened(name: str, engine_name: str) -> dict[str, list[float]]:
    """Kind of incident -> the times at which each began, s; with all signals on."""
    engine = reference.engine() if engine_name == "reference" else PACKAGED_ENGINE
    recording = DATA / "scenarios" / f"{name}.mp4"
    portrait = VideoFrame(0.0, read_picture(recording.with_name(f"{name}_ref.jpg")))
    exam = Exam(enrolment=Enrolment(faces=enrol_faces([Scene(portrait, engine.thorough)])))
    found = replay(recording, None, PRESETS["standard"], exam=exam, engine=engine)
    times: dict[str, list[float]] = {}
    for incident in found.incidents:
        times.setdefault(incident.kind, []).append(media_s(incident.opened_at))
    return times


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("d1_normal", set()),
        ("d2_second_person_beside", {"multiple_faces", "multiple_speakers"}),
        ("d3_person_behind", {"multiple_faces"}),
        ("d4_leaves", {"no_face"}),
        ("d5_swap", {"different_person", "multiple_speakers"}),
        ("d6_phone", {"phone_seen"}),
        ("d7_photo_to_camera", {"different_person"}),
        ("d8_gaze", {"looking_away"}),
        ("d9_camera_covered", {"camera_covered", "camera_frozen"}),
    ],
)
def test_the_packages_give_the_same_incidents_at_the_same_times(name, kinds):
    ours, theirs = opened(name, "packaged"), opened(name, "reference")
    assert kinds <= set(ours)
    assert set(theirs) - DRAWN_OTHERWISE == set(ours) - DRAWN_OTHERWISE
    for kind in set(ours) & set(theirs):
        assert theirs[kind] == pytest.approx(ours[kind], abs=WITHIN_S), kind

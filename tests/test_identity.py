"""Is it the same person, all through an exam?"""

import json
import subprocess
import sys
from collections.abc import Iterator

import cv2
import numpy as np
from making import START
from material import DATA, ROOT, needs_data
from portraits import PORTRAIT, face_at, portrait

from proctoring.analysers.identity import IdentityCheck
from proctoring.enrolment.face import enrol_faces, profile_of
from proctoring.exam import NOTHING_KNOWN, Enrolment, Exam
from proctoring.media import read_frames
from proctoring.perception.face_match import (
    MOST_LIMIT,
    THRESHOLD,
)
from proctoring.perception.mesh import Mesh
from proctoring.perception.scene import Perception
from proctoring.pipeline import Pipeline
from proctoring.policy.presets import PRESETS
from proctoring.types import Face, Occurrence, VideoFrame

__all__ = ["portrait"]  # the fixture


# --- the check -----------------------------------------------------------------------------


class Seat:
    """A portrait whose embedding is told by how far from the candidate's it is to be."""

    def __init__(self, portrait, exam=None):
        image, self.face, self.mesh = portrait
        self.image, self.turned, self.beside = image, None, ()
        self.away, self.embedded = 0.0, 0
        perception = Perception(
            self._faces, self._faces, trace_face=lambda *_: self.mesh, embed_face=self._embed
        )
        exam = Exam(enrolment=Enrolment(faces=profile_of([face_at(0)]))) if exam is None else exam
        self.pipeline = Pipeline(
            [IdentityCheck(exam)],
            preset=PRESETS["standard"],
            meeting_id="m",
            participant_id="p",
            started_at=START,
            perception=perception,
        )
        self.t, self.is_there = 0.0, True

    def _faces(self, image):
        return (self.face, *self.beside) if self.is_there else ()

    def _embed(self, image, mesh):
        self.embedded += 1
        return face_at(self.away)

    def sit(self, seconds: float, away: float = 0.0) -> list[tuple[float, str]]:
        """Who sits so far from the candidate for so long; gives what was told, and when."""
        self.away, told, until = away, [], self.t + seconds
        while self.t < until:
            for record in self.pipeline.process(VideoFrame(self.t, self.image)):
                if isinstance(record, Occurrence) and record.closed_at is None:
                    told.append((self.t, record.kind))
            self.t += 0.25
        return told

    @property
    def latest(self):
        return self.pipeline.latest["face_distance"]


def test_another_person_is_told_within_ten_seconds(portrait):
    seat = Seat(portrait)
    assert seat.sit(60) == []
    (t, kind), *_ = seat.sit(12, away=1.5)
    assert kind == "different_person"
    assert t - 60 <= 10


def test_the_same_person_in_other_light_is_not_told(portrait):
    seat = Seat(portrait)
    seat.sit(60)
    assert seat.sit(120, away=1.0) == []
    assert seat.latest.value < 0.9


def test_one_look_at_another_face_tells_nothing(portrait):
    seat = Seat(portrait)
    seat.sit(30)
    assert seat.sit(0.5, away=1.6) == []
    assert seat.sit(30) == []


def test_what_cannot_be_told_becomes_a_request(portrait):
    seat = Seat(portrait)
    seat.sit(60)
    told = seat.sit(40, away=0.97 * MOST_LIMIT)
    assert {kind for _, kind in told} == {"look_at_camera"}
    assert told[0][0] - 60 >= 20
    rule = next(rule for rule in IdentityCheck.rules if rule.kind == "look_at_camera")
    assert rule.category == "technical"


def test_somebody_who_is_known_to_be_another_is_not_asked_to_look(portrait):
    seat = Seat(portrait)
    seat.sit(30)
    assert {kind for _, kind in seat.sit(60, away=1.6)} == {"different_person"}


def test_who_comes_back_is_looked_at_at_once(portrait):
    seat = Seat(portrait)
    seat.sit(30)
    seat.is_there = False
    seat.sit(5)
    assert seat.latest.reason == "no face"
    seat.is_there, before = True, seat.embedded
    seat.sit(1.5)
    assert seat.embedded - before >= 3


def test_a_calm_candidate_is_looked_at_every_four_seconds(portrait):
    seat = Seat(portrait)
    seat.sit(30)
    before = seat.embedded
    seat.sit(60)
    assert 13 <= seat.embedded - before <= 17
    assert seat.latest.value == 0


def test_two_people_side_by_side_are_not_told_apart(portrait):
    seat = Seat(portrait)
    seat.sit(30)
    left, top, right, bottom = seat.face.box
    seat.beside = (Face((left, top, right - 5, bottom), 0.9),)
    seat.sit(30, away=1.6)
    assert seat.latest.value is None
    assert seat.latest.reason == "several faces"


def test_a_covered_face_is_abstained_from(portrait):
    seat = Seat(portrait)
    seat.mesh = Mesh(seat.mesh.points, 0.2)
    assert seat.sit(15) == []
    assert seat.latest.value is None
    assert seat.latest.reason == "face covered"


def test_without_a_check_in_it_is_said_what_it_was_compared_with(portrait):
    seat = Seat(portrait, NOTHING_KNOWN)
    seat.sit(0.5)
    assert seat.latest.reason == "still learning the face"
    seat.sit(10)
    assert seat.latest.value == 0
    assert "first minute" in seat.latest.reason


def clip(name: str, seconds: tuple[float, float] = (0, 60)) -> Iterator[VideoFrame]:
    for frame in read_frames(DATA / f"{name}.mp4", 4.0):
        if seconds[0] <= frame.t < seconds[1]:
            yield frame


def told_of(frames, exam: Exam = NOTHING_KNOWN) -> dict[str, float]:
    """Kind -> when it was first told."""
    pipeline = Pipeline(
        [IdentityCheck(exam)],
        preset=PRESETS["standard"],
        meeting_id="m",
        participant_id="p",
        started_at=START,
    )
    told: dict[str, float] = {}
    for frame in frames:
        for record in pipeline.process(frame):
            if isinstance(record, Occurrence):
                told.setdefault(record.kind, frame.t)
    return told


@needs_data
def test_the_recorded_swap_is_told_within_ten_seconds():
    told = told_of(clip("scenarios/d5_swap", (6, 25)))
    assert 15 <= told.pop("different_person") <= 25
    assert told == {}


@needs_data
def test_a_recording_of_one_person_with_a_photo_of_another_day_tells_nothing():
    reference = np.asarray(cv2.imread(str(DATA / "scenarios" / "d1_normal_ref.jpg")), np.uint8)
    exam = Exam(enrolment=Enrolment(faces=enrol_faces([reference])))
    assert told_of(clip("scenarios/d1_normal", (0, 12)), exam) == {}


# --- the command ---------------------------------------------------------------------------


def verify(*images):
    return subprocess.run(
        [sys.executable, "-m", "proctoring", "verify", *map(str, images)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
    )


def test_verify_says_same_person_with_its_threshold_and_what_that_was_measured_on():
    run = verify(PORTRAIT, PORTRAIT)
    assert run.returncode == 0, run.stderr
    answer = json.loads(run.stdout)
    assert answer["same_person"] is True
    assert answer["distance"] == 0
    assert answer["threshold"] == THRESHOLD
    assert 0 < answer["far_at_threshold"] < 0.01
    assert answer["far_measured_on"]["pairs"] > 1000
    assert "reason" not in answer


def test_verify_says_null_and_why_where_there_is_no_face(tmp_path):
    cv2.imwrite(str(tmp_path / "wall.png"), np.full((200, 300, 3), 130, np.uint8))
    answer = json.loads(verify(PORTRAIT, tmp_path / "wall.png").stdout)
    assert answer["same_person"] is None
    assert answer["distance"] is None
    assert "wall.png: no face" in answer["reason"]


def test_verify_refuses_what_is_no_picture(tmp_path):
    (tmp_path / "notes.jpg").write_text("no picture")
    run = verify(PORTRAIT, tmp_path / "notes.jpg")
    assert run.returncode == 2
    assert run.stdout == ""
    assert "notes.jpg: not a picture that can be read" in run.stderr

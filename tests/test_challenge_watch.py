"""A challenge in the whole pipeline: what is held back, what is told, and what counts after it."""

from __future__ import annotations

from functools import cache
from itertools import islice

import cv2
import pytest

from benchmarks.spoof_clips import Species, shown
from proctoring.analysers import challenger as asking
from proctoring.analysers.challenge_watch import PASSED_S
from proctoring.analysers.challenger import DONE, SEEN, SEEN_WITHIN_S, SHOWN, SKIPPED, Challenger
from proctoring.analysers.liveness import HELD, LivenessWatch
from proctoring.challenge import Challenge, Kind, Step
from proctoring.exam import Exam
from proctoring.media import read_picture, read_samples
from proctoring.perception.faces import detect_faces
from proctoring.perception.mesh import face_mesh
from proctoring.perception.scene import Perception
from proctoring.perception.skin import skin_colour
from proctoring.pipeline import Pipeline
from proctoring.policy.presets import PRESETS
from proctoring.types import (
    PAGE_OPENED,
    BrowserEvent,
    Category,
    CoverageSpan,
    Measured,
    Occurrence,
    Policy,
    Tick,
    VideoFrame,
)
from tests.making import START, Meter, make_pipeline
from tests.material import DATA, SMALL, needs_data

PORTRAIT = SMALL / "faces" / "sk_astronaut.jpg"
ROOM = SMALL / "faces" / "sk_coffee.jpg"
PRINT = Species("in the hand", 0.15, 0.6, 0.05)


@pytest.fixture(autouse=True)
def no_networks(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENPROCTOR_DATA_DIR", str(tmp_path))


@cache
def print_in_the_hand():
    still = read_picture(PORTRAIT)[:260, 90:350]
    return tuple(shown(still, read_picture(ROOM), PRINT, 80.0, seed=1))


@cache
def its_face():
    """Found once: it hardly moves."""
    return detect_faces(print_in_the_hand()[0].image)


class Sitting:
    """A candidate's pipeline, their page, and what was kept."""

    def __init__(self, frames, *, challenges=True, challenger=None, perception=None):
        exam = Exam(Policy(challenges=challenges))
        self.analyser = LivenessWatch(exam, challenger=challenger)
        self.pipeline = Pipeline(
            [self.analyser],
            preset=PRESETS["standard"],
            meeting_id="m",
            participant_id="p",
            started_at=START,
            perception=perception or Perception(),
        )
        self.frames = iter(frames)
        self.t = 0.0
        self.kept: list[object] = []
        self.say(PAGE_OPENED)

    def say(self, name, detail=""):
        self.kept += self.pipeline.process(BrowserEvent(self.t, name, detail))

    def tell(self, name):
        self.say(name, self.pipeline.asked.id)

    def sit(self, seconds, until=lambda: False):
        """So many seconds, or less if it comes true."""
        for frame in islice(self.frames, round(seconds * 4)):
            self.t = frame.t
            self.kept += self.pipeline.process(frame)
            assert not self.pipeline.broken
            if until():
                return True
        return False

    def is_asked(self):
        return self.pipeline.asked is not None

    @property
    def score(self):
        return self.pipeline.latest["spoof_score"].value

    def found(self, kind):
        """The newest state of each occurrence of the kind."""
        newest = {o.id: o for o in self.kept if isinstance(o, Occurrence) and o.kind == kind}
        return list(newest.values())


def print_sits(**options):
    perception = Perception(detect_faces=lambda image: its_face())
    return Sitting(print_in_the_hand(), perception=perception, **options)


def turning_twice():
    return Challenger(is_on=True, new_seed=lambda: bytes(16))


def test_doubt_asks_and_holds_the_incident_back_meanwhile():
    print_ = print_sits(challenger=turning_twice())
    assert print_.sit(40.0, print_.is_asked)
    print_.tell(SEEN)
    print_.sit(15.0)
    assert print_.is_asked()
    assert print_.score == HELD
    assert not print_.found("spoof_suspected")


def test_a_print_that_is_asked_to_turn_is_suspected_and_the_reason_is_said():
    print_ = print_sits(challenger=turning_twice())
    print_.sit(40.0, print_.is_asked)
    steps = print_.pipeline.asked.challenge.steps
    print_.tell(SHOWN)
    print_.sit(steps[-1].end_s)
    assert print_.analyser.excuses["off_screen_share"] == "asked to turn their head"
    print_.tell(DONE)
    assert print_.sit(10.0, lambda: print_.found("spoof_suspected"))
    (found,) = print_.found("spoof_suspected")
    assert found.summary.startswith("100% like a photo")
    assert found.summary.endswith(f"; no turn to the {steps[0].ask} was seen")
    assert found.category is Category.CONDUCT
    assert not print_.found("challenge_undecided")


def test_one_that_is_skipped_is_for_a_person_and_the_cues_count_as_before():
    print_ = print_sits(challenger=turning_twice())
    print_.sit(40.0, print_.is_asked)
    print_.tell(SEEN)
    print_.tell(SKIPPED)
    assert print_.sit(2.0, lambda: print_.found("challenge_undecided"))
    (found,) = print_.found("challenge_undecided")
    assert found.category is Category.TECHNICAL
    assert found.summary == "please look, undecided; the candidate skipped the check"
    assert print_.sit(10.0, lambda: print_.found("spoof_suspected"))
    print_.sit(15.0)
    (found,) = print_.found("challenge_undecided")
    assert found.closed_at is not None


def test_one_that_was_never_shown_is_no_incident_but_a_gap():
    print_ = print_sits(challenger=turning_twice())
    print_.sit(40.0, print_.is_asked)
    assert print_.sit(SEEN_WITHIN_S + 1, lambda: not print_.is_asked())
    print_.sit(15.0)
    spans = [span for spans in print_.kept if isinstance(spans, tuple) for span in spans]
    reasons = {span.reason for span in spans if isinstance(span, CoverageSpan)}
    assert "the check was not shown" in reasons
    assert not print_.found("challenge_undecided")
    assert {s.state for s in spans if s.reason == "the check was not shown"} == {Measured.DEGRADED}


def test_an_exam_without_challenges_and_one_without_a_page_ask_nothing():
    print_ = print_sits(challenges=False)
    assert not print_.sit(40.0, print_.is_asked)
    assert print_.found("spoof_suspected")


def test_of_a_challenge_nothing_but_what_came_of_it_is_kept():
    print_ = print_sits(challenger=turning_twice())
    print_.sit(40.0, print_.is_asked)
    asked = print_.pipeline.asked
    print_.tell(SEEN)
    print_.tell(SKIPPED)
    print_.sit(10.0)
    kept = repr([record for record in print_.kept if isinstance(record, Occurrence)])
    assert asked.id not in kept
    assert repr(asked.challenge.seed) not in kept


class Asking(Meter):
    """Asks for something that another signal would show."""

    name = "asking"
    rules = ()

    def __init__(self):
        super().__init__([])
        self.excuses = {"face_count": "was asked to"}

    def analyse(self, sample):
        return ()


def test_what_a_candidate_was_asked_to_do_is_measured_by_nobody_else():
    asking = Asking()
    pipeline = make_pipeline(Meter([2] * 40), asking)
    kept = [record for i in range(20) for record in pipeline.process(Tick(i / 2))]
    assert not [record for record in kept if isinstance(record, Occurrence)]
    assert pipeline.latest["face_count"].value is None
    assert pipeline.latest["face_count"].reason == "was asked to"
    asking.excuses = {}
    kept = [record for i in range(20, 40) for record in pipeline.process(Tick(i / 2))]
    assert [record for record in kept if isinstance(record, Occurrence)]


def test_a_label_of_any_length_and_kind_is_kept_nowhere():
    print_ = print_sits()
    print_.say("camera_label", "OBS <b>'; DROP TABLE meeting; --</b>")
    print_.sit(2.0)
    assert print_.found("virtual_camera")
    assert "DROP" not in repr([r for r in print_.kept if isinstance(r, Occurrence)])


# --- a real head ---------------------------------------------------------------------------


@pytest.fixture
def clip(monkeypatch):
    """Somebody who turns to their left at 19.5 s and at 22.0 s, and is asked for just that."""
    steps = (Step(1.5, 3.0, "left"), Step(4.0, 5.5, "left"))
    monkeypatch.setattr(asking, "head_turns", lambda seed: Challenge(Kind.TURN, steps, seed))
    samples = read_samples(DATA / "video" / "webcam_expr2.mp4", None, frames_per_s=4.0)
    return [sample for sample in samples if isinstance(sample, VideoFrame)]


@needs_data
def test_a_person_behind_a_program_who_turns_as_asked_clears_the_doubt(clip):
    person = Sitting(clip, challenger=turning_twice())
    person.say("camera_label", "OBS Virtual Camera")
    assert person.sit(10.0, person.is_asked)
    person.tell(SEEN)
    person.sit(18.0 - person.t)
    person.tell(SHOWN)
    person.sit(5.75)
    person.tell(DONE)
    assert person.sit(3.0, lambda: not person.is_asked())
    assert person.score == 0
    person.sit(60.0)
    assert person.score == 0
    assert not person.is_asked()
    assert not person.found("spoof_suspected")
    assert not person.found("challenge_undecided")
    (noted,) = person.found("virtual_camera")
    assert noted.category is Category.TECHNICAL


@needs_data
def test_who_has_turned_once_is_not_asked_again_for_the_cameras_name(clip):
    person = Sitting(clip, challenger=turning_twice())
    person.say("camera_label", "OBS Virtual Camera")
    person.sit(10.0, person.is_asked)
    person.sit(18.0 - person.t)
    person.tell(SHOWN)
    person.sit(5.75)
    person.tell(DONE)
    person.sit(3.0, lambda: person.score == 0)
    later = PASSED_S + 10.0
    person.frames = iter([VideoFrame(f.t + later, f.image) for f in clip[:80]])
    person.sit(20.0)
    assert person.t > later + 15
    assert not person.is_asked()
    assert not person.found("challenge_undecided")


@needs_data
def test_another_camera_begins_anew(clip):
    person = Sitting(clip, challenger=turning_twice())
    person.say("camera_label", "OBS Virtual Camera")
    person.sit(10.0, person.is_asked)
    person.sit(18.0 - person.t)
    person.tell(SHOWN)
    person.sit(5.75)
    person.tell(DONE)
    person.sit(3.0, lambda: person.score == 0)
    person.say("camera_label", "ManyCam Virtual Webcam")
    person.sit(0.5)
    assert person.score == 0.5


# --- the colour of a face --------------------------------------------------------------------


def test_the_colour_of_a_face_follows_the_light_on_it_and_not_the_background():
    image = cv2.resize(read_picture(PORTRAIT)[:260, 90:350], (520, 520))
    (face, *_) = detect_faces(image)
    mesh = face_mesh(image, face)
    red, green, blue = skin_colour(image, mesh)
    assert red > green > blue
    left, top, right, bottom = mesh.box
    other = image.copy()
    other[:, : max(0, left)] = other[:, right:] = other[: max(0, top)] = other[bottom:] = 0
    assert skin_colour(other, mesh) == pytest.approx((red, green, blue))
    bluer = image.copy()
    bluer[..., 0] = 255
    assert skin_colour(bluer, mesh) == pytest.approx((red, green, 255.0))

import itertools

import numpy as np
from making import GREY, START, make_pipeline
from test_session import wait_for

from proctoring.analysers.faces import FaceCounter
from proctoring.analysers.objects import ObjectWatch
from proctoring.coverage import CoverageTracker
from proctoring.live.capture import Capture
from proctoring.live.ladder import CALM_S, Ladder
from proctoring.live.session import Session
from proctoring.perception.scene import Perception
from proctoring.pipeline import Pipeline
from proctoring.policy.presets import PRESETS
from proctoring.rungs import WHY, Rung
from proctoring.types import AudioChunk, Measured, Observation, VideoFrame

# --- when ----------------------------------------------------------------------------------------


class Server:
    """A ladder, and four samples a second of which some give way."""

    def __init__(self):
        self.now = 0.0
        self.ladder = Ladder(lambda: self.now)

    def runs(self, seconds, *, missed_each=0, late_s=0.0):
        """The rungs on which it is, second by second."""
        rungs = []
        for _ in range(seconds):
            for _ in range(4):
                self.now += 0.25
                self.ladder.note(missed_each, late_s=late_s)
            rungs.append(self.ladder.rung)
        return rungs


def test_a_server_that_keeps_up_looks_at_all():
    assert set(Server().runs(600)) == {Rung.ALL}


def test_one_that_is_behind_goes_step_by_step_and_back():
    server = Server()
    down = server.runs(30, missed_each=1)
    assert list(dict.fromkeys(down)) == [Rung.ALL, Rung.RARER_LOOKS, Rung.FEWER_PICTURES]
    up = server.runs(120)
    assert list(dict.fromkeys(up)) == [Rung.FEWER_PICTURES, Rung.RARER_LOOKS, Rung.ALL]
    assert up[: int(CALM_S) - 6] == [Rung.FEWER_PICTURES] * (int(CALM_S) - 6)


def test_sound_that_waits_is_behind_too():
    assert Server().runs(15, late_s=3.0)[-1] is Rung.RARER_LOOKS


def test_a_stall_of_a_moment_changes_nothing():
    server = Server()
    for _ in range(20):
        assert set(server.runs(4, missed_each=2)) == {Rung.ALL}
        assert set(server.runs(26)) == {Rung.ALL}


def test_little_that_gives_way_keeps_it_where_it_is():
    server = Server()
    server.runs(11, missed_each=1)
    for _ in range(30):
        server.ladder.note(4)  # 4 of 24, more than few and less than too many
        assert set(server.runs(5)) == {Rung.RARER_LOOKS}


def test_one_that_comes_back_too_early_waits_twice_as_long():
    server, stays = Server(), []
    for _ in range(8):
        while server.ladder.rung is Rung.ALL:
            server.runs(1, missed_each=1)
        begun = server.now
        while server.ladder.rung is not Rung.ALL:
            server.runs(1)
        stays.append(server.now - begun)
    assert all(before <= after for before, after in itertools.pairwise(stays))
    assert stays[2] > 1.8 * stays[1] > 3 * stays[0]
    assert stays[-1] < 500, "it always comes back"


# --- what ----------------------------------------------------------------------------------------


def looking(found):
    """A pipeline that notes when it looks for objects and examines faces."""

    def detect_objects(image):
        found["objects"].append(image)
        return ()

    def examine(image):
        found["faces"].append(image)
        return ()

    bright = np.random.default_rng(1).integers(0, 255, (96, 128, 3), np.uint8)
    return bright, Pipeline(
        [ObjectWatch(), FaceCounter()],
        preset=PRESETS["standard"],
        meeting_id="m",
        participant_id="p",
        started_at=START,
        perception=Perception(lambda image: (), examine, detect_objects=detect_objects),
    )


def test_costly_looks_come_half_as_often_and_the_coverage_says_so():
    found = {"objects": [], "faces": []}
    image, pipeline = looking(found)
    records = []

    def looks(start_s, end_s):
        before = len(found["objects"])
        for i in range(4 * start_s, 4 * end_s):
            records.extend(pipeline.process(VideoFrame(i / 4, image)))
        return len(found["objects"]) - before

    assert looks(0, 40) == 10
    pipeline.step_to(Rung.RARER_LOOKS)
    assert looks(40, 80) == 5
    pipeline.step_to(Rung.ALL)
    assert looks(80, 120) == 10
    records.extend(pipeline.close(120.0))
    spans = [one for record in records if isinstance(record, tuple) for one in record]
    phone = {one.id: one for one in spans if one.signal == "phone"}.values()
    told = [
        (one.state, one.reason, (one.ended_at - one.started_at).total_seconds()) for one in phone
    ]
    states = [state for state, *_ in told[:3]]  # what follows is after the last look
    assert states == [Measured.MEASURED, Measured.DEGRADED, Measured.MEASURED]
    assert told[1][1] == WHY[Rung.RARER_LOOKS]
    assert abs(told[1][2] - 40) <= 8, "to the next look"


def test_on_the_last_rung_every_signal_of_the_camera_is_degraded():
    pipeline = make_pipeline(FaceCounter(), ObjectWatch())
    pipeline.step_to(Rung.FEWER_PICTURES)
    assert pipeline.limits == dict.fromkeys(pipeline.signals, WHY[Rung.FEWER_PICTURES])
    pipeline.step_to(Rung.ALL)
    assert pipeline.limits == {}


def test_what_could_not_be_told_keeps_its_own_reason():
    tracker = CoverageTracker({"face_count": 1.0}, "p", START)
    tracker.limit({"face_count": WHY[Rung.RARER_LOOKS]})
    tracker.note(Observation(0.5, "face_count", None, reason="picture too dark"))
    tracker.close(1.0)
    (span,) = tracker.take_changed()
    assert (span.state, span.reason) == (Measured.DEGRADED, "picture too dark")


def test_a_tracker_without_signals_can_be_limited():
    CoverageTracker({}, "p", START).limit({"face_count": "busy"})


# --- in a session --------------------------------------------------------------------------------


def test_fewer_pictures_are_taken_for_as_long_as_it_says():
    got, now, period = [], [0.0], [0.0]
    capture = Capture(got.append, lambda: now[0], frames_per_s=4, least_period_s=lambda: period[0])

    def taken(seconds):
        before = len(got)
        for _ in range(8 * seconds):
            now[0] += 0.125
            capture.take_array(lambda: GREY)
        return len(got) - before

    assert 38 <= taken(10) <= 41
    period[0] = Rung.FEWER_PICTURES.picture_every_s
    assert 9 <= taken(10) <= 11
    period[0] = Rung.ALL.picture_every_s
    assert 35 <= taken(10) <= 41


def test_the_session_looks_as_its_server_says_and_the_desk_is_told():
    ladder = Ladder()
    session = Session(
        lambda *of: make_pipeline(FaceCounter()), lambda record: None, name="p", ladder=ladder
    )
    image = np.random.default_rng(1).integers(0, 255, (96, 128, 3), np.uint8)

    def state():
        session.offer(VideoFrame(session.clock(), image))
        return session.status.signals and session.status.signals[0].state

    wait_for(lambda: state() is Measured.MEASURED)
    ladder.rung = Rung.RARER_LOOKS
    wait_for(lambda: state() is Measured.DEGRADED)
    assert session.status.signals[0].reason == WHY[Rung.RARER_LOOKS]
    assert session.status.signals[0].value == 1
    ladder.rung = Rung.ALL
    wait_for(lambda: state() is Measured.MEASURED)
    session.close()


def test_a_session_tells_its_server_of_sound_that_waited():
    now = [0.0]
    ladder = Ladder(lambda: now[0])
    session = Session(lambda *of: make_pipeline(), lambda record: None, name="p", ladder=ladder)
    silence = np.zeros(8000, np.float32)

    def is_told():
        now[0] += 1.0
        session.offer(AudioChunk(session.clock() - 10, silence))
        return ladder.rung is not Rung.ALL

    wait_for(is_told)
    session.close()

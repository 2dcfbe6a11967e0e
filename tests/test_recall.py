"""What an exam learned of its candidate: as bytes, and at a server that starts anew."""

from __future__ import annotations

import math
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import GREY, at, frames, make_meeting, make_pipeline
from profiles import RNG, person, pictures
from stores import enrolled
from waiting import wait_until

import proctoring.live.measuring
from proctoring.analysers.directions import has_changed
from proctoring.analysers.face_memory import FIRST_LOOKS, LEARNS_S, FaceMemory
from proctoring.exam import Enrolment, Exam, FaceProfile, GazeBaseline, VoiceProfile
from proctoring.pipeline import Pipeline
from proctoring.policy.presets import PRESETS
from proctoring.recall import (
    FACES,
    GAZE,
    VOICE,
    Damaged,
    faces_of,
    gaze_of,
    recall,
    to_bytes,
    voice_of,
)
from proctoring.services import Services
from proctoring.settings import Settings
from proctoring.store import StoreError
from proctoring.store.contents import LONGEST_ENROLMENT
from proctoring.types import Enrolled, Observation, Policy, Rule, VideoFrame

USUAL = GazeBaseline(1.5, -7.25, 2.0, 3.0, 4.0, -2.0, 0.3)


# --- as bytes ------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 5, 17, 62])
def test_a_face_comes_back_as_it_was_to_a_thousandth(count: int) -> None:
    learned = pictures(count)
    kind, content = to_bytes(learned)
    found = faces_of(content)
    assert kind == FACES
    assert len(content) <= LONGEST_ENROLMENT
    assert found.embeddings.dtype == np.float32
    assert np.linalg.norm(found.embeddings - learned.embeddings, axis=1).max() < 0.001
    assert (found.spread, found.is_settled) == (0.5, False)


def test_one_picture_has_no_spread_and_what_is_settled_stays_so() -> None:
    found = faces_of(to_bytes(FaceProfile(person()[None], None, is_settled=True))[1])
    assert found.spread is None
    assert found.is_settled


def test_a_way_of_looking_comes_back() -> None:
    kind, content = to_bytes(USUAL)
    assert kind == GAZE
    assert not has_changed(gaze_of(content), USUAL)
    assert gaze_of(content).pitch_deg == USUAL.pitch_deg


def stretches(count: int) -> VoiceProfile:
    """Of one voice."""
    numbers = RNG.normal(0, 1, (count, 192)).astype(np.float32)
    lengths = np.linalg.norm(numbers, axis=1, keepdims=True)
    return VoiceProfile(numbers / lengths, RNG.uniform(1, 5, count).astype(np.float32), 0.7, True)


@pytest.mark.parametrize("count", [1, 24])
def test_a_voice_comes_back_as_it_was_to_a_thousandth(count: int) -> None:
    learned = stretches(count)
    kind, content = to_bytes(learned)
    found = voice_of(content)
    assert kind == VOICE
    assert len(content) <= LONGEST_ENROLMENT
    assert np.linalg.norm(found.embeddings - learned.embeddings, axis=1).max() < 0.001
    assert np.abs(found.seconds / learned.seconds - 1).max() < 0.001
    assert found.spread == pytest.approx(0.7)
    assert found.is_settled


READERS = {FACES: faces_of, GAZE: gaze_of, VOICE: voice_of}
WHOLE = dict(to_bytes(learned) for learned in (pictures(3), USUAL, stretches(3)))


@pytest.mark.parametrize("kind", WHOLE)
@given(data=st.data())
def test_bytes_that_were_damaged_are_refused_with_a_reason(kind: str, data: st.DataObject) -> None:
    whole = WHOLE[kind]
    place = data.draw(st.integers(0, len(whole) - 1))
    flipped = bytes([whole[place] ^ data.draw(st.integers(1, 255))])
    damaged = data.draw(
        st.sampled_from(
            [
                whole[:place],
                whole[:place] + flipped + whole[place + 1 :],
                whole + flipped,
                *(content for other, content in WHOLE.items() if other != kind),
            ]
        )
    )
    with pytest.raises(Damaged) as told:
        READERS[kind](damaged)
    assert str(told.value)


@given(st.binary(max_size=2000), st.sampled_from(list(READERS)))
def test_any_other_bytes_are_refused_too(content: bytes, kind: str) -> None:
    with pytest.raises(Damaged):
        READERS[kind](content)


def test_numbers_that_are_none_are_refused() -> None:
    for learned in (
        FaceProfile(np.full((2, 256), np.nan, np.float32), 0.5),
        GazeBaseline(math.nan, math.nan, 1, 1, 0, 0, math.nan),
    ):
        kind, content = to_bytes(learned)
        with pytest.raises(Damaged, match="none"):
            READERS[kind](content)


def test_the_exam_goes_on_without_what_is_damaged(caplog: pytest.LogCaptureFixture) -> None:
    kept = [
        enrolled(content=WHOLE[FACES][:-1]),
        enrolled(kind=GAZE, content=WHOLE[GAZE]),
        enrolled(kind="of a later version"),
    ]
    found = recall(kept)
    assert found.faces is None
    assert found.gaze is not None
    assert "faces of p is learned anew: its checksum is wrong" in caplog.text
    assert recall([]) == Enrolment()


# --- what is learned -------------------------------------------------------------------------


def looks(seed: int, count: int) -> list[np.ndarray[Any, np.dtype[np.float32]]]:
    return list(pictures(count, seed).embeddings)


def test_a_face_is_known_from_the_first_looks_on_and_settled_after_a_minute() -> None:
    memory = FaceMemory(None)
    assert memory.learned is None
    for embedding in looks(1, FIRST_LOOKS):
        memory.compare(0.0, embedding)
    first = memory.learned
    assert first is not None
    assert not first.is_settled
    (own,) = looks(1, 1)
    for t in (1.0, LEARNS_S, LEARNS_S + 2):
        memory.compare(t, own)
    assert memory.learned is not None
    assert memory.learned.is_settled
    settled = memory.learned
    memory.compare(LEARNS_S + 10, own)
    assert memory.learned is settled, "nothing more is to be kept"


def test_whoever_sits_there_after_a_restart_is_compared_and_not_learned() -> None:
    before = FaceMemory(None)
    for t, embedding in enumerate(looks(1, FIRST_LOOKS + 1)):
        before.compare(float(t), embedding)
    before.compare(LEARNS_S + 10, looks(1, 1)[0])
    assert before.learned is not None
    after = FaceMemory(faces_of(to_bytes(before.learned)[1]))
    for t, embedding in enumerate(looks(2, 100)):
        value = after.compare(float(t), embedding)
        assert value is not None
        assert value > 1
    own = after.compare(200.0, looks(1, 1)[0])
    assert own is not None
    assert own < 0.9


class Learner:
    """Learns something in its second picture, and something else in its tenth."""

    name: ClassVar[str] = "learner"
    title: ClassVar[str] = "Learner"
    medium: ClassVar[str] = "camera"
    explains: ClassVar[str] = ""
    accepts: ClassVar[type | tuple[type, ...]] = object
    rules: ClassVar[tuple[Rule, ...]] = ()

    def __init__(self, exam: Exam) -> None:
        self.learned = exam.enrolment.gaze
        self._seen = 0

    def analyse(self, sample: Any) -> Iterable[Observation]:
        self._seen += 1
        if self._seen in (2, 10):
            self.learned = GazeBaseline(self._seen, 0, 1, 1, 0, 0, 0.3)
        return ()


def pipeline(known: GazeBaseline | None, *, keeps: bool) -> Pipeline:
    return Pipeline(
        [Learner(Exam(Policy(), Enrolment(gaze=known)))],  # type: ignore[list-item]
        preset=PRESETS["standard"],
        meeting_id="m",
        participant_id="p",
        started_at=at(0),
        keeps_learned=keeps,
    )


def learned_by(given: Pipeline, samples: Iterable[VideoFrame]) -> list[Enrolled]:
    made = [record for sample in samples for record in given.process(sample)]
    return [record for record in made if isinstance(record, Enrolled)]


def test_what_is_learned_becomes_a_record_each_time_that_it_changes() -> None:
    made = learned_by(pipeline(None, keeps=True), frames(5))
    assert [(one.participant_id, one.kind) for one in made] == [("p", GAZE)] * 2
    assert [gaze_of(one.content).yaw_deg for one in made] == [2, 10]
    assert [one.saved_at for one in made] == [at(0.25), at(2.25)]


def test_what_was_known_before_is_not_kept_again() -> None:
    assert learned_by(pipeline(USUAL, keeps=True), frames(0.25)) == []


def test_a_recording_keeps_nothing_of_it() -> None:
    assert learned_by(pipeline(None, keeps=False), frames(5)) == []
    assert learned_by(make_pipeline(), frames(1)) == []


# --- a server that starts anew ---------------------------------------------------------------


@pytest.fixture
def exams(monkeypatch: pytest.MonkeyPatch) -> list[Exam]:
    """What the analysers of each session were told."""
    told: list[Exam] = []

    def create(names: object, media: object, exam: Exam) -> list[Learner]:
        told.append(exam)
        return [Learner(exam)]

    monkeypatch.setattr(proctoring.live.measuring, "create_analysers", create)
    return told


def sit(services: Services, participant_id: str, count: int) -> None:
    """So many pictures in a session, which then ends as if nobody fed it."""
    seat, _, _ = services.open_page(participant_id)
    for number in range(count):
        seat.session.offer(VideoFrame(number / 4, GREY))
        wait_for_frame(seat.session, number / 4)
    services._seats.end(participant_id)


def wait_for_frame(session: Any, t: float) -> None:
    """Until it was looked at: a newer one would take its place."""
    pipeline = session._watch._stretches.pipeline
    wait_until(lambda: pipeline.scene is not None and pipeline.scene.t == t)


def test_a_server_that_starts_anew_goes_on_with_what_was_learned(
    tmp_path: Path, exams: list[Exam]
) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    policy = Policy(frozenset({"book"}))
    with closing(Services(settings)) as services:
        meeting = make_meeting(services, policy=policy)[0]
        ann, _ = services.join(meeting.id, "Ann", "v1")
        sit(services, ann.id, 3)
    with closing(Services(settings)) as services:
        sit(services, ann.id, 11)
    with closing(Services(settings)) as services:
        sit(services, ann.id, 1)
    assert [exam.policy for exam in exams] == [policy] * 3
    yaws = [exam.enrolment.gaze and exam.enrolment.gaze.yaw_deg for exam in exams]
    assert yaws == [None, 2, 10]


def test_what_is_learned_while_nobody_can_say_what_was_known_is_not_kept(
    tmp_path: Path, exams: list[Exam], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(participant_id: str) -> list[Enrolled]:
        raise StoreError("the line is cut")

    with closing(Services(Settings(data_dir=tmp_path / "data"))) as services:
        meeting = make_meeting(services)[0]
        ann, _ = services.join(meeting.id, "Ann", "v1")
        services.store.save_enrolment(
            Enrolled(ann.id, GAZE, WHOLE[GAZE], datetime.now(UTC) - timedelta(minutes=9))
        )
        with monkeypatch.context() as patch:
            patch.setattr(services.store, "enrolments", fail)
            sit(services, ann.id, 11)
        while services.writer.waiting:
            pass
        (kept,) = services.store.enrolments(ann.id)
    assert exams[0].enrolment == Enrolment()
    assert kept.content == WHOLE[GAZE]

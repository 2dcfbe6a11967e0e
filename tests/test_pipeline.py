from collections.abc import Iterable
from typing import ClassVar

import cv2
import numpy as np
import pytest
from making import GREY, START, Meter, at, faces, frames, make_pipeline, rule
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument

from proctoring.analysers.camera import CameraHealth
from proctoring.perception import mesh
from proctoring.perception.mesh import Mesh, NoMesh, face_mesh
from proctoring.perception.scene import Beat, Perception, Scene
from proctoring.types import (
    AudioChunk,
    Evidence,
    Face,
    Measured,
    Observation,
    Occurrence,
    Tick,
    VideoFrame,
)


def run(pipeline, samples):
    return [record for sample in samples for record in pipeline.process(sample)]


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def ticks(count, rate=2.0):
    return [Tick(i / rate) for i in range(count)]


class Listener:
    name: ClassVar[str] = "listener"
    title: ClassVar[str] = "Listener"
    medium: ClassVar[str] = "microphone"
    explains: ClassVar[str] = ""
    accepts: ClassVar[type] = AudioChunk
    rules: ClassVar[tuple] = (rule(kind="k", signal="s", enter_after_s=0),)

    def analyse(self, chunk: AudioChunk) -> Iterable[Observation]:
        value = 2.0 if chunk.t == 10 else 1.0
        yield Observation(chunk.end_t, "s", value, span=(chunk.t, chunk.end_t))


def test_an_occurrence_is_kept_before_its_picture():
    pipeline = make_pipeline(Meter([2] * 10))
    pipeline.process(next(frames(1)))
    records = run(pipeline, ticks(10))
    opened, picture = records[:2]
    assert isinstance(opened, Occurrence)
    assert isinstance(picture, Evidence)
    assert picture.occurrence_id == opened.id
    assert picture.media_type == "image/jpeg"


def test_boxes_are_drawn_on_the_picture_that_they_were_seen_in():
    class Late(Meter):
        accepts: ClassVar[type] = Scene

        def analyse(self, scene: Scene) -> Iterable[Observation]:
            yield Observation(scene.t, "face_count", 2, boxes=((9, 9, 40, 40),), seen_t=0.25)

    pipeline = make_pipeline(Late([]))
    shades = [VideoFrame(i / 4, np.full((48, 64, 3), 40 * i, np.uint8)) for i in range(6)]
    pipeline._rules = type(pipeline._rules)(
        [rule(enter_after_s=0.5)], meeting_id="m", participant_id="p", started_at=START
    )
    (picture,) = of(Evidence, run(pipeline, shades))
    image = cv2.imdecode(np.frombuffer(picture.data, np.uint8), cv2.IMREAD_COLOR)
    assert abs(int(image[2, 60].mean()) - 40) < 4
    assert picture.captured_at == at(0.25)


def test_the_sound_clip_comes_when_its_end_has_been_heard():
    pipeline = make_pipeline(Listener())
    second = np.full(16_000, 0.1, np.float32)
    kept = []
    for t in range(20):
        for item in of(Evidence, pipeline.process(AudioChunk(float(t), second))):
            kept.append((t, item))
    (t, clip), (drawn_t, drawing) = kept
    assert (clip.media_type, drawing.media_type) == ("audio/wav", "image/jpeg")
    assert t == drawn_t == 13, "span ends at 11 s, three seconds more"
    assert len(clip.data) == 44 + 2 * 16_000 * 7, "7 s to 14 s"


def test_a_session_that_ends_keeps_the_clip_as_far_as_it_goes():
    pipeline = make_pipeline(Listener())
    for t in range(11):
        pipeline.process(AudioChunk(float(t), np.zeros(16_000, np.float32)))
    clip, _ = of(Evidence, pipeline.close(11))
    assert len(clip.data) == 44 + 2 * 16_000 * 4


def test_a_broken_analyser_is_off_and_shown_as_not_measured_and_the_others_go_on():
    class Broken(Meter):
        name: ClassVar[str] = "broken"
        title: ClassVar[str] = "Broken"
        rules: ClassVar[tuple] = (rule(kind="other", signal="other"),)

        def analyse(self, sample):
            raise RuntimeError("bad model")

    pipeline = make_pipeline(Broken([]), Meter([2] * 40))
    records = run(pipeline, ticks(40)) + pipeline.close(20)
    assert next(o.kind for o in of(Occurrence, records)) == "multiple_faces"
    assert pipeline.broken == {"broken": "Broken"}
    spans = [span for group in of(tuple, records) for span in group if span.signal == "other"]
    assert {(span.state, span.reason) for span in spans} == {
        (Measured.NOT_MEASURED, "the analyser stopped working")
    }


def test_faces_are_looked_for_once_a_frame_and_only_if_asked():
    calls = []

    def detect(image):
        calls.append(image)
        return faces(1)(image)

    pipeline = make_pipeline(Meter([]))
    pipeline._perception = Perception(detect_faces=detect)
    pipeline.process(next(frames(1)))
    assert calls == []
    assert pipeline.scene is not None
    assert pipeline.scene.faces == pipeline.scene.faces
    assert len(calls) == 1


def test_the_same_samples_give_the_same_records():
    def records():
        got = run(make_pipeline(Meter([2] * 10)), ticks(10))
        return [(r.kind, r.opened_at, r.value) for r in of(Occurrence, got)]

    assert records() == records() != []


def test_coverage_is_told_as_the_exam_goes_on():
    pipeline = make_pipeline(CameraHealth(), count=0)
    noise = np.random.default_rng(0)
    samples = [
        type(frame)(frame.t, noise.integers(0, 255, GREY.shape, np.uint8)) for frame in frames(12)
    ]
    groups = of(tuple, run(pipeline, samples))
    assert groups, "before the session closed"
    assert {span.signal for span in groups[0]} == set(pipeline.signals)


def test_a_mesh_is_looked_for_where_the_last_one_was_and_after_a_while_anew():
    given = []

    def trace(_image, near):
        given.append(type(near).__name__)
        return Mesh(np.array([[10, 10, 0], [50, 50, 0]], np.float32), 1.0)

    pipeline = make_pipeline(Meter([]))
    pipeline._perception = Perception(detect_faces=faces(1), trace_face=trace)
    for t in (0.0, 0.5, 0.75, 5.0):
        pipeline.process(VideoFrame(t, GREY))
        assert pipeline.scene is not None
        assert pipeline.scene.traced is None
        if t != 0.5:  # nobody asks in this one
            assert pipeline.scene.mesh is pipeline.scene.mesh is not None
    assert given == ["Face", "Mesh", "Face"]


def test_who_looks_as_often_looks_at_the_same_pictures():
    early, late = Beat(0.5), Beat(0.5)
    times = [0.1 + 0.24 * i for i in range(20)]
    seen_early = [t for t in times if early.is_due(t)]
    seen_late = [t for t in times if t > 1.2 and late.is_due(t)]
    assert len(seen_early) == 10
    assert seen_late[1:] == [t for t in seen_early if t > seen_late[0]]


def test_points_that_are_lost_are_looked_for_anew_and_else_missing():
    def trace(_image, near):
        if isinstance(near, Mesh) or broken:
            raise NoMesh
        return Mesh(np.array([[10, 10, 0], [50, 50, 0]], np.float32), 1.0)

    broken = False
    pipeline = make_pipeline(Meter([]))
    pipeline._perception = Perception(detect_faces=faces(1), trace_face=trace)
    for t in (0.0, 0.25):
        pipeline.process(VideoFrame(t, GREY))
        assert pipeline.scene.mesh is not None
    broken = True
    pipeline.process(VideoFrame(0.5, GREY))
    assert pipeline.scene.mesh is None
    assert pipeline.scene.embedding is None


def test_a_mesh_network_that_fails_in_itself_has_found_nothing(monkeypatch):
    """Its cut-outs of eyes and lips can fall outside of its input, after a fast tilt say."""

    class Failing:
        def run(self, *_):
            raise InvalidArgument("GatherND: invalid index")

    monkeypatch.setattr(mesh, "load", lambda name: Failing())
    with pytest.raises(NoMesh):
        face_mesh(GREY, Face((10, 10, 50, 50), 1.0))

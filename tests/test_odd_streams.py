"""Odd recordings, pictures and sounds: the right answer, and never a dead analyser."""

from __future__ import annotations

import math
import wave
from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import START
from material import SMALL
from odd_media import either, ffmpeg

from proctoring.analysers import analyser_types
from proctoring.media import read_chunks, read_frames, read_sound
from proctoring.perception.scene import PACKAGED, Scene
from proctoring.pipeline import Pipeline
from proctoring.policy.presets import PRESETS
from proctoring.types import AudioChunk, Tick, VideoFrame

# --- recordings ---------------------------------------------------------------------------


def test_a_recording_whose_picture_changes_size_in_midstream_goes_on(tmp_path):
    sizes = ["160x120", "64x48", "320x180", "32x240"]
    for size in sizes:
        lavfi = f"testsrc=s={size}:r=10:d=1"
        ffmpeg("-f", "lavfi", "-i", lavfi, "-c:v", "mjpeg", "-f", "mjpeg", tmp_path / size)
    path = tmp_path / "changing.mjpeg"
    path.write_bytes(b"".join((tmp_path / size).read_bytes() for size in sizes))
    shapes = {frame.image.shape[1::-1] for frame in read_frames(path, 4)}
    assert {tuple(map(int, size.split("x"))) for size in sizes} <= shapes


def test_sound_that_is_no_number_is_silence(tmp_path):
    samples = np.sin(np.arange(16_000) / 9).astype("<f4")
    samples[4000:8000] = np.nan
    samples[8000:9000] = np.inf
    path = tmp_path / "nan.wav"
    (tmp_path / "raw").write_bytes(samples.tobytes())
    ffmpeg(
        "-f", "f32le", "-ar", 16_000, "-ac", 1, "-i", tmp_path / "raw", "-c:a", "pcm_f32le", path
    )
    sound = read_sound(path)
    assert np.isfinite(sound).all()
    assert np.abs(sound[:3900]).max() > 0.9


def test_a_sound_of_no_length_is_no_sound(tmp_path):
    path = tmp_path / "none.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
    chunks, sentence = either(lambda: list(read_chunks(path)))
    assert chunks == [] or "none.wav" in sentence


# --- analysers ----------------------------------------------------------------------------


noise = np.random.default_rng(7)


def odd_frames():
    def grey(height, width, value=128):
        return np.full((height, width, 3), value, np.uint8)

    face = cv2.imread(str(SMALL / "faces" / "sk_astronaut.jpg"), cv2.IMREAD_REDUCED_COLOR_2)
    return {
        "a face": face,
        "1×1": grey(1, 1),
        "1×640": grey(1, 640),
        "7×7": grey(7, 7),
        "8×8": grey(8, 8),
        "2×4000": grey(2, 4000),
        "4000×2": grey(4000, 2),
        "black": grey(240, 320, 0),
        "white": grey(240, 320, 255),
        "noise": noise.integers(0, 256, (96, 128, 3), np.uint8),
        "checked": np.repeat(np.indices((96, 128)).sum(0)[..., None] % 2 * 255, 3, 2).astype(
            np.uint8
        ),
        "half a face": face[:, : face.shape[1] * 2 // 5],
        "a small face": cv2.resize(face, None, fx=0.4, fy=0.4),
        "a large face": cv2.resize(face, None, fx=4, fy=4)[:480, :600],
        "a flat face": cv2.resize(face, (600, 40)),
        "a thin face": cv2.resize(face, (30, 600)),
        "not contiguous": face[:, ::-1],
        "read-only": np.frombuffer(face.tobytes(), np.uint8).reshape(face.shape),
        "the face again": face,
    }


@cache
def odd_scenes():
    """Shared, so that what a picture shows is perceived once for all analysers."""
    return tuple(
        Scene(VideoFrame(0.5 * number, image), REMEMBERING)
        for number, image in enumerate(odd_frames().values())
    )


def once(network):
    """Asked again about the same array, it answers as before. The arrays of `odd_scenes` stay."""
    answers = {}

    def ask(image):
        if id(image) not in answers:
            answers[id(image)] = network(image)
        return answers[id(image)]

    return ask


REMEMBERING = replace(
    PACKAGED,
    **{name: once(getattr(PACKAGED, name)) for name in ("examine_faces", "detect_objects")},
)


def odd_chunks():
    for number, samples in enumerate(
        [
            np.empty(0, np.float32),
            np.zeros(1, np.float32),
            np.zeros(8000, np.float32),
            np.full(8000, 1e-30, np.float32),
            -np.ones(8000, np.float32),
            np.ones(8000, np.float32),
            noise.uniform(-1, 1, 8000).astype(np.float32),
            noise.uniform(-1, 1, 160_000).astype(np.float32),
        ]
    ):
        yield AudioChunk(0.5 * number, samples)


def check(observations, analyser):
    signals = {rule.signal for rule in analyser.rules}
    for seen in observations:
        assert seen.signal
        assert 0 <= seen.confidence <= 1
        if seen.value is None:
            assert seen.reason or seen.signal not in signals, (
                f"{seen.signal} abstains without a word"
            )
        else:
            assert math.isfinite(seen.value), seen
        for left, top, right, bottom in seen.boxes:
            assert left <= right
            assert top <= bottom


def feed(analyser, samples):
    return [
        observation
        for sample in samples
        if isinstance(sample, analyser.accepts)
        for observation in analyser.analyse(sample)
    ]


@pytest.mark.parametrize("kind", analyser_types(), ids=lambda kind: kind.name)
def test_no_picture_and_no_sound_however_odd_breaks_an_analyser(kind):
    analyser = kind()
    check(feed(analyser, [*odd_scenes(), *odd_chunks(), Tick(30.0)]), analyser)


def test_a_pipeline_keeps_all_its_analysers_through_all_of_it():
    pipeline = Pipeline(
        [kind() for kind in analyser_types()],
        preset=PRESETS["standard"],
        meeting_id="m",
        participant_id="p",
        started_at=START,
        perception=REMEMBERING,
    )
    for scene in odd_scenes():
        pipeline.process(scene.frame)
    for chunk in odd_chunks():
        pipeline.process(chunk)
    pipeline.process(Tick(60.0))
    pipeline.close(61.0)
    assert pipeline.broken == {}


@settings(max_examples=6, deadline=None)
@given(
    sizes=st.lists(st.tuples(st.integers(1, 90), st.integers(1, 90)), min_size=2, max_size=3),
    seed=st.integers(0, 1000),
)
def test_pictures_of_any_size_one_after_the_other_break_nothing(sizes, seed):
    random = np.random.default_rng(seed)
    analysers = [kind() for kind in analyser_types()]
    for number, (height, width) in enumerate(sizes):
        image = random.integers(0, 256, (height, width, 3), np.uint8)
        scene = Scene(VideoFrame(2.0 * number, image))
        for analyser in analysers:
            check(feed(analyser, [scene]), analyser)

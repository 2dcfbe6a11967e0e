"""The health of camera and microphone: technical incidents, on synthetic samples."""

import numpy as np
import pytest
from making import make_pipeline

from proctoring.analysers.camera import CameraHealth
from proctoring.analysers.microphone import MicrophoneHealth, level_db
from proctoring.types import AudioChunk, Category, Occurrence, Tick, VideoFrame

RNG = np.random.default_rng(7)
ROOM = RNG.integers(30, 220, (60, 80, 3)).repeat(8, 0).repeat(8, 1).astype(np.uint8)


def noisy(image, sigma=3.0):
    return np.clip(image + RNG.normal(0, sigma, image.shape), 0, 255).astype(np.uint8)


def kinds(analyser, samples, count=0):
    pipeline = make_pipeline(analyser, count=count)
    records = [record for sample in samples for record in pipeline.process(sample)]
    opened = [r for r in records if isinstance(r, Occurrence) and r.closed_at is None]
    assert all(occurrence.category is Category.TECHNICAL for occurrence in opened)
    return {occurrence.kind for occurrence in opened}


def pictures(image, seconds=12):
    return [VideoFrame(i / 4, image(i)) for i in range(seconds * 4)]


def test_a_room_without_anybody_is_no_fault_of_the_camera():
    assert kinds(CameraHealth(), pictures(lambda i: noisy(ROOM))) == set()


@pytest.mark.parametrize("colour", [(0, 0, 0), (12, 12, 12), (20, 30, 90), (200, 200, 200)])
def test_a_cap_a_thumb_or_a_sticker_covers_the_camera(colour):
    cover = np.full((480, 640, 3), colour, np.uint8)
    assert kinds(CameraHealth(), pictures(lambda i: noisy(cover))) == {"camera_covered"}


def test_a_dark_picture_with_a_face_is_not_covered():
    dark = np.full((480, 640, 3), 12, np.uint8)
    assert "camera_covered" not in kinds(CameraHealth(), pictures(lambda i: noisy(dark)), count=1)


def test_the_same_picture_again_and_again_is_frozen():
    assert kinds(CameraHealth(), pictures(lambda i: ROOM)) == {"camera_frozen"}


def test_an_encoders_key_frame_does_not_hide_a_frozen_picture():
    pulse = noisy(ROOM, 2)
    frozen = pictures(lambda i: pulse if i % 12 == 0 else ROOM)
    assert kinds(CameraHealth(), frozen) == {"camera_frozen"}


def test_a_picture_that_changes_its_size_is_not_compared_with_another():
    images = [noisy(ROOM), noisy(ROOM[::2, ::2])]
    assert kinds(CameraHealth(), pictures(lambda i: images[i // 20 % 2])) <= {"camera_frozen"}


def test_pictures_that_stop_are_lost_while_sound_or_the_clock_goes_on():
    begun = pictures(lambda i: noisy(ROOM), seconds=2)
    assert kinds(CameraHealth(), [*begun, *(Tick(2.0 + i) for i in range(15))]) == {"video_lost"}
    silence = np.zeros(8000, np.float32)
    sound = [AudioChunk(2 + i / 2, silence) for i in range(30)]
    assert kinds(CameraHealth(), [*begun, *sound]) == {"video_lost"}


def test_a_short_hole_is_not_a_loss():
    late = [VideoFrame(8.0 + i / 4, noisy(ROOM)) for i in range(20)]
    begun = pictures(lambda i: noisy(ROOM), seconds=2)
    assert kinds(CameraHealth(), [*begun, *(Tick(3.0 + i) for i in range(5)), *late]) == set()


def sounds(samples, seconds=30):
    return [AudioChunk(i / 2, samples().astype(np.float32)) for i in range(seconds * 2)]


def test_a_quiet_room_is_not_a_silent_microphone():
    assert kinds(MicrophoneHealth(), sounds(lambda: RNG.normal(0, 10 ** (-68 / 20), 8000))) == set()


@pytest.mark.parametrize("offset", [0.0, 0.01])
def test_a_muted_microphone_is_silent_whatever_its_offset(offset):
    assert kinds(MicrophoneHealth(), sounds(lambda: np.full(8000, offset))) == {"microphone_silent"}


def test_sound_that_stops_is_lost():
    begun = sounds(lambda: RNG.normal(0, 0.01, 8000), seconds=2)
    assert kinds(MicrophoneHealth(), [*begun, *(Tick(2.0 + i) for i in range(15))]) == {
        "audio_lost"
    }


def test_the_level_is_in_decibels_of_full_scale():
    tone = np.sin(np.arange(16_000) * 0.1).astype(np.float32)
    assert level_db(AudioChunk(0, tone)) == pytest.approx(-3.0, abs=0.1)
    assert level_db(AudioChunk(0, tone[:0])) == -100

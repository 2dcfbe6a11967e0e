import itertools

import av
import numpy as np
import pytest

from proctoring.live.capture import Capture, stream_constraints
from proctoring.types import AudioChunk, VideoFrame


def picture(width=1280, height=720):
    return av.VideoFrame.from_ndarray(np.zeros((height, width, 3), np.uint8), "bgr24")


def sound(count, first=0):
    """20 ms each of stereo at 48 kHz, as browsers send it."""
    tone = (np.sin(np.arange(960) / 10) * 20000).astype(np.int16)
    frames = []
    for i in range(first, first + count):
        frame = av.AudioFrame.from_ndarray(np.repeat(tone, 2)[None], "s16", "stereo")
        frame.sample_rate, frame.pts = 48_000, i * 960
        frames.append(frame)
    return frames


def hear(capture, frames):
    for frame in frames:
        capture.on_sound(frame)


def test_video_is_thinned_to_the_rate_and_made_smaller():
    got, ticks = [], itertools.count()
    capture = Capture(got.append, lambda: next(ticks) / 30, frames_per_s=2)
    for _ in range(60):
        frame = picture()
        assert capture.on_video(frame) is frame
    assert len(got) == 5, "two seconds, with the first and the last picture"
    assert all(isinstance(sample, VideoFrame) for sample in got)
    assert got[0].image.shape == (360, 640, 3)


@pytest.mark.parametrize("sent_per_s", [4, 5, 8, 10, 15, 30])
def test_the_rate_is_kept_whatever_the_browsers_own_is_and_however_it_wavers(sent_per_s):
    got, random = [], np.random.default_rng(0)
    wavers = random.uniform(-0.02, 0.02, 60 * sent_per_s)
    times = iter(np.arange(60 * sent_per_s) / sent_per_s + wavers + 1)
    capture = Capture(got.append, lambda: next(times), frames_per_s=4)
    for _ in range(60 * sent_per_s):
        capture.on_video(picture(64, 48))
    assert len(got) == pytest.approx(60 * 4, abs=3)
    assert np.diff([sample.t for sample in got]).min() > 0.12


def test_after_a_gap_pictures_do_not_come_in_a_rush():
    got, now = [], [0.0]
    capture = Capture(got.append, lambda: now[0], frames_per_s=4)
    for now[0] in (0.0, 0.25, 30.0, 30.05, 30.1, 30.15, 30.25):
        capture.on_video(picture(64, 48))
    assert [sample.t for sample in got] == [0.0, 0.25, 30.0, 30.25]


@pytest.mark.parametrize(
    ("size", "shape"), [((320, 240), (240, 320, 3)), ((640, 480), (480, 640, 3))]
)
def test_a_small_picture_is_not_blown_up(size, shape):
    got = []
    Capture(got.append, lambda: 1.0).on_video(picture(*size))
    assert got[0].image.shape == shape


def test_sound_becomes_mono_16_khz_half_second_chunks():
    got, clock = [], itertools.count()
    capture = Capture(got.append, lambda: 1.0 + next(clock) * 0.5)
    hear(capture, sound(60))
    assert len(got) == 2
    assert all(isinstance(sample, AudioChunk) for sample in got)
    assert got[0].samples.shape == (8000,)
    assert got[0].samples.dtype == np.float32
    assert 0.5 < np.abs(got[0].samples).max() <= 1.0


def test_the_time_of_sound_counts_samples_so_a_late_callback_does_not_move_it():
    got, now = [], [10.0]
    capture = Capture(got.append, lambda: now[0])
    hear(capture, sound(55))
    now[0] += 1.3  # 0.3 s late
    hear(capture, sound(50, first=55))
    times = [chunk.t for chunk in got]
    assert np.diff(times) == pytest.approx(0.5)


def test_after_lost_sound_the_clock_sets_the_time_anew():
    got, now = [], [10.0]
    capture = Capture(got.append, lambda: now[0])
    hear(capture, sound(30))
    now[0] += 20
    hear(capture, sound(30, first=30))
    assert got[-1].t == pytest.approx(29.5)


def test_a_page_that_lost_the_seat_is_not_listened_to():
    got = []
    capture = Capture(got.append, lambda: 1.0, is_current=lambda: False)
    capture.on_video(picture())
    hear(capture, sound(60))
    assert got == []


def test_nothing_that_goes_wrong_leaves_a_callback():
    def offer(sample):
        raise RuntimeError

    capture = Capture(offer, lambda: 0.0)
    frame = picture()
    assert capture.on_video(frame) is frame
    for frame in sound(60):
        assert capture.on_sound(frame) is frame


def test_sound_comes_in_packets_of_any_length():
    got, clock = [], itertools.count()
    capture = Capture(got.append, lambda: 1.0 + next(clock) * 0.5)
    for i in range(20):
        tone = np.zeros((1, 2880 * 2), np.int16)
        frame = av.AudioFrame.from_ndarray(tone, "s16", "stereo")
        frame.sample_rate, frame.pts = 48_000, i * 2880
        assert capture.on_sound(frame) is frame
    assert [len(chunk.samples) for chunk in got] == [8000, 8000]


def test_only_the_media_that_are_measured_are_asked_for():
    assert stream_constraints(frozenset({"camera"}))["audio"] is False
    constraints = stream_constraints(frozenset({"camera", "microphone"}))
    assert constraints["audio"]["noiseSuppression"] is False, "it would filter out a second voice"

import hashlib
import io
import wave

import cv2
import numpy as np
import pytest
from making import GREY, START

from proctoring import evidence
from proctoring.types import AudioChunk


def test_a_picture_shows_the_boxes_and_carries_its_hash():
    item = evidence.picture("o", START, GREY, [(20, 30, 120, 130)])
    image = cv2.imdecode(np.frombuffer(item.data, np.uint8), cv2.IMREAD_COLOR)
    assert image.shape == GREY.shape
    assert np.abs(image[80, 20].astype(int) - 128).max() > 40, "the box's left edge"
    assert np.abs(image[80, 70].astype(int) - 128).max() < 10, "its inside"
    assert item.sha256 == hashlib.sha256(item.data).hexdigest()
    assert GREY.min() == GREY.max(), "the frame itself is untouched"


def test_a_clip_is_a_wav_of_the_same_length():
    item = evidence.clip("o", START, np.zeros(8000, np.float32), 16_000)
    with wave.open(io.BytesIO(item.data)) as reader:
        assert (reader.getframerate(), reader.getnframes()) == (16_000, 8000)


def ring(*chunks):
    sound = evidence.SoundRing()
    for chunk in chunks:
        sound.add(chunk)
    return sound


def test_the_ring_cuts_by_media_time_across_chunks():
    ramp = np.arange(16_000 * 4, dtype=np.float32)
    sound = ring(*(AudioChunk(i / 2, ramp[i * 8000 : (i + 1) * 8000]) for i in range(8)))
    cut = sound.cut(0.75, 2.25)
    np.testing.assert_array_equal(cut, ramp[12_000:36_000])


def test_a_hole_in_the_sound_is_left_out():
    second = np.ones(16_000, np.float32)
    assert len(ring(AudioChunk(0, second), AudioChunk(5, second)).cut(0.5, 5.5)) == 16_000


def test_the_ring_forgets_what_is_old():
    second = np.ones(16_000, np.float32)
    sound = ring(*(AudioChunk(float(i), second) for i in range(200)))
    assert len(sound.cut(0, 200)) <= (evidence.RING_S + 1) * 16_000


@pytest.mark.parametrize(
    ("span", "times"),
    [((10, 12), (8, 14)), ((0.5, 3), (0, 5)), ((10, 40), (27, 42))],
)
def test_a_clip_begins_before_and_ends_after_and_is_bounded(span, times):
    assert evidence.clip_times(span) == times

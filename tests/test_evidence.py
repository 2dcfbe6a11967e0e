import io
import wave

import cv2
import numpy as np
import pytest
from making import START

from proctoring import evidence, waveform
from proctoring.perception.level import level_db
from proctoring.types import AudioChunk, Observation


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
    [((10, 12), (7, 15)), ((0.5, 3), (0, 6)), ((10, 40), (28, 43))],
)
def test_a_clip_begins_before_and_ends_after_and_is_bounded(span, times):
    assert evidence.clip_times(span) == times


def columns(image, colour, *, tolerance=40):
    """Where in the picture, from left to right, that colour is; in shares of its width."""
    near = np.abs(image.astype(int) - colour).max(axis=2) < tolerance
    found = np.flatnonzero(near[60:200].sum(axis=0) > 3)
    return found / image.shape[1]


BLUE, ORANGE, MARK = (178, 114, 0), (0, 94, 213), (0, 60, 178)  # BGR


def test_the_waveform_has_the_colours_of_those_who_are_heard_and_marks_the_incident():
    sound, rng = evidence.SoundRing(), np.random.default_rng(0)
    for second in range(20):
        noise = rng.normal(0, 0.05, 16_000).astype(np.float32)
        sound.add(AudioChunk(float(second), noise))
        whose = 1 if second < 12 else 2
        span = (float(second), second + 1.0)
        sound.note(Observation(second + 2, "voice", whose, span=span))
        sound.note(Observation(second + 2, "speaker_count", 2, span=span))
    drawn = sound.draw((10, 14), (12, 13), "More than one voice", "2 voices")
    item = evidence.drawing("o", START, drawn)
    assert item.media_type == "image/jpeg"
    image = cv2.imdecode(np.frombuffer(item.data, np.uint8), cv2.IMREAD_COLOR)
    own, other = columns(image, BLUE), columns(image, ORANGE)
    assert own.max() < 0.52 < 0.55 < other.max()
    assert other.min() > 0.48
    marked = np.flatnonzero(np.abs(image[59].astype(int) - MARK).max(axis=1) < 60)
    assert marked.min() / image.shape[1] == pytest.approx(0.5, abs=0.02)
    assert marked.max() / image.shape[1] == pytest.approx(0.74, abs=0.02)


def test_a_hole_in_the_sound_keeps_its_place_in_the_waveform():
    second = np.full(16_000, 0.1, np.float32)
    laid = ring(AudioChunk(0, second), AudioChunk(2, second))._laid(0.5, 3.5)
    assert len(laid) == 2.5 * 16_000, "as far as there is any"
    assert [round(float(laid[int(t * 16_000)]), 1) for t in (0.1, 0.7, 1.4, 1.6)] == [
        0.1,
        0,
        0,
        0.1,
    ]


def test_the_waveform_of_hardly_any_sound_is_a_picture_too():
    for sound in (np.empty(0, np.float32), np.zeros(3, np.float32)):
        assert waveform.draw(sound, 5.0, [], [(5, 6)], "Voices", "").shape[1] == waveform.WIDTH


def test_level_is_in_decibels_of_full_scale():
    assert level_db(np.full(100, 0.1, np.float32)) == pytest.approx(-20)
    assert level_db(np.empty(0, np.float32)) == -100

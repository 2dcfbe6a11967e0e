"""A stream that is filtered once, however often it is looked at."""

import numpy as np
import pytest

from proctoring.media import read_sound
from proctoring.perception.segmentation import (
    FILTER_STEP,
    LONGEST,
    SHORTEST,
    Filters,
    filter_sound,
    segment,
)
from tests.material import SMALL


@pytest.fixture(scope="module")
def sound():
    return read_sound(SMALL / "audio" / "two_voices.flac")


def test_what_was_filtered_before_gives_what_all_of_it_gives(sound):
    filters, step, oldest = Filters(), 48 * 480, 0
    for end in range(step, len(sound), step):
        start = max(oldest, end - LONGEST)
        part = sound[start:end]
        filtered = filters.of(sound[oldest:end], start - oldest)
        whole = filter_sound(part)
        assert filtered.shape == whole.shape
        np.testing.assert_allclose(filtered, whole, atol=1e-5)
        alike = (segment(part, filtered) == segment(part)).all(axis=1)
        assert alike.mean() > 0.99  # eight bits are measured out by the largest number
        if end - oldest > LONGEST:
            filters.forget(step)
            oldest += step
    assert oldest > 0


def test_a_long_silence_in_which_nobody_asked_is_no_hole(sound):
    filters = Filters()
    filters.of(sound[:16_000], 0)
    filters.forget(23_040)
    later = sound[23_040:60_000]
    np.testing.assert_allclose(filters.of(later, 0), filter_sound(later), atol=1e-5)


@pytest.mark.parametrize("offset", [0.0, 0.2])
@pytest.mark.parametrize("loudness", [1.0, 0.5])
def test_neither_loudness_nor_an_offset_changes_who_is_heard(sound, offset, loudness):
    """The network brings what it hears to one loudness; its filters come before that now."""
    part = sound[:LONGEST]
    changed = (part * loudness + offset).astype(np.float32)
    alike = (segment(changed) == segment(part)).all(axis=1)
    assert alike.mean() > 0.95


def test_a_second_is_enough_and_too_little_is_no_column(sound):
    assert segment(sound[:SHORTEST]).shape[1] == 3
    assert filter_sound(sound[:270]).shape[2] == 0
    assert filter_sound(sound[: 271 + FILTER_STEP]).shape[2] == 2

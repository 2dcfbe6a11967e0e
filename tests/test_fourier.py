"""OpenCV's transform against NumPy's."""

import numpy as np
import pytest

from proctoring.perception.fourier import autocorrelation, power


@pytest.mark.parametrize(("length", "points"), [(400, 400), (400, 512), (640, 1024), (2, 2)])
@pytest.mark.parametrize("count", [0, 1, 7])
def test_power_and_autocorrelation_are_numpys(length, points, count):
    frames = np.random.default_rng(0).standard_normal((count, length)).astype(np.float32)
    expected = np.abs(np.fft.rfft(frames.astype(np.float64), points, axis=1)) ** 2
    found = power(frames, points)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4 * length)
    same = autocorrelation(found)
    np.testing.assert_allclose(same, np.fft.irfft(expected, points, axis=1), atol=1e-3 * length)


def test_a_frame_that_repeats_itself_is_most_like_itself_a_period_later():
    frame = np.sin(2 * np.pi * np.arange(640) / 100).astype(np.float32)
    same = autocorrelation(power(frame[None], 2048))[0]
    assert 60 + int(same[60:140].argmax()) == pytest.approx(100, abs=2)

"""How periodic short frames of sound are, by the autocorrelation of what lies below 1.5 kHz.

The window's own autocorrelation is divided out, so that a frame that repeats itself perfectly has 1
at its period (Boersma 1993: "Accurate short-term analysis of the fundamental frequency").
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from proctoring.perception import fourier
from proctoring.types import SAMPLE_RATE

FRAME = 640  # samples, 40 ms: three periods of a low voice
FFT = 1024  # room for the longest period beside the frame
SHORTEST, LONGEST = 40, 230  # samples, of a period: 400 to 70 Hz
PITCH_HZ = (70.0, 1500.0)

Floats = npt.NDArray[np.float32]


def spectrum(frames: Floats) -> Floats:
    """(n, FRAME) -> (n, FFT / 2 + 1), power."""
    return fourier.power(frames * _window(), FFT)


def alike(power: Floats) -> Floats:
    """(n, LONGEST - SHORTEST): for each period, how like itself a frame is so much later."""
    same = fourier.autocorrelation(power * band(*PITCH_HZ))
    shares = same[:, SHORTEST:LONGEST] / np.maximum(same[:, :1], 1e-12)
    return np.asarray(shares / _window_alike()[SHORTEST:LONGEST], np.float32)


@cache
def band(low_hz: float, high_hz: float) -> npt.NDArray[np.bool_]:
    """Which of a spectrum's bins lie there."""
    hz = np.fft.rfftfreq(FFT, 1 / SAMPLE_RATE)
    return np.asarray((hz >= low_hz) & (hz < high_hz))


@cache
def _window() -> Floats:
    return np.hanning(FRAME).astype(np.float32)


@cache
def _window_alike() -> Floats:
    same = fourier.autocorrelation(fourier.power(_window()[None], FFT))[0]
    return np.asarray(same / same[0], np.float32)

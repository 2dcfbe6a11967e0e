"""Kaldi's log mel filter bank, which networks for speaker verification are trained on.

What Kaldi's `compute-fbank-feats` gives with 80 bands and `dither` 0: each frame less its mean,
pre-emphasis, Povey's window, power spectrum of 512 points, triangles on Kaldi's mel scale from
20 Hz to 8 kHz, natural logarithm. Samples are -1..1 as torchaudio gives them to the same code, and
not 16-bit numbers: only how near to digital silence the logarithm's floor lies depends on it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt

from proctoring.perception import fourier
from proctoring.types import SAMPLE_RATE, Sound

FRAME = 400  # samples, 25 ms
HOP = 160  # samples, 10 ms
BANDS = 80
LOWEST_HZ, HIGHEST_HZ = 20.0, SAMPLE_RATE / 2
PRE_EMPHASIS = 0.97
FLOOR = np.float32(np.finfo(np.float32).eps)  # of a band's power, before the logarithm

_POINTS = 512  # of the Fourier transform: the next power of two

Fbank = npt.NDArray[np.float32]  # (frames, 80)
Power = Callable[[npt.NDArray[np.float32], int], npt.NDArray[np.float32]]


def fbank(
    samples: Sound, rows: npt.NDArray[np.int_] | None = None, power: Power = fourier.power
) -> Fbank:
    """One row for each 10 ms that a whole frame of 25 ms fits into, or only these of them."""
    if len(samples) < FRAME:
        return np.empty((0, BANDS), np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP]
    frames = frames if rows is None else frames[rows]
    frames = frames - frames.mean(axis=1, keepdims=True)
    before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    shaped = (frames - np.float32(PRE_EMPHASIS) * before) * _povey()
    return np.log(np.maximum(power(shaped, _POINTS) @ _triangles(), FLOOR))


@cache
def _povey() -> npt.NDArray[np.float32]:
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / (FRAME - 1))
    return (hann**0.85).astype(np.float32)


@cache
def _triangles() -> npt.NDArray[np.float32]:
    """(257, 80): triangles in mel, not in Hz, between points equally far apart in mel."""
    points = np.linspace(_mel(LOWEST_HZ), _mel(HIGHEST_HZ), BANDS + 2)
    bins = _mel(np.fft.rfftfreq(_POINTS, 1 / SAMPLE_RATE))[:, None]
    rise = (bins - points[:-2]) / np.diff(points)[:-1]
    fall = (points[2:] - bins) / np.diff(points)[1:]
    triangles = np.maximum(0, np.minimum(rise, fall)).astype(np.float32)
    triangles[-1] = 0  # Kaldi leaves the last point out
    return triangles


def _mel(hz: npt.ArrayLike) -> npt.NDArray[np.float64]:
    return np.asarray(1127.0 * np.log(1.0 + np.asarray(hz) / 700.0))

"""A voice as 256 numbers: Resemblyzer's GE2E speaker encoder on NumPy and ONNX Runtime.

Generalized end-to-end loss for speaker verification (Wan et al., 2018): two stretches of
speech of one person point in nearly the same direction, those of two people less so. The
front end repeats librosa's mel spectrogram as Resemblyzer calls it (`win_length` 400,
`hop_length` 160, Hann, Slaney mel scale and norm, power and not its logarithm).
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from proctoring.perception import fourier, models
from proctoring.types import SAMPLE_RATE, Sound

HOP = 160  # samples, 10 ms from one mel frame to the next
FRAME = 400  # samples, 25 ms heard by one mel frame
BANDS = 40
FRAMES = 160  # mel frames of one embedding
WINDOW = (
    FRAME + (FRAMES - 1) * HOP
)  # samples, 1.6 s or 160 mel frames: what one embedding is made from
TARGET_POWER = 10 ** (-30 / 10)  # of full scale: the level that Resemblyzer normalises to

Mel = npt.NDArray[np.float32]  # (frames, 40), power
Embedding = npt.NDArray[np.float32]  # (256,), length 1, all components >= 0


def encode(windows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The product's encoder. Raises `models.ModelError` where the model cannot be read."""
    feed = {"mels": np.ascontiguousarray(windows, np.float32)}
    return models.load("ge2e").run(None, feed)[0]


def mel_spectrogram(samples: Sound) -> Mel:
    """One mel frame for each 10 ms that a whole frame of 25 ms fits into `samples`.

    Nothing is padded, so a stream can hand over consecutive pieces that overlap by
    `FRAME - HOP` samples and get the frames that the whole would have given.
    """
    if len(samples) < FRAME:
        return np.empty((0, BANDS), np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP]
    return fourier.power(frames * _hann(), FRAME) @ _filter_bank()


def window_at(samples: Sound, rows: npt.NDArray[np.int_]) -> Mel:
    """(160, 40) of the last of these mel frames, repeated where they are fewer, at that level.

    What one of two people says may be scraps between the other's words: they are put together.
    """
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP][rows[-FRAMES:]]
    power = max(float(np.mean(np.square(frames))), 1e-12)
    mel = fourier.power(frames * _hann(), FRAME) @ _filter_bank()
    return np.resize(mel, (FRAMES, BANDS)) * np.float32(TARGET_POWER / power)


def window_of(samples: Sound) -> Mel:
    """`WINDOW` samples as the encoder wants them: (160, 40), at Resemblyzer's level.

    The level is that of this window alone: a quiet second voice counts as much as a loud one.
    """
    power = max(float(np.mean(np.square(samples))), 1e-12)
    return mel_spectrogram(samples) * np.float32(TARGET_POWER / power)


@cache
def _hann() -> npt.NDArray[np.float32]:
    phase = 2 * np.pi * np.arange(FRAME) / FRAME  # periodic, as librosa's
    return (0.5 - 0.5 * np.cos(phase)).astype(np.float32)


@cache
def _filter_bank() -> npt.NDArray[np.float32]:
    """(201, 40): triangles between points that are equally far apart on Slaney's mel scale."""
    points = _mel_to_hz(np.linspace(0, _hz_to_mel(SAMPLE_RATE / 2), BANDS + 2))
    bins = np.fft.rfftfreq(FRAME, 1 / SAMPLE_RATE)
    rise = (bins[:, None] - points[:-2]) / np.diff(points)[:-1]
    fall = (points[2:] - bins[:, None]) / np.diff(points)[1:]
    area = 2 / (points[2:] - points[:-2])
    return (np.maximum(0, np.minimum(rise, fall)) * area).astype(np.float32)


_LINEAR_HZ = 200 / 3  # Hz for one mel below 1 kHz; above, 27 mels for a factor of 6.4
_KNEE_HZ = 1000.0
_KNEE_MEL = _KNEE_HZ / _LINEAR_HZ
_LOG_STEP = np.log(6.4) / 27


def _hz_to_mel(hz: float) -> float:
    if hz < _KNEE_HZ:
        return hz / _LINEAR_HZ
    return float(_KNEE_MEL + np.log(hz / _KNEE_HZ) / _LOG_STEP)


def _mel_to_hz(mel: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    logarithmic = _KNEE_HZ * np.exp(_LOG_STEP * (mel - _KNEE_MEL))
    return np.where(mel < _KNEE_MEL, mel * _LINEAR_HZ, logarithmic)

"""Raw sound, piece by piece, as a browser's sound graph gives it."""

from __future__ import annotations

import av
import numpy as np

from proctoring.types import SAMPLE_RATE, Sound

LEAST_RATE, MOST_RATE = 8_000, 192_000  # Hz


class PcmStream:
    """One stream of little-endian 16-bit mono samples at `rate`, as 16 kHz.

    Raises ValueError for a rate that no browser has, or half a sample.
    """

    def __init__(self, rate: int) -> None:
        if not LEAST_RATE <= rate <= MOST_RATE:
            raise ValueError(f"{rate} Hz")
        self._rate = rate
        self._resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)

    def take(self, data: bytes) -> Sound:
        if len(data) % 2:
            raise ValueError("half a sample")
        if not data:
            return np.empty(0, np.float32)
        frame = av.AudioFrame.from_ndarray(
            np.frombuffer(data, "<i2")[None], format="s16", layout="mono"
        )
        frame.sample_rate = self._rate
        pieces = [piece.to_ndarray().reshape(-1) for piece in self._resampler.resample(frame)]
        sound = np.concatenate(pieces) if pieces else np.empty(0, np.float32)
        return np.asarray(sound, np.float32)

"""From WebRTC to samples. Runs on streamlit-webrtc's callback threads.

A callback thins, converts, offers and returns: it does no analysis, waits for nothing and
never raises, because an exception here would end the candidate's stream.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import av
import numpy as np
from streamlit_webrtc import WebRtcMode

from proctoring.types import SAMPLE_RATE, AudioChunk, Image, Sample, VideoFrame

logger = logging.getLogger(__name__)

CHUNK_S = 0.5
MAX_DRIFT_S = 0.5  # counted samples against the clock: beyond it, sound was lost on the way
WIDTH = 640  # px; what is wider is made smaller before it is analysed


def stream_options(capture: Capture) -> dict[str, Any]:
    """How the page opens the stream; the loopback test opens it the same way.

    SENDONLY, because in SENDRECV a track that is not sent back is never read: with
    `sendback_audio=False` the audio callback is not called at all. The queued audio
    callback, because the one for single frames loses frames when it is late.
    """
    return {
        "mode": WebRtcMode.SENDONLY,
        "async_processing": True,
        "video_frame_callback": capture.on_video,
        "queued_audio_frames_callback": capture.on_audio,
    }


def stream_constraints(media: frozenset[str]) -> dict[str, Any]:
    """What is asked of the browser. Other people's voices must not be filtered away."""
    video = {
        "width": {"ideal": WIDTH},
        "height": {"ideal": 480},
        "frameRate": {"ideal": 15, "max": 15},
    }
    audio = {"echoCancellation": True, "noiseSuppression": False, "autoGainControl": False}
    return {
        "video": video if "camera" in media else False,
        "audio": audio if "microphone" in media else False,
    }


class Capture:
    """One open page's stream. `is_current` turns false when a newer page took the seat."""

    def __init__(
        self,
        offer: Callable[[Sample], None],
        clock: Callable[[], float],
        *,
        frames_per_s: float = 4.0,
        is_current: Callable[[], bool] = lambda: True,
    ) -> None:
        self._offer = offer
        self._clock = clock
        self._is_current = is_current
        self._period = 1 / frames_per_s
        self._next_video_t = 0.0
        self._audio_t: float | None = None  # s, where the next chunk begins
        self._resampler = av.AudioResampler(
            format="flt", layout="mono", rate=SAMPLE_RATE, frame_size=int(CHUNK_S * SAMPLE_RATE)
        )

    def on_video(self, frame: av.VideoFrame) -> av.VideoFrame:
        try:
            t = self._clock()
            if t >= self._next_video_t and self._is_current():
                self._next_video_t = t + self._period
                self._offer(VideoFrame(t, to_image(frame)))
        except Exception:
            logger.exception("Dropped a picture")
        return frame

    async def on_audio(self, frames: list[av.AudioFrame]) -> list[av.AudioFrame]:
        try:
            for frame in frames:
                for chunk in self._resampler.resample(frame):
                    self._offer_sound(chunk.to_ndarray().reshape(-1).astype(np.float32))
        except Exception:
            logger.exception("Dropped sound")
        return frames

    def _offer_sound(self, samples: np.ndarray[tuple[int], np.dtype[np.float32]]) -> None:
        """Media time of sound counts its samples; the clock only tells whether some are missing."""
        length = len(samples) / SAMPLE_RATE
        by_clock = max(0.0, self._clock() - length)
        if self._audio_t is None or abs(by_clock - self._audio_t) > MAX_DRIFT_S:
            self._audio_t = by_clock
        if self._is_current():
            self._offer(AudioChunk(self._audio_t, samples))
        self._audio_t += length


def to_image(frame: av.VideoFrame) -> Image:
    """BGR, at most `WIDTH` pixels wide, upright shape kept."""
    width = min(WIDTH, frame.width)
    height = max(1, round(frame.height * width / frame.width))
    return np.asarray(frame.reformat(width, height, format="bgr24").to_ndarray(), np.uint8)

"""From WebRTC to samples. Runs on the server's event loop, in streamlit-webrtc's callbacks.

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

from proctoring.live.codecs import ask_for_little
from proctoring.types import SAMPLE_RATE, AudioChunk, Image, Sample, Sound, VideoFrame

logger = logging.getLogger(__name__)

CHUNK_S = 0.5
MAX_DRIFT_S = 0.5  # counted samples against the clock: beyond it, sound was lost on the way
WIDTH = 640  # px; what is wider is made smaller before it is analysed
SENT_PER_S = 8  # pictures: twice as many as are analysed, for who watches live


def stream_options(capture: Capture) -> dict[str, Any]:
    """How the page opens the stream; the loopback test opens it the same way.

    SENDONLY, because in SENDRECV a track that is not sent back is never read: with
    `sendback_audio=False` the audio callback is not called at all. Not `async_processing`: that is
    two threads more for each candidate, and the callbacks are shorter than handing over to them.
    """
    ask_for_little()
    return {
        "mode": WebRtcMode.SENDONLY,
        "async_processing": False,
        "video_frame_callback": capture.on_video,
        "audio_frame_callback": capture.on_sound,
    }


def stream_constraints(media: frozenset[str]) -> dict[str, Any]:
    """What is asked of the browser. Other people's voices must not be filtered away.

    `max` stays at what every camera can do, because a browser that does not thin refuses less.
    """
    video = {
        "width": {"ideal": WIDTH},
        "height": {"ideal": 480},
        "frameRate": {"ideal": SENT_PER_S, "max": 15},
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
        least_period_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """`least_period_s`: from one picture to the next at this time, if that is longer than of
        `frames_per_s`."""
        self._offer = offer
        self._clock = clock
        self._is_current = is_current
        self._period = 1 / frames_per_s
        self._least_period_s = least_period_s
        self._video_due_t = 0.0
        self._video_t = -1e9  # s, when the newest came that was analysed
        self._audio_t: float | None = None  # s, where the next chunk begins
        self._resampler = av.AudioResampler(
            format="flt", layout="mono", rate=SAMPLE_RATE, frame_size=int(CHUNK_S * SAMPLE_RATE)
        )

    def on_video(self, frame: av.VideoFrame) -> av.VideoFrame:
        try:
            self.take_picture(lambda: frame)
        except Exception:
            logger.exception("Dropped a picture")
        return frame

    def take_picture(self, decoded: Callable[[], av.VideoFrame]) -> bool:
        """Is it analysed? What comes too soon after another is not even decoded."""
        t = self._clock()
        if not self._is_due(t) or not self._is_current():
            return False
        self._offer(VideoFrame(t, to_image(decoded())))
        return True

    def take_array(self, decoded: Callable[[], Image]) -> bool:
        """The same of pixels (height, width, 3) in BGR."""
        return self.take_picture(lambda: av.VideoFrame.from_ndarray(decoded(), "bgr24"))

    def _is_due(self, t: float) -> bool:
        """Keeps the rate whatever the pictures' own is: a little early is not left for the next,
        and one that is late does not put off those after it."""
        period = max(self._period, self._least_period_s())
        if t < max(self._video_due_t - period / 4, self._video_t + period / 2):
            return False
        is_late = t - self._video_due_t > period
        self._video_due_t = (t if is_late else self._video_due_t) + period
        self._video_t = t
        return True

    def on_sound(self, frame: av.AudioFrame) -> av.AudioFrame:
        try:
            for chunk in self._resampler.resample(frame):
                self.take_sound(chunk.to_ndarray().reshape(-1).astype(np.float32, copy=False))
        except Exception:
            logger.exception("Dropped sound")
        return frame

    def take_sound(self, samples: Sound) -> None:
        """16 kHz, about CHUNK_S of it.

        Media time of sound counts its samples; the clock only tells whether some are missing.
        """
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

"""What a candidate sends in a call inside the process: a grey picture and a tone."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from streamlit_webrtc import AudioSourceTrack, VideoSourceTrack


def video_track() -> VideoSourceTrack:
    return VideoSourceTrack(picture, fps=10)


def audio_track() -> AudioSourceTrack:
    return AudioSourceTrack(sound, sample_rate=48_000, ptime=0.02)


def picture(pts: int, time_base: Fraction) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.full((480, 640, 3), 90, np.uint8), "bgr24")


def sound(pts: int, time_base: Fraction) -> av.AudioFrame:
    tone = (np.sin(np.arange(960) * 440 * 2 * np.pi / 48_000) * 8000).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(tone[None], "s16", "mono")
    frame.sample_rate = 48_000
    return frame

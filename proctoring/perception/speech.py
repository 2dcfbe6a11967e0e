"""Voice activity: which 32 ms of a stream are speech.

Silero's network (MIT) decides. It is recurrent and wants 64 samples of context before each
frame of 512, so one instance follows one stream and is given every frame in order. WebRTC's
detector costs a twentieth but takes keys, hum and music for speech: it is only asked whether
the network need run at all, and an exam is mostly silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import webrtcvad

from proctoring.perception import models
from proctoring.types import SAMPLE_RATE, Sound

FRAME = 512  # samples
FRAME_S = FRAME / SAMPLE_RATE  # 0.032 s
CONTEXT = 64  # samples
IS_SPEECH = 0.5  # of the probability; the network's own working point

_GATE_MODE = 0  # WebRTC's most generous: what it rejects even so is no voice
_GATE_SAMPLES = 480  # 30 ms, the longest frame that WebRTC takes
_GATE_HOLD = 31  # frames, 1 s that the network goes on after the gate's last yes


class VoiceActivity:
    """The speech probability of one stream, a number for each 32 ms.

    `session` is Silero's ONNX session, shared by all streams; the state is this stream's.
    """

    def __init__(self, session: Any = None) -> None:
        self._session = session or models.load("silero_vad")
        self._gate = webrtcvad.Vad(_GATE_MODE)
        self._rest: Sound = np.empty(0, np.float32)
        self._context: Sound = np.zeros(CONTEXT, np.float32)
        self._state = np.zeros((2, 1, 128), np.float32)
        self._hold = 0

    def anew(self) -> VoiceActivity:
        """One for what comes after a break: same network, nothing heard yet."""
        return VoiceActivity(self._session)

    def hear(self, samples: Sound) -> npt.NDArray[np.float32]:
        """The probabilities (n,) of the frames that `samples`, of any length, complete."""
        sound = np.concatenate([self._context, self._rest, samples])
        count = (len(sound) - CONTEXT) // FRAME
        end = CONTEXT + count * FRAME
        self._rest = sound[end:]
        probabilities = np.zeros(count, np.float32)
        if count:
            self._context = sound[end - CONTEXT : end]
            frames = np.lib.stride_tricks.sliding_window_view(sound[:end], CONTEXT + FRAME)[::FRAME]
            for start, stop, is_over in self._let_through(frames[:, CONTEXT:]):
                probabilities[start:stop] = self._run(frames[start:stop])
                if is_over:  # what comes next comes after a pause that was not heard
                    self._state = np.zeros((2, 1, 128), np.float32)
        return probabilities

    def _let_through(self, frames: npt.NDArray[np.float32]) -> Iterator[tuple[int, int, bool]]:
        """The runs of frames that the gate lets through: first, end, and does it close there?"""
        pcm = (np.clip(frames[:, :_GATE_SAMPLES], -1, 1) * 32767).astype("<i2")
        start: int | None = None
        for number, frame in enumerate(pcm):
            if self._gate.is_speech(frame.tobytes(), SAMPLE_RATE):
                self._hold = _GATE_HOLD
            if self._hold and start is None:
                start = number
            if self._hold == 1 and start is not None:
                yield start, number + 1, True
                start = None
            self._hold = max(self._hold - 1, 0)
        if start is not None:
            yield start, len(frames), False

    def _run(self, frames: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        feed = {"frames": np.ascontiguousarray(frames), "state": self._state}
        probabilities, self._state = self._session.run(None, feed)
        return np.asarray(probabilities, np.float32)

"""Voice windows: a stream of sound as 1.6 s windows on a fixed grid, each with its embedding.

Nothing is cut out of the stream, so a window's time is the stream's time, and the grid is
laid from the first sample, so how the stream was cut into chunks changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from proctoring.perception import voices
from proctoring.perception.speech import FRAME, FRAME_S, IS_SPEECH, VoiceActivity
from proctoring.perception.voices import Embedding, Encoder
from proctoring.types import SAMPLE_RATE, Sound

STEP_FRAMES = 12  # speech frames from one window to the next
STEP = STEP_FRAMES * FRAME  # samples
STEP_S = STEP / SAMPLE_RATE  # 0.384 s
WINDOW_FRAMES = 50  # speech frames in a window
WINDOW_S = WINDOW_FRAMES * FRAME_S  # 1.6 s
ENOUGH_SPEECH = 0.6  # of a window; a lower share makes the embedding one of the room


@dataclass(frozen=True, slots=True, eq=False)
class VoiceWindow:
    start_s: float  # from the first sample of the stream
    speech: npt.NDArray[np.float32]  # (50,) speech probability of its frames
    embedding: Embedding | None  # None where there is too little speech

    @property
    def end_s(self) -> float:
        return self.start_s + WINDOW_S


class Listener:
    """Follows one stream. One window comes each 0.384 s, once 1.6 s have been heard."""

    def __init__(
        self, activity: VoiceActivity | None = None, encoder: Encoder = voices.encode
    ) -> None:
        self._activity = activity or VoiceActivity()
        self._encoder = encoder
        self._sound: Sound = np.empty(0, np.float32)  # from the next window's first sample on
        self._speech: npt.NDArray[np.float32] = np.empty(0, np.float32)  # of the same stretch
        self._next = 0  # number of the next window

    def anew(self) -> Listener:
        """One for what comes after a break: same models, nothing heard yet."""
        return Listener(self._activity.anew(), self._encoder)

    def hear(self, samples: Sound) -> list[VoiceWindow]:
        """The windows that `samples`, of any length, complete."""
        self._sound = np.concatenate([self._sound, samples])
        self._speech = np.concatenate([self._speech, self._activity.hear(samples)])
        pieces: list[tuple[float, npt.NDArray[np.float32], Sound]] = []
        while len(self._sound) >= voices.WINDOW and len(self._speech) >= WINDOW_FRAMES:
            start_s = self._next * STEP_S
            pieces.append((start_s, self._speech[:WINDOW_FRAMES], self._sound[: voices.WINDOW]))
            self._sound = self._sound[STEP:]
            self._speech = self._speech[STEP_FRAMES:]
            self._next += 1
        spoken = [voices.window_of(sound) for _, speech, sound in pieces if _is_spoken(speech)]
        embeddings = iter(self._encoder(np.stack(spoken)) if spoken else ())
        return [
            VoiceWindow(start_s, speech, next(embeddings) if _is_spoken(speech) else None)
            for start_s, speech, _ in pieces
        ]


def _is_spoken(speech: npt.NDArray[np.float32]) -> bool:
    return float((speech > IS_SPEECH).mean()) >= ENOUGH_SPEECH

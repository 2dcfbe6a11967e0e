"""How many voices are heard, by resemblyzer's embeddings and agglomerative clustering.

The way its demos go, live: windows of speech are embedded as they come, a minute of them is
clustered anew, and the largest cluster is the candidate. Silero tells speech, because the
package's own webrtcvad takes music and fans for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from proctoring.analysers.speakers import SpeakerCounter
from proctoring.exam import NOTHING_KNOWN, Exam
from proctoring.perception.hearing import GAP_S, HEARD_S
from proctoring.perception.speech import FRAME, IS_SPEECH, VoiceActivity
from proctoring.types import SAMPLE_RATE, AudioChunk, Observation, Rule, Sound

# On the shared mixtures of voices, seen meanwhile: with distances from 0.28 to 0.34 no single
# voice of 11 is taken for two, and 22 of 34 second voices are found.
DISTANCE = 0.3  # cosine, average linkage
FEWEST = 2  # windows of a voice
WINDOW, HOP = 38_400, 12_800  # samples: 2.4 s, 0.8 s
LEAST_SPEECH = 0.7  # of a window
MEMORY = 75  # windows, a minute of speech
LEVEL_DB = -30.0  # dBFS, as `resemblyzer.preprocess_wav` has it


class _Window(NamedTuple):
    start_t: float  # s
    end_t: float  # s
    embedding: npt.NDArray[np.float32]  # (256,), of length 1


class VoiceCounter:
    """In the place of `SpeakerCounter`, with its rules."""

    name: ClassVar[str] = SpeakerCounter.name
    title: ClassVar[str] = SpeakerCounter.title
    medium: ClassVar[str] = SpeakerCounter.medium
    explains: ClassVar[str] = SpeakerCounter.explains
    accepts: ClassVar[type | tuple[type, ...]] = AudioChunk
    rules: ClassVar[tuple[Rule, ...]] = SpeakerCounter.rules

    def __init__(self, exam: Exam = NOTHING_KNOWN, /) -> None:
        self._windows: list[_Window] = []
        self._start_t = 0.0  # s, of the first sample of `_sound`
        self._sound: Sound = np.empty(0, np.float32)
        self._speech: npt.NDArray[np.float32] = np.empty(0, np.float32)
        self._activity = VoiceActivity()

    def analyse(self, chunk: AudioChunk, /) -> Iterator[Observation]:
        """One observation for each 0.8 s of sound."""
        if abs(chunk.t - self._start_t - len(self._sound) / SAMPLE_RATE) > GAP_S:
            self._begin_anew(chunk.t)
        self._sound = np.concatenate([self._sound, chunk.samples])
        self._speech = np.concatenate([self._speech, self._activity.hear(chunk.samples)])
        while len(self._speech) * FRAME >= WINDOW:
            self._hear(self._sound[:WINDOW], self._speech[: WINDOW // FRAME])
            yield self._observe(self._start_t + WINDOW / SAMPLE_RATE)
            self._sound, self._speech = self._sound[HOP:], self._speech[HOP // FRAME :]
            self._start_t += HOP / SAMPLE_RATE

    def _begin_anew(self, t: float) -> None:
        self._start_t, self._activity = t, self._activity.anew()
        self._sound = self._speech = np.empty(0, np.float32)

    def _hear(self, sound: Sound, speech: npt.NDArray[np.float32]) -> None:
        if (speech > IS_SPEECH).mean() < LEAST_SPEECH:
            return
        from resemblyzer.audio import normalize_volume

        level = normalize_volume(sound, LEVEL_DB, increase_only=True)
        end_t = self._start_t + WINDOW / SAMPLE_RATE
        self._windows.append(_Window(self._start_t, end_t, _encoder().embed_utterance(level)))
        del self._windows[:-MEMORY]

    def _observe(self, t: float) -> Observation:
        heard = [window.end_t > t - HEARD_S for window in self._windows]
        if not any(heard):
            return Observation(t, "speaker_count", 0)
        voices = _cluster(np.stack([window.embedding for window in self._windows]))
        now = {voice for voice, is_heard in zip(voices, heard, strict=True) if is_heard and voice}
        said = [
            window
            for window, voice, is_heard in zip(self._windows, voices, heard, strict=True)
            if is_heard and (voice in now or not now)
        ]
        span = (said[-1].start_t, said[-1].end_t) if said else None
        return Observation(t, "speaker_count", 1 + len(now), span=span)


def _cluster(embeddings: npt.NDArray[np.float32]) -> list[int]:
    """For each its voice: 0 spoke most, and what too little was heard of counts as that."""
    if len(embeddings) == 1:
        return [0]
    from scipy.cluster.hierarchy import fcluster, linkage

    clusters = fcluster(linkage(embeddings, "average", "cosine"), DISTANCE, "distance")
    sizes = np.bincount(clusters)
    order = [cluster for cluster in np.argsort(-sizes, kind="stable") if sizes[cluster] >= FEWEST]
    return [order.index(cluster) if cluster in order else 0 for cluster in clusters]


@cache
def _encoder() -> Any:
    import resemblyzer

    return resemblyzer.VoiceEncoder("cpu", verbose=False)

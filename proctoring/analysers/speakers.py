"""How many voices are heard.

A minute of speech is remembered, not a minute of time: a candidate who spoke at the start and
has been silent since is still known when somebody else speaks up. The voice that spoke most
in that memory counts as present whenever anyone is heard, so a stranger who speaks alone
makes two. The count goes back to one when only that voice has been heard for twelve seconds,
so an incident closes, and to zero in silence.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from proctoring.perception.clustering import Clustering, cluster
from proctoring.perception.listening import STEP_S, Listener, VoiceWindow
from proctoring.types import AudioChunk, Observation, Rule, Severity, Sound

MEMORY = 156  # windows with speech, a minute of it
HEARD_S = 12.0  # a voice not heard for longer is no longer counted
CONFIRM = 3  # windows in a row that must say so before another voice is counted
TURN_GAP_S = 3.0  # a longer pause ends the turn that the span tells
GAP_S = 0.25  # a larger jump in the stream's time is a break in the stream
CLIPPED = 0.999  # of full scale
CLIPPED_SHARE = 0.02  # of the samples of a piece; from here on voices are distorted
SURE_MARGIN = 0.15  # cosine beyond the threshold at which the confidence is 1


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """A window with speech, in the session's media time."""

    window: VoiceWindow
    start_s: float
    end_s: float


class SpeakerCounter:
    name: ClassVar[str] = "speakers"
    title: ClassVar[str] = "Voices"
    medium: ClassVar[str] = "microphone"
    explains: ClassVar[str] = (
        "The sound of your microphone is checked for more than one voice. Voices are told "
        "apart by numbers that are computed here and thrown away; nobody is identified, and "
        "words are not understood. When a second voice is heard, a short sound clip is kept."
    )
    accepts: ClassVar[type | tuple[type, ...]] = AudioChunk
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            kind="multiple_speakers",
            title="More than one voice",
            signal="speaker_count",
            enter_at=2,
            exit_at=1,
            phrase="{value:.0f} voices",
            advice="Make sure that nobody speaks near you and that no other sound is playing.",
            severity=Severity.ALERT,
            weight=0.4,
            enter_after_s=0.5,  # a voice is only counted after seconds of evidence
            exit_after_s=2.0,
        ),
    )

    def __init__(self, listener: Listener | None = None) -> None:
        self._listener = listener or Listener()
        self._memory: deque[Heard] = deque(maxlen=MEMORY)
        self._clusters = cluster(np.empty((0, 256), np.float32), ())
        self._started_t: float | None = None  # media time of the listener's first sample
        self._end_t = 0.0  # media time of the first sample not yet heard
        self._clipped_until_t = float("-inf")
        self._said_others = 0  # windows in a row that heard another voice

    def analyse(self, chunk: AudioChunk, /) -> Iterator[Observation]:
        """One observation for each 0.384 s of sound, once 1.6 s have been heard."""
        if self._started_t is None or abs(chunk.t - self._end_t) > GAP_S:
            if self._started_t is not None:
                self._listener = self._listener.anew()
            self._started_t = chunk.t
            self._end_t = chunk.t
        self._end_t += len(chunk.samples) / chunk.sample_rate
        if _clipped(chunk.samples):
            self._clipped_until_t = self._end_t + STEP_S
        for window in self._listener.hear(chunk.samples):
            yield self._observe(window, self._started_t)

    def _observe(self, window: VoiceWindow, started_t: float) -> Observation:
        heard = Heard(window, started_t + window.start_s, started_t + window.end_s)
        t = heard.end_s
        if t <= self._clipped_until_t:
            return Observation(t, "speaker_count", None, reason="sound too loud: it is clipped")
        if window.embedding is not None:
            self._memory.append(heard)
            self._clusters = _cluster(self._memory)
        recent = [
            (label, heard)
            for label, heard in zip(self._clusters.labels, self._memory, strict=True)
            if heard.end_s > t - HEARD_S
        ]
        others = [(label, heard) for label, heard in recent if label != 0]
        self._said_others = self._said_others + 1 if others else 0
        if not recent:
            return Observation(t, "speaker_count", 0)
        if self._said_others <= CONFIRM:
            others = []
        count = 1 + len({label for label, _ in others})
        return Observation(
            t,
            "speaker_count",
            count,
            confidence=_confidence(self._clusters) if others else 1.0,
            span=_last_turn([heard for _, heard in (others or recent)]),
        )


def _cluster(memory: Iterable[Heard]) -> Clustering:
    known = [(h.window.embedding, h.start_s) for h in memory if h.window.embedding is not None]
    return cluster(np.stack([embedding for embedding, _ in known]), [start for _, start in known])


def _confidence(clusters: Clustering) -> float:
    return round(min(1.0, 0.5 + clusters.margin / SURE_MARGIN / 2), 2)


def _last_turn(heard: list[Heard]) -> tuple[float, float]:
    """From when to when it was last spoken without a long pause."""
    start_s = heard[-1].start_s
    for one in reversed(heard):
        if start_s - one.end_s > TURN_GAP_S:
            break
        start_s = one.start_s
    return (start_s, heard[-1].end_s)


def _clipped(samples: Sound) -> bool:
    return len(samples) > 0 and float((np.abs(samples) >= CLIPPED).mean()) > CLIPPED_SHARE

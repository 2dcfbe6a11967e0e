"""How many voices are heard.

A minute of speech is remembered, not a minute of time: a candidate who spoke at the start and
has been silent since is still known when somebody else speaks up. The voice that spoke most
in that memory counts as present whenever anyone is heard, so a stranger who speaks alone
makes two. The count goes back to one when only that voice has been heard for twelve seconds,
so an incident closes, and to zero in silence.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from proctoring.exam import NOTHING_KNOWN, Exam
from proctoring.perception.clustering import ENOUGH_S, Clustering, cluster
from proctoring.perception.listening import (
    FRAMES_PER_S,
    STEP_S,
    Listener,
    Numbers,
    Step,
)
from proctoring.types import AudioChunk, Observation, Rule, Severity, Sound

MEMORY = 42  # steps in which somebody spoke, a minute of speech
HEARD_S = 12.0  # a voice not heard for longer is no longer counted
TURN_GAP_S = 3.0  # a longer pause ends the turn that the span tells
GAP_S = 0.25  # a larger jump in the stream's time is a break in the stream
CLIPPED = 0.999  # of full scale
CLIPPED_SHARE = 0.02  # of the samples of a piece; from here on voices are distorted


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
            enter_after_s=0.0,  # a voice is only counted after a second of evidence
            exit_after_s=2.0,
        ),
    )

    def __init__(self, exam: Exam = NOTHING_KNOWN, /, *, listener: Listener | None = None) -> None:
        self._listener = listener or Listener()
        self._started = False
        self._memory: deque[Step] = deque(maxlen=MEMORY)
        self._end_t = 0.0  # media time of the first sample not yet heard
        self._clipped_until_t = float("-inf")

    def analyse(self, chunk: AudioChunk, /) -> Iterator[Observation]:
        """One observation for each 1.44 s of sound."""
        if not self._started or abs(chunk.t - self._end_t) > GAP_S:
            self._started = True
            self._listener = self._listener.anew(chunk.t)
            self._end_t = chunk.t
        self._end_t += len(chunk.samples) / chunk.sample_rate
        if _clipped(chunk.samples):
            self._clipped_until_t = self._end_t + STEP_S
        for step in self._listener.hear(chunk.samples):
            yield self._observe(step)

    def _observe(self, step: Step) -> Observation:
        t = step.end_s
        if t <= self._clipped_until_t:
            return Observation(t, "speaker_count", None, reason="sound too loud: it is clipped")
        if len(step.speech):
            self._memory.append(step)
        recent = [step for step in self._memory if step.end_s > t - HEARD_S]
        speakers = [speaker for step in self._memory for speaker in step.speakers]
        clusters = cluster(speakers, max((step.overlap_s for step in recent), default=0.0))
        since = (t - HEARD_S) * FRAMES_PER_S
        heard = [
            (int(label), speaker)
            for label, speaker in zip(clusters.labels, speakers, strict=True)
            if speaker.frames[-1] > since
        ]
        others = {label for label, _ in heard if label}
        if not heard or clusters.count == 0:
            return Observation(t, "speaker_count", 0)
        if others:
            said = [speaker.frames for label, speaker in heard if label]
            return _several(t, 1 + len(others), clusters, said)
        if len({*clusters.labels}) < clusters.count:  # the other one only ever speaks with this one
            together = [step.overlap for step in recent if len(step.overlap)]
            return _several(t, 2, clusters, together or [speaker.frames for _, speaker in heard])
        span = _last_turn([speaker.frames for _, speaker in heard])
        return Observation(t, "speaker_count", 1, span=span)


def _several(t: float, count: int, clusters: Clustering, said: list[Numbers]) -> Observation:
    """Surer the more evidence there is, up to twice what is enough."""
    confidence = round(min(1.0, clusters.evidence_s / ENOUGH_S / 2), 2)
    span = _last_turn(said)
    return Observation(t, "speaker_count", count, confidence=confidence, span=span)


def _last_turn(said: list[Numbers]) -> tuple[float, float]:
    """From when to when it was last spoken without a long pause."""
    frames = np.unique(np.concatenate(said))
    pauses = np.flatnonzero(np.diff(frames) > TURN_GAP_S * FRAMES_PER_S)
    start = frames[pauses[-1] + 1] if len(pauses) else frames[0]
    return float(start) / FRAMES_PER_S, float(frames[-1] + 1) / FRAMES_PER_S


def _clipped(samples: Sound) -> bool:
    return len(samples) > 0 and float((np.abs(samples) >= CLIPPED).mean()) > CLIPPED_SHARE

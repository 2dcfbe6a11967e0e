"""Does somebody whisper?

A whisper has no pitch, so nobody's voice can be told in it: whose it is only the candidate's lips
can say. See `perception.whisper` for what tells it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import numpy as np

from proctoring.analysers.company import Company
from proctoring.analysers.speakers import last_turn
from proctoring.exam import NOTHING_KNOWN, Exam
from proctoring.perception.frames import distinct
from proctoring.perception.hearing import HEARD_S, TOO_LOUD, Ear, Heard
from proctoring.perception.listening import FRAMES_PER_S, Listener
from proctoring.perception.scene import Scene
from proctoring.types import AudioChunk, Observation, Rule

WHISPERED_S = 1.5  # within 12 s; a voice's consonants and breath come to 0.9 at most


class WhisperWatch:
    name: ClassVar[str] = "whisper"
    title: ClassVar[str] = "Whispering"
    medium: ClassVar[str] = "microphone"
    explains: ClassVar[str] = (
        "Whether somebody whispers near the microphone. Words are not understood. When it goes on "
        "for a while, a short sound clip is kept for the examiner."
    )
    accepts: ClassVar[type | tuple[type, ...]] = (AudioChunk, Scene)
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            kind="whisper",
            title="Whispering",
            signal="whisper_s",
            enter_at=WHISPERED_S,
            exit_at=0.3,
            phrase="{value:.1f} s of whispering within 12 s",
            advice="Please don't whisper, and make sure that nobody does near you.",
            weight=0.2,
            enter_after_s=0.0,  # the signal itself is made of seconds
            exit_after_s=2.0,
        ),
    )

    def __init__(self, exam: Exam = NOTHING_KNOWN, /, *, listener: Listener | None = None) -> None:
        self._ear = Ear(listener)
        self._company = Company()
        self._frames = np.empty(0, np.int_)  # of the last 12 s

    def analyse(self, sample: AudioChunk | Scene, /) -> Iterable[Observation]:
        """One observation for each 1.44 s of sound."""
        if isinstance(sample, Scene):
            self._company.look(sample)
            return
        for heard in self._ear.hear(sample).steps:
            yield self._observe(heard)

    def _observe(self, heard: Heard) -> Observation:
        t = heard.t
        if heard.is_clipped:
            return Observation(t, "whisper_s", None, reason=TOO_LOUD)
        if len(heard.step.whispered):
            self._company.expect(t)
        frames = distinct([self._frames, heard.step.whispered])
        self._frames = frames[frames > (t - HEARD_S) * FRAMES_PER_S]
        value = len(self._frames) / FRAMES_PER_S
        if not value:
            return Observation(t, "whisper_s", 0.0)
        span = last_turn([self._frames])
        _, words = self._company.beside(span)
        confidence = round(min(1.0, value / WHISPERED_S / 2), 2)
        return Observation(t, "whisper_s", value, confidence, span=span, detail=words)

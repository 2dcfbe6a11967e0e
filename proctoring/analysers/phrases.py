"""Is one of the phrases said that the examiner chose? Nothing else of what is said is understood.

Off unless the policy names phrases. One entry is one spell of them: a phrase that is said again
within seconds belongs to it, and so does another.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from proctoring.exam import NOTHING_KNOWN, Exam
from proctoring.perception.hearing import TOO_LOUD, is_clipped
from proctoring.perception.phrases import PhraseListener, Spot
from proctoring.perception.pronunciation import LONGEST, MOST, PhraseError, check_phrases
from proctoring.types import AudioChunk, Observation, Rule, Severity

__all__ = ["LONGEST", "MOST", "PhraseError", "PhraseSpotter", "check_phrases"]

SPELL_S = 5.0  # a phrase that was heard counts for so long
SURE_AT = 100.0  # nats above what is needed; a phrase in a quiet room has that
NO_NUMBERS = "the sound is damaged"


class PhraseSpotter:
    name: ClassVar[str] = "phrases"
    title: ClassVar[str] = "Key phrases"
    medium: ClassVar[str] = "microphone"
    explains: ClassVar[str] = (
        "The sound of your microphone is compared with a few phrases that the examiner chose. "
        "Nothing else of what you say is understood, and nothing is written down. When "
        "a phrase is heard, it is noted which, and a short sound clip is kept."
    )
    accepts: ClassVar[type | tuple[type, ...]] = AudioChunk
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            kind="phrase_heard",
            title="Key phrase",
            signal="phrases_heard",
            enter_at=1,
            exit_at=0,
            phrase="heard {value:.0f} ×",
            advice="A phrase was heard that this exam listens for. Please don't talk to other "
            "people or to a voice assistant, and switch assistants off.",
            severity=Severity.WARNING,
            weight=0.1,  # it may have been another phrase that sounds alike, or a question read out
            enter_after_s=0.0,  # heard is heard
            exit_after_s=0.0,  # the signal itself lasts
        ),
    )

    def __init__(
        self, exam: Exam = NOTHING_KNOWN, /, *, listener: PhraseListener | None = None
    ) -> None:
        """Raises PhraseError where the exam's phrases cannot be listened for."""
        self._phrases = exam.policy.phrases
        check_phrases(self._phrases)
        self._listener = listener
        self._heard: deque[Spot] = deque()  # of this spell

    def analyse(self, chunk: AudioChunk, /) -> Iterator[Observation]:
        """One observation for each chunk."""
        if not self._phrases:
            return
        if self._listener is None:  # its model is loaded on the thread that uses it
            self._listener = PhraseListener(self._phrases)
        self._heard.extend(self._listener.hear(chunk))
        if trouble := _trouble(chunk):
            yield Observation(chunk.end_t, "phrases_heard", None, reason=trouble)
        else:
            yield self._count(chunk.end_t)

    def _count(self, t: float) -> Observation:
        if not self._heard or self._heard[-1].end_t < t - SPELL_S:
            self._heard.clear()
            return Observation(t, "phrases_heard", 0)
        newest = self._heard[-1]
        phrases = dict.fromkeys(f"“{spot.phrase}”" for spot in self._heard)
        sure = max(spot.margin for spot in self._heard) / SURE_AT
        return Observation(
            t,
            "phrases_heard",
            len(self._heard),
            confidence=round(min(1.0, 0.5 + sure / 2), 2),
            span=(newest.start_t, newest.end_t),
            detail=", ".join(phrases),
        )


def _trouble(chunk: AudioChunk) -> str:
    if not np.isfinite(chunk.samples).all():
        return NO_NUMBERS
    return TOO_LOUD if is_clipped(chunk.samples) else ""

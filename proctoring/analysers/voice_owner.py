"""Whose voice is heard: the candidate's, somebody else's, or both?

Compared with what the check-in learned, or with the voice that was heard first. One fact makes
one entry: a second voice beside the candidate's is the counter's (`multiple_speakers`), and
only what it does not count is told here, a voice alone that is not the candidate's. Where it
goes on alone for long, it is heard in the candidate's place, and that takes the entry over.
A camera that shows the candidate's lips at rest says that nobody answers in their place. What may
come from a loudspeaker opens the same entries, which say so, but its seconds are unsure.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from math import ceil, floor
from typing import ClassVar

import numpy as np

from proctoring.analysers.company import Company
from proctoring.analysers.speakers import last_turn
from proctoring.analysers.voice_memory import VoiceMemory
from proctoring.exam import NOTHING_KNOWN, Exam, VoiceProfile
from proctoring.perception import loudspeaker
from proctoring.perception.frames import Numbers, distinct
from proctoring.perception.hearing import GAP_S, HEARD_S, TOO_LOUD, Ear, Heard
from proctoring.perception.listening import FRAMES_PER_S, STEP_S, Listener
from proctoring.perception.scene import Scene
from proctoring.perception.whose import Judged, Whose, frames_of, seconds_between
from proctoring.types import AudioChunk, Observation, Rule, Severity

OTHER_S = 2.0  # of another voice, within 12 s
SWAPPED_S = 6.0  # of another voice's speech, since the candidate was last heard
SWAP_MEMORY_S = 60.0
TALKING_S = 4.0  # of speech within 12 s, where the exam forbids it
UNSURE = "unsure whose voice"
STEPS = round(SWAP_MEMORY_S / STEP_S)

_SIGNALS = ("other_voice_s", "swapped_voice_s", "own_speech_s")


class VoiceOwner:
    name: ClassVar[str] = "voice_owner"
    title: ClassVar[str] = "Whose voice"
    medium: ClassVar[str] = "microphone"
    explains: ClassVar[str] = (
        "Whether the voice that the microphone hears is yours. Your voice is turned into numbers "
        "that are compared with those of the beginning and thrown away when the exam ends; "
        "words are not understood. Where there is a camera, whether your lips move; where speaking "
        "is not allowed, for how long you speak. When a voice is not yours for some seconds, a "
        "short sound clip is kept for the examiner."
    )
    accepts: ClassVar[type | tuple[type, ...]] = (AudioChunk, Scene)
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            kind="other_voice",
            title="A voice that is not the candidate's",
            signal="other_voice_s",
            enter_at=OTHER_S,
            exit_at=0.5,
            phrase="another voice for {value:.0f} s",
            advice="Make sure that nobody speaks near you and that no other sound is playing.",
            severity=Severity.ALERT,
            weight=0.4,
            enter_after_s=0.0,  # the signal itself is made of seconds
            exit_after_s=2.0,
        ),
        Rule(
            kind="voice_swap",
            title="Another voice in the candidate's place",
            signal="swapped_voice_s",
            enter_at=SWAPPED_S,
            exit_at=1.0,
            phrase="another voice alone for {value:.0f} s of speech",
            advice="Answer in your own voice, and stay near the microphone.",
            severity=Severity.ALERT,
            weight=0.4,
            enter_after_s=0.0,
            exit_after_s=0.0,
        ),
        Rule(
            kind="talking",
            title="Talking",
            signal="own_speech_s",
            enter_at=TALKING_S,
            exit_at=1.0,
            phrase="{value:.0f} s of speech within 12 s",
            advice="This exam is to be written in silence. Please don't speak.",
            weight=0.1,
            enter_after_s=0.0,
            exit_after_s=2.0,
        ),
    )

    def __init__(self, exam: Exam = NOTHING_KNOWN, /, *, listener: Listener | None = None) -> None:
        self._may_speak = exam.policy.may_speak
        self._ear = Ear(listener)
        self._memory = VoiceMemory(exam.enrolment.voice)
        self._company = Company()
        self._heard: deque[Heard] = deque(maxlen=STEPS)
        self._judged: list[Judged] = []  # of the last minute
        self._own_db: list[float] = []  # of the candidate's own: see `loudspeaker`
        self._counted_t = float("-inf")  # until when the counter told of several voices
        self._told = 0  # whole seconds that have their state

    @property
    def learned(self) -> VoiceProfile | None:
        return self._memory.learned

    def analyse(self, sample: AudioChunk | Scene, /) -> Iterable[Observation]:
        if isinstance(sample, Scene):
            self._company.look(sample)
            return
        for heard in self._ear.hear(sample).steps:
            yield from self._observe(heard)

    def _observe(self, heard: Heard) -> Iterator[Observation]:
        t = heard.t
        if heard.is_clipped:
            yield from _abstain(t, TOO_LOUD)
            return
        if len(heard.step.speech):
            self._company.expect(t)
        self._remember(heard)
        yield from self._tell_seconds(t)
        if not self._memory.is_known and len(heard.step.speech):
            yield from _abstain(t, "the candidate's voice is not known yet", *_SIGNALS[:2])
        else:
            yield from self._tell_others(heard)
        yield self._talking(heard)

    def _remember(self, heard: Heard) -> None:
        self._heard.append(heard)
        at_rest = self._company.lips_rest((heard.t - SWAP_MEMORY_S, heard.t))
        judged = self._memory.judge(heard, may_learn=not at_rest)
        own = (one.speaker for one in judged if one.whose is Whose.CANDIDATE)
        self._own_db = [speaker.fundamental_db for speaker in own]
        since = self._frame(SWAP_MEMORY_S)
        self._judged = [one for one in judged if one.speaker.frames[-1] > since]

    def _frame(self, before_s: float) -> float:
        """The first of the last so many seconds."""
        return (self._heard[-1].t - before_s) * FRAMES_PER_S

    def _tell_seconds(self, t: float) -> Iterator[Observation]:
        """Each second once, a step late: who speaks at its end, what comes after tells."""
        *_, last_t = [float("-inf"), *(heard.t for heard in self._heard)][:-1]
        if t - last_t > STEP_S + GAP_S:  # the first, or the first after a break
            self._told = ceil(t - STEP_S - 1e-6)
        steps, until = [heard.step for heard in self._heard], floor(t - STEP_S)
        for second, whose in seconds_between(self._told, until, steps, self._judged):
            value, reason = (None, UNSURE) if whose is None else (float(whose), "")
            if whose is Whose.OTHER and self._is_thin((second + 1) * FRAMES_PER_S):
                value, reason = None, loudspeaker.WORDS
            span = (float(second), float(second + 1))
            yield Observation(t, "voice", value, span=span, reason=reason)
        self._told = max(self._told, until)

    def _is_thin(self, until: int) -> bool:
        """May the other voice, as heard up to this frame, be a loudspeaker's?"""
        others = (one.speaker for one in self._judged if one.whose is Whose.OTHER)
        of_them = [speaker.fundamental_db for speaker in others if speaker.frames[0] < until]
        return loudspeaker.may_be_one(of_them, self._own_db)

    def _tell_others(self, heard: Heard) -> Iterator[Observation]:
        others = frames_of(self._judged, Whose.OTHER)
        own = frames_of(self._judged, Whose.CANDIDATE)
        swapped = others[others > own[-1]] if len(own) else others
        if not len(others[others > self._frame(HEARD_S)]) or self._company.lips_rest(
            _span(swapped)
        ):
            swapped = swapped[:0]
        of_late = others[others > self._frame(HEARD_S)]
        if (heard.count or 0) > 1:
            self._counted_t = heard.t
        is_swapped = len(swapped) >= SWAPPED_S * FRAMES_PER_S
        untold = of_late[of_late >= self._counted_t * FRAMES_PER_S]
        yield self._observation(heard.t, "other_voice_s", untold[:0] if is_swapped else untold)
        yield self._observation(heard.t, "swapped_voice_s", swapped)

    def _observation(self, t: float, signal: str, frames: Numbers) -> Observation:
        value = len(frames) / FRAMES_PER_S
        if not value:
            return Observation(t, signal, 0.0)
        strangers = [one for one in self._judged if one.whose is Whose.OTHER]
        sure = 0.5 - float(np.mean([one.margin for one in strangers])) / 0.3
        alike = f"similarity to the candidate's voice {np.mean([s.alike for s in strangers]):.2f}"
        span = last_turn([frames])
        factor, words = self._company.beside(span)
        thin = loudspeaker.WORDS if self._is_thin(int(frames[-1]) + 1) else ""
        reason = "; ".join(filter(None, (alike, self._memory.about, thin)))
        confidence = round(min(1.0, sure * factor), 2)
        return Observation(t, signal, value, confidence, span=span, reason=reason, detail=words)

    def _talking(self, heard: Heard) -> Observation:
        """Speech that is not known to be somebody else's."""
        if self._may_speak:
            return Observation(heard.t, "own_speech_s", 0.0)
        spoken = distinct(step.speech for step in heard.recent)
        others = [one.speaker.active for one in self._judged if one.whose is Whose.OTHER]
        own = np.setdiff1d(spoken, np.concatenate(others)) if others else spoken
        own = own[own > self._frame(HEARD_S)]
        if not len(own):
            return Observation(heard.t, "own_speech_s", 0.0)
        span = last_turn([own])
        _, words = self._company.beside(span)
        return Observation(
            heard.t, "own_speech_s", len(own) / FRAMES_PER_S, span=span, detail=words
        )


def _span(frames: Numbers) -> tuple[float, float] | None:
    return last_turn([frames]) if len(frames) else None


def _abstain(t: float, why: str, *signals: str) -> Iterator[Observation]:
    for signal in signals or _SIGNALS:
        yield Observation(t, signal, None, reason=why)

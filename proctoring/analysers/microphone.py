"""Does the microphone hear anything, does its sound come at all?"""

from __future__ import annotations

from collections.abc import Iterable
from math import log10
from typing import ClassVar

import numpy as np

from proctoring.analysers.equipment import equipment_rule, lost_rule
from proctoring.exam import NOTHING_KNOWN, Exam
from proctoring.perception.scene import Scene
from proctoring.types import AudioChunk, Observation, Rule, Tick

QUIETEST_DB = -100.0  # dBFS, given for digital silence


class MicrophoneHealth:
    name: ClassVar[str] = "microphone"
    title: ClassVar[str] = "Microphone"
    medium: ClassVar[str] = "microphone"
    explains: ClassVar[str] = "Whether your microphone is on and its sound arrives."
    accepts: ClassVar[type | tuple[type, ...]] = (AudioChunk, Scene, Tick)
    rules: ClassVar[tuple[Rule, ...]] = (
        equipment_rule(
            kind="microphone_silent",
            title="Microphone silent",
            signal="sound_level_db",
            # dBFS. The noise of a quiet room through any real microphone stays above -70;
            # a muted one sends zeros, which a lossy codec may turn into a few steps.
            enter_at=-80.0,
            exit_at=-75.0,
            phrase="not even the noise of a room",
            advice="Check that the microphone is not muted, by its switch or in the system.",
            enter_after_s=15.0,
            exit_after_s=1.0,
        ),
        lost_rule("audio_lost", signal="sound_age_s", what="sound", source="microphone"),
    )

    def __init__(self, exam: Exam = NOTHING_KNOWN, /) -> None:
        self._last_t = 0.0

    def analyse(self, sample: AudioChunk | Scene | Tick) -> Iterable[Observation]:
        if isinstance(sample, AudioChunk):
            yield Observation(sample.end_t, "sound_level_db", level_db(sample))
            yield Observation(sample.end_t, "sound_age_s", 0.0)
            self._last_t = sample.end_t
        else:
            yield Observation(sample.t, "sound_age_s", max(0.0, sample.t - self._last_t))


def level_db(chunk: AudioChunk) -> float:
    """Root mean square in dB of full scale, a steady offset taken away."""
    if not len(chunk.samples):
        return QUIETEST_DB
    rms = float(np.std(chunk.samples))
    return max(QUIETEST_DB, 20 * log10(rms)) if rms > 0 else QUIETEST_DB

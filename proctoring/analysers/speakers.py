"""How many voices are heard.

A minute of speech is remembered, not a minute of time: a candidate who spoke at the start and
has been silent since is still known when somebody else speaks up. The voice that spoke most
in that memory counts as present whenever anyone is heard, so a stranger who speaks alone
makes two. The count goes back to one when only that voice has been heard for twelve seconds,
so an incident closes, and to zero in silence.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import numpy as np

from proctoring.analysers.company import Company
from proctoring.exam import NOTHING_KNOWN, Exam
from proctoring.perception import loudspeaker
from proctoring.perception.clustering import ENOUGH_S, Clustering
from proctoring.perception.frames import Numbers, distinct
from proctoring.perception.hearing import HEARD_S, TOO_LOUD, Ear, Heard
from proctoring.perception.listening import FRAMES_PER_S, Listener
from proctoring.perception.scene import Scene
from proctoring.types import AudioChunk, Observation, Rule, Severity

TURN_GAP_S = 3.0  # a longer pause ends the turn that the span tells


class SpeakerCounter:
    name: ClassVar[str] = "speakers"
    title: ClassVar[str] = "Voices"
    medium: ClassVar[str] = "microphone"
    explains: ClassVar[str] = (
        "The sound of your microphone is checked for more than one voice. Voices are told "
        "apart by numbers that are computed here and thrown away; nobody is identified, and "
        "words are not understood. Where there is a camera, whether your lips move meanwhile. "
        "When a second voice is heard, a short sound clip is kept."
    )
    accepts: ClassVar[type | tuple[type, ...]] = (AudioChunk, Scene)
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
        self._ear = Ear(listener)
        self._company = Company()

    def analyse(self, sample: AudioChunk | Scene, /) -> Iterable[Observation]:
        """One observation for each 1.44 s of sound."""
        if isinstance(sample, Scene):
            self._company.look(sample)
            return
        for heard in self._ear.hear(sample).steps:
            if len(heard.step.speech):
                self._company.expect(heard.t)
            observation = self._count(heard)
            heard.count = None if observation.value is None else int(observation.value)
            yield observation

    def _count(self, heard: Heard) -> Observation:
        t, speakers = heard.t, heard.speakers
        if heard.is_clipped:
            return Observation(t, "speaker_count", None, reason=TOO_LOUD)
        clusters, since = heard.clusters, (t - HEARD_S) * FRAMES_PER_S
        of_late = [
            (int(label), speaker)
            for label, speaker in zip(clusters.labels, speakers, strict=True)
            if speaker.frames[-1] > since
        ]
        others = {label for label, _ in of_late if label}
        if not of_late or clusters.count == 0:
            return Observation(t, "speaker_count", 0)
        if others:
            said = [speaker.frames for label, speaker in of_late if label]
            others_db = [speaker.fundamental_db for label, speaker in of_late if label]
            pairs = zip(clusters.labels, speakers, strict=True)
            own_db = [speaker.fundamental_db for label, speaker in pairs if not label]
            thin = loudspeaker.WORDS if loudspeaker.may_be_one(others_db, own_db) else ""
            return self._several(t, 1 + len(others), clusters, said, thin)
        if len({*clusters.labels}) < clusters.count:  # the other only ever speaks with this one
            together = [step.overlap for step in heard.recent if len(step.overlap)]
            together = together or [speaker.frames for _, speaker in of_late]
            return self._several(t, 2, clusters, together)
        span = last_turn([speaker.frames for _, speaker in of_late])
        return Observation(t, "speaker_count", 1, span=span)

    def _several(
        self, t: float, count: int, clusters: Clustering, said: list[Numbers], about: str = ""
    ) -> Observation:
        """Surer the more evidence there is, up to twice what is enough, and by what is seen."""
        span = last_turn(said)
        factor, words = self._company.beside(span)
        confidence = round(min(1.0, clusters.evidence_s / ENOUGH_S / 2 * factor), 2)
        reason = f"similarity of the voices {clusters.similarity:.2f}"
        if len({*clusters.labels}) < clusters.count:
            reason = "both speak at once"
        reason = "; ".join(filter(None, (reason, about)))
        return Observation(
            t, "speaker_count", count, confidence, span=span, reason=reason, detail=words
        )


def last_turn(said: list[Numbers]) -> tuple[float, float]:
    """From when to when it was last spoken without a long pause."""
    frames = distinct(said)
    pauses = np.flatnonzero(np.diff(frames) > TURN_GAP_S * FRAMES_PER_S)
    start = frames[pauses[-1] + 1] if len(pauses) else frames[0]
    return float(start) / FRAMES_PER_S, float(frames[-1] + 1) / FRAMES_PER_S

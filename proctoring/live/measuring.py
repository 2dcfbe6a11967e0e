"""What is measured of one candidate: the exam's analysers and rules, with what is adjusted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from proctoring.acts.adjustments import Adjustments, relaxed
from proctoring.analysers import PAGE, analyser_types, create_analysers, is_on, media_of
from proctoring.exam import Enrolment, Exam
from proctoring.pipeline import Pipeline
from proctoring.policy.thresholds import preset_of
from proctoring.recall import Learned, gathered
from proctoring.types import Analyser, Meeting, Policy, Rule


@dataclass(frozen=True, slots=True)
class Measuring:
    """Makes the pipelines of one session. It can be sent to another process."""

    meeting: Meeting
    participant_id: str
    known: Enrolment | None  # None while nobody can say what was known
    keeps_traces: bool = False

    def __call__(
        self, started_at: datetime, adjusted: Adjustments, learned: Sequence[Learned] = ()
    ) -> Pipeline:
        """Each knows what those before it have `learned`."""
        meeting = self.meeting
        known = gathered(self.known or Enrolment(), learned)
        exam = Exam(adjusted_policy(meeting.policy, adjusted), known, meeting.journey)
        signals = tuple(name for name in meeting.signals if name not in adjusted.signals_off)
        rules = relaxed(adjusted)
        analysers = create_analysers(signals, media_of(signals) | {PAGE}, exam)
        return Pipeline(
            [one for one in analysers if not _is_idle(one, rules.exempt)],
            preset=preset_of(meeting),
            meeting_id=meeting.id,
            participant_id=self.participant_id,
            started_at=started_at,
            # What is learned while nobody can say what was known must not take its place.
            keeps_learned=self.known is not None,
            keeps_traces=self.keeps_traces,
            relaxed=rules,
            left_out=left_out(meeting.signals, signals, rules.exempt),
        )


def _is_idle(analyser: Analyser, exempt: Collection[str]) -> bool:
    """Nothing that it could tell counts for this candidate."""
    return bool(analyser.rules) and all(rule.kind in exempt for rule in analyser.rules)


def adjusted_policy(policy: Policy, adjusted: Adjustments) -> Policy:
    return replace(
        policy,
        may_speak=policy.may_speak or adjusted.may_speak or adjusted.second_person,
        may_look_down=policy.may_look_down or adjusted.longer_looks,
    )


def left_out(
    all_signals: tuple[str, ...], signals: tuple[str, ...], exempt: Collection[str] = ()
) -> list[Rule]:
    """The rules that are off for this candidate alone, with their analysers or by themselves."""
    return [
        rule
        for kind in analyser_types()
        if is_on(kind, all_signals)
        for rule in kind.rules
        if not is_on(kind, signals) or rule.kind in exempt
    ]

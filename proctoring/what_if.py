"""A finished exam decided anew, under another policy, from what was observed: in seconds.

The rules read the same observations as live, so the answer is that of a full run with that policy.
What an analyser itself makes of a policy cannot be decided anew where it is not in the numbers:
that is refused, with the reason, and never guessed. A candidate's accommodations stay as they were.

Two things are estimates. Signals share looks at one picture, so with one switched off another may
differ in its last digits (in one of seven recordings, by 0.001). And objects are looked for more
often while one is in doubt: where that one is allowed afterwards, there were more looks at others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from proctoring import rules
from proctoring.analysers import analyser_types, is_on, rules_by_kind
from proctoring.analysers.objects import SIGNALS
from proctoring.folding import fold
from proctoring.policy.file import WrittenPolicy
from proctoring.policy.presets import Preset
from proctoring.traces.minutes import Readings, Stretch
from proctoring.types import Incident, Occurrence, Policy, Rule

# A screen that is allowed is not told of by the page either.
_ALLOWED_WITH = {"second_screen": ("displays",)}


class CannotDecide(ValueError):
    """The observations don't tell; the message says what and why, a line for each reason."""


@dataclass(frozen=True, slots=True)
class Decided:
    incidents: tuple[Incident, ...]  # in order of their opening
    score: float  # 0..100


@dataclass(frozen=True, slots=True)
class Pair:
    """One occurrence as it was, and the same as it would have been; either may be missing."""

    was: Occurrence | None
    would: Occurrence | None

    @property
    def either(self) -> Occurrence:
        one = self.would or self.was
        assert one is not None
        return one


def decided(incidents: Iterable[Incident]) -> Decided:
    """As it is kept."""
    found = tuple(incidents)
    return Decided(found, rules.score(found))


def decide(
    stretches: Iterable[Stretch],
    was: WrittenPolicy,
    wanted: WrittenPolicy,
    *,
    meeting_id: str = "",
    participant_id: str = "",
) -> Decided:
    """What would have been, of a candidate who was observed under `was`. Raises CannotDecide."""
    excused = _excused(was, wanted)
    kinds = {
        rule.kind
        for analyser in analyser_types()
        if is_on(analyser, wanted.signals)
        for rule in analyser.rules
        if rule.signal not in excused
    }
    occurrences: list[Occurrence] = []
    for stretch in stretches:
        occurrences += _of_stretch(stretch, kinds, wanted.preset, meeting_id, participant_id)
    return decided(fold(occurrences))


def side_by_side(was: Iterable[Incident], would: Iterable[Incident]) -> list[Pair]:
    """In order of opening. Occurrences of a kind are the same if they overlap in time."""
    left = {o.id: o for incident in was for o in incident.occurrences}
    pairs = []
    for one in (o for incident in would for o in incident.occurrences):
        same = (o for o in left.values() if o.kind == one.kind and _overlap(o, one))
        found = min(same, key=lambda o: abs(o.opened_at - one.opened_at), default=None)
        if found:
            del left[found.id]
        pairs.append(Pair(found, one))
    pairs += [Pair(one, None) for one in left.values()]
    return sorted(pairs, key=lambda pair: (pair.either.opened_at, pair.either.id))


def _overlap(one: Occurrence, other: Occurrence) -> bool:
    ends = [o.closed_at or o.last_seen_at for o in (one, other)]
    return one.opened_at <= ends[1] and other.opened_at <= ends[0]


# --- what the observations tell ------------------------------------------------------------


def _excused(was: WrittenPolicy, wanted: WrittenPolicy) -> set[str]:
    """Signals that never are bad under what is wanted. Raises CannotDecide."""
    excused, reasons = _objects(was.policy, wanted.policy)
    if wanted.policy.may_speak and not was.policy.may_speak:
        excused.add("own_speech_s")
    elif was.policy.may_speak and not wanted.policy.may_speak:
        reasons.append("may_speak: speaking was allowed, so for how long was not measured")
    if was.policy.may_look_down != wanted.policy.may_look_down:
        reasons.append(
            "may_look_down: what is kept is the share of time away from where one might look, not"
            " whether that was down or aside"
        )
    if was.policy.challenges != wanted.policy.challenges:
        reasons.append("challenges: nobody can be asked afterwards, nor not have been asked")
    if wanted.policy.phrases and was.policy.phrases != wanted.policy.phrases:
        reasons.append("phrases: the sound is gone, so other phrases cannot be listened for")
    for analyser in analyser_types():
        name = analyser.name
        if name in wanted.signals and name not in was.signals and name != "phrases":
            reasons.append(f"signals.{name}: it was off, so nothing of it was measured")
    if reasons:
        raise CannotDecide("\n".join(reasons))
    return excused


def _objects(was: Policy, wanted: Policy) -> tuple[set[str], list[str]]:
    """Signals of objects that are allowed now, and why others cannot be told."""
    excused: set[str] = set()
    reasons = []
    for signal, labels in SIGNALS.items():
        looked_for, counts = ({*labels} - policy.allowed_objects for policy in (was, wanted))
        if new := sorted(counts - looked_for):
            reasons.append(f"allowed_objects: {new[0]!r} was allowed, so it was not told of")
        elif counts and counts != looked_for:
            reasons.append(
                f"allowed_objects: {' and '.join(sorted(looked_for))} were told of as one, so that"
                " one alone cannot be allowed afterwards"
            )
        elif not counts:
            excused |= {signal, *_ALLOWED_WITH.get(signal, ())}
    return excused, reasons


def rules_of(stretch: Stretch, preset: Preset) -> list[Rule]:
    """Those that were in force for this candidate, as the preset would have them."""
    known = rules_by_kind()
    adapted = preset.rules(known[kind] for kind in stretch.rules if kind in known)
    return [
        replace(rule, enter_after_s=rule.enter_after_s + stretch.rules[rule.kind])
        for rule in adapted
    ]


# --- deciding ------------------------------------------------------------------------------


def _of_stretch(
    stretch: Stretch, kinds: Collection[str], preset: Preset, meeting_id: str, participant_id: str
) -> Iterable[Occurrence]:
    """Rules of different signals know nothing of each other, so it goes signal by signal."""
    by_signal: dict[str, list[Rule]] = {}
    for rule in rules_of(stretch, preset):
        if rule.kind in kinds:
            by_signal.setdefault(rule.signal, []).append(rule)
    for signal, of_signal in by_signal.items():
        if readings := stretch.readings.get(signal):
            engine = rules.RuleEngine(
                of_signal,
                meeting_id=meeting_id,
                participant_id=participant_id,
                started_at=stretch.started_at,
                evaluate_every_s=preset.evaluate_every_s,
            )
            yield from _run(engine, stretch, readings)


def _run(engine: rules.RuleEngine, stretch: Stretch, readings: Readings) -> Iterable[Occurrence]:
    found: dict[str, Occurrence] = {}
    told = _told_between(stretch, readings)
    for observation, told_t in zip(readings.observations, told, strict=False):
        _take(found, engine.advance(told_t))
        _take(found, engine.update(observation))
    _take(found, engine.advance(told[-1]))
    _take(found, engine.close_all(_end(stretch)))
    return found.values()


def _take(found: dict[str, Occurrence], transitions: Sequence[rules.Transition]) -> None:
    for _, occurrence, _ in transitions:
        found[occurrence.id] = occurrence


def _told_between(stretch: Stretch, readings: Readings) -> list[float]:
    """(n + 1,) s: until when the rules had heard of time since each observation before it."""
    told = np.append(stretch.told, stretch.until_t)
    starts = np.concatenate([[0], readings.batches + 1])
    newest = np.maximum.reduceat(told, starts)
    # Of two observations of one sample, nothing came between.
    newest[:-1][starts[:-1] > readings.batches] = -np.inf
    return [float(t) for t in newest]


def _end(stretch: Stretch) -> float:
    """Of one that was killed, the newest time that is known."""
    times = [stretch.until_t, float(stretch.told.max(initial=-np.inf))]
    times += [r.observations[-1].t for r in stretch.readings.values()]
    return max(times) if stretch.closed_t is None else stretch.closed_t

"""Thresholds of one meeting: as they are kept with its policy, and within which bounds they make
sense in an exam that people sit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace

from proctoring.analysers import rules_by_kind
from proctoring.policy.presets import PRESETS, Preset, Thresholds
from proctoring.types import Category, Meeting, Rule, Severity

LONGEST_S = 60.0  # that something may have to last in a live exam: then nobody is told in time
NEAREST, FURTHEST = 0.25, 2.0  # of the way from exit_at to enter_at, as it comes
MOST_SHARE = 0.95  # what is a share of something never quite reaches all of it


def preset_of(meeting: Meeting) -> Preset:
    """The one that is in force in the meeting, with what was changed in it."""
    return preset_in(meeting.preset, meeting.policy.thresholds)


def preset_in(name: str, thresholds: Iterable[str]) -> Preset:
    preset, changes = PRESETS[name], from_texts(thresholds)
    return replace(preset, thresholds={**preset.thresholds, **changes}) if changes else preset


def to_texts(changes: Mapping[str, Thresholds]) -> tuple[str, ...]:
    """As a policy keeps them: "looking_away.enter_after_s=5". In order, so equal ones are alike."""
    return tuple(
        f"{kind}.{name}={_text(value)}"
        for kind, thresholds in sorted(changes.items())
        for name in (field.name for field in fields(Thresholds))
        if (value := getattr(thresholds, name)) is not None
    )


def from_texts(texts: Iterable[str]) -> dict[str, Thresholds]:
    """Raises ValueError for what `to_texts` does not write."""
    changes: dict[str, Thresholds] = {}
    for text in texts:
        place, _, value = text.partition("=")
        kind, _, name = place.partition(".")
        given = Severity[value.upper()] if name == "severity" else float(value)
        changes[kind] = replace(changes.get(kind, Thresholds()), **{name: given})  # type: ignore[arg-type]
    return changes


@dataclass(frozen=True, slots=True)
class Bounds:
    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def bounds_of(rule: Rule) -> Bounds | None:
    """Of enter_at, around what it is as it comes; None where only whole counts make sense."""
    far = rule.enter_at - rule.exit_at
    if rule.category is Category.TECHNICAL or _counts(rule):
        return None
    ends = sorted((rule.exit_at + NEAREST * far, rule.exit_at + FURTHEST * far))
    if 0 <= rule.exit_at < 1 and 0 < rule.enter_at < 1:
        ends[1] = min(ends[1], MOST_SHARE)
    return Bounds(round(ends[0], 3), round(ends[1], 3))


def problems(changes: Mapping[str, Thresholds]) -> list[str]:
    """What would make no sense in an exam that people sit, in sentences."""
    found = []
    known = rules_by_kind()
    for kind, thresholds in changes.items():
        rule = known[kind]
        after_s, at = thresholds.enter_after_s, thresholds.enter_at
        if after_s is not None and after_s > LONGEST_S:
            found.append(
                f"“{rule.title}” would have to last {after_s:g} s; at most {LONGEST_S:g} s, so that"
                " candidates are told in time."
            )
        if at is None or at == rule.enter_at:
            continue
        bounds = bounds_of(rule)
        if bounds is None:
            found.append(f"“{rule.title}” has one limit that makes sense: {rule.enter_at:g}.")
        elif at not in bounds:
            found.append(
                f"“{rule.title}” cannot begin at {at:g}: from {bounds.low:g} to {bounds.high:g}."
            )
    return found


def _counts(rule: Rule) -> bool:
    """Faces, voices, phrases: one more or one less is another thing."""
    return rule.enter_at == round(rule.enter_at) and abs(rule.enter_at - rule.exit_at) <= 1


def _text(value: float | Severity) -> str:
    return value.name.lower() if isinstance(value, Severity) else f"{value:g}"

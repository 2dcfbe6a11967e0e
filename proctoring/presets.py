"""Named ways of turning observations into incidents, for a whole meeting, and changes to them.

`standard` is each analyser's own rules. `classic` keeps the behaviour that face-count
proctoring tutorials made known: one look every five seconds, which alone decides, and one
entry in ten minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace

from proctoring.types import Category, Rule, Severity


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What the rule of one kind has otherwise. None: as it is."""

    enter_at: float | None = None  # in the signal's unit
    exit_at: float | None = None  # in the signal's unit
    enter_after_s: float | None = None
    exit_after_s: float | None = None
    weight: float | None = None  # 0..1
    severity: Severity | None = None

    def rule(self, rule: Rule) -> Rule:
        """Raises ValueError, with a sentence, for limits that are on the wrong side."""
        changes = {f.name: v for f in fields(self) if (v := getattr(self, f.name)) is not None}
        changed = replace(rule, **changes)
        enter, leave = changed.enter_at, changed.exit_at
        if enter == leave or (enter > leave) != (rule.enter_at > rule.exit_at):
            side = "below" if rule.enter_at > rule.exit_at else "above"
            raise ValueError(f"exit_at ({leave:g}) has to be {side} enter_at ({enter:g})")
        return changed


@dataclass(frozen=True, slots=True)
class Preset:
    name: str
    title: str
    about: str
    evaluate_every_s: float = 0.0  # 0: every observation counts
    is_debounced: bool = True
    thresholds: Mapping[str, Thresholds] = field(default_factory=dict)  # by kind: they win

    def rules(self, rules: Iterable[Rule]) -> list[Rule]:
        return [self._thresholds(rule).rule(self._adapt(rule)) for rule in rules]

    def _thresholds(self, rule: Rule) -> Thresholds:
        return self.thresholds.get(rule.kind, AS_IT_IS)

    def _adapt(self, rule: Rule) -> Rule:
        if self.is_debounced or rule.category is Category.TECHNICAL:
            return rule
        return replace(rule, enter_after_s=0.0, exit_after_s=0.0)


AS_IT_IS = Thresholds()
PRESETS = {
    preset.name: preset
    for preset in (
        Preset(
            "standard",
            "Standard",
            "Measures several times a second; what lasts a few seconds becomes an entry.",
        ),
        Preset(
            "classic",
            "Every five seconds",
            "Takes one look every five seconds, which alone decides.",
            evaluate_every_s=5.0,
            is_debounced=False,
        ),
    )
}

"""Named ways of turning observations into incidents, for a whole meeting, and changes to them.

`standard` is each analyser's own rules, which is what was measured. `lenient` and `strict` ask for
twice and for half the time before something becomes an entry. `classic` keeps the behaviour that
face-count proctoring tutorials made known: one look every five seconds, which alone decides, and
one entry in ten minutes.
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
    patience: float = 1.0  # how much longer than usual something has to last
    thresholds: Mapping[str, Thresholds] = field(default_factory=dict)  # by kind: they win

    def rules(self, rules: Iterable[Rule]) -> list[Rule]:
        return [self._thresholds(rule).rule(self._adapt(rule)) for rule in rules]

    def _thresholds(self, rule: Rule) -> Thresholds:
        return self.thresholds.get(rule.kind, AS_IT_IS)

    def _adapt(self, rule: Rule) -> Rule:
        if rule.category is Category.TECHNICAL:
            return rule
        if self.patience != 1.0:
            far = self.patience if rule.signal in DURATIONS else 1.0
            return replace(
                rule,
                enter_at=rule.enter_at * far,
                enter_after_s=rule.enter_after_s * self.patience,
            )
        if self.is_debounced:
            return rule
        return replace(rule, enter_after_s=0.0, exit_after_s=0.0)


AS_IT_IS = Thresholds()
# Signals that are themselves how long something has lasted, s, and count from nothing.
DURATIONS = frozenset({"page_hidden_s", "window_unfocused_s", "windowed_s", "share_missing_s"})
PRESETS = {
    preset.name: preset
    for preset in (
        Preset(
            "lenient",
            "Lenient",
            "As standard, and everything has to last twice as long: for practice exams, for open"
            " books, where few people look at the entries.",
            patience=2.0,
        ),
        Preset(
            "standard",
            "Standard",
            "Measures several times a second; what lasts a few seconds becomes an entry. This is"
            " what the error rates were measured with.",
        ),
        Preset(
            "strict",
            "Strict",
            "As standard, and half as long is enough: more entries, more of them about nothing."
            " For exams where somebody looks at each.",
            patience=0.5,
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

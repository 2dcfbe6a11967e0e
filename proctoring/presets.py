"""Named ways of turning observations into incidents, for a whole meeting.

`standard` is each analyser's own rules. `classic` keeps the behaviour that face-count
proctoring tutorials made known: one look every five seconds, which alone decides, and one
entry in ten minutes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from proctoring.types import Category, Rule


@dataclass(frozen=True, slots=True)
class Preset:
    name: str
    title: str
    about: str
    evaluate_every_s: float = 0.0  # 0: every observation counts
    is_debounced: bool = True

    def rules(self, rules: Iterable[Rule]) -> list[Rule]:
        return [self._adapt(rule) for rule in rules]

    def _adapt(self, rule: Rule) -> Rule:
        if self.is_debounced or rule.category is Category.TECHNICAL:
            return rule
        return replace(rule, enter_after_s=0.0, exit_after_s=0.0)


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

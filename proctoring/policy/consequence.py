"""What a setting means, as far as it was measured: the card's figures beside each kind."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import isclose

from proctoring.analysers import rules_by_kind
from proctoring.cards import card_of, figure
from proctoring.policy.thresholds import preset_in
from proctoring.types import Category, Meeting, Rule

NOT_HERE = "Not measured at this setting"
NEVER = "Not measured"
TECHNICAL = "Technical: shown apart and never scored"


@dataclass(frozen=True, slots=True)
class Consequence:
    said: str  # "At this setting 96 % found (n 27), 0.1 false per hour"
    is_measured: bool


def consequence(rule: Rule) -> Consequence:
    """Of a rule as it would be in force. Nothing is guessed for another setting than the card's."""
    card, as_it_comes = card_of(rule.kind), figure(rule.kind)
    if card is None or not as_it_comes:
        is_technical = rule.category is Category.TECHNICAL
        return Consequence(TECHNICAL if is_technical else NEVER, is_measured=False)
    if all(
        isclose(getattr(rule, name), value)
        for name, value in card.threshold.items()
        if hasattr(rule, name)
    ):
        return Consequence(as_it_comes[:1].upper() + as_it_comes[1:], is_measured=True)
    usual = as_it_comes.removeprefix("at this setting ")
    return Consequence(f"{NOT_HERE}. As it comes: {usual}", is_measured=False)


def figure_in(meeting: Meeting, kind: str) -> str:
    """As `cards.figure`, and honest where the exam has other limits: "not measured at this setting.
    As it comes: 96 % found …"."""
    return _figure(meeting.preset, meeting.policy.thresholds, kind)


@lru_cache(maxsize=1000)
def _figure(preset: str, thresholds: tuple[str, ...], kind: str) -> str:
    rule = rules_by_kind().get(kind)
    if rule is None or not figure(kind):
        return ""
    (in_force,) = preset_in(preset, thresholds).rules([rule])
    said = consequence(in_force).said
    return said[:1].lower() + said[1:]

"""What the rules about a candidate's equipment have in common."""

from __future__ import annotations

from functools import partial

from proctoring.types import Category, Rule

LOST_AFTER_S = 8.0  # connecting anew over a relay takes about as long
BACK_WITHIN_S = 2.0

equipment_rule = partial(Rule, category=Category.TECHNICAL, weight=0.0)


def lost_rule(kind: str, *, signal: str, what: str, source: str) -> Rule:
    """Nothing arrives. `signal` is the age of the newest in seconds, so no debounce is added."""
    return equipment_rule(
        kind=kind,
        title=f"No {what} arrives",
        signal=signal,
        enter_at=LOST_AFTER_S,
        exit_at=BACK_WITHIN_S,
        phrase=f"no {what}",
        advice=f"Check the {source} and your connection. Your exam goes on.",
        enter_after_s=0.0,
        exit_after_s=1.0,
    )

"""Is an answer in time? By the server's clock, and fair to whoever has a bad line."""

from __future__ import annotations

from datetime import datetime, timedelta

GRACE_S = 60.0  # after the end, for what was answered before it
LONGEST_AGE_S = 86_400.0  # nothing is older, whatever a page says


def made_at(now: datetime, age_s: float) -> datetime:
    """When it was answered, as the page says it: never in the future."""
    return now - timedelta(seconds=min(max(age_s, 0.0), LONGEST_AGE_S))


def is_in_time(made: datetime, now: datetime, ends_at: datetime) -> bool:
    """A page that lies gains the grace, and no more."""
    return made <= ends_at and now <= ends_at + timedelta(seconds=GRACE_S)


def late_s(now: datetime, ends_at: datetime) -> float:
    return max(0.0, (now - ends_at).total_seconds())

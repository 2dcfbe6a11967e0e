"""Ten-minute folding: a kind that recurs soon is the same entry, counted once more.

The rule is one function for every store and for replay: an incident covers the ten minutes
that begin with its first opening, and takes in every occurrence of its kind and candidate
that opens in them. Nothing is dropped: the occurrences stay, the entry lists them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from proctoring.types import Incident, Occurrence

FOLD = timedelta(minutes=10)


def folds_into(first_opened_at: datetime, opened_at: datetime) -> bool:
    return first_opened_at <= opened_at < first_opened_at + FOLD


def fold(occurrences: Iterable[Occurrence]) -> list[Incident]:
    """Incidents in order of their first opening. Takes occurrences of several candidates."""
    incidents: list[list[Occurrence]] = []
    newest: dict[tuple[str, str], list[Occurrence]] = {}
    for occurrence in sorted(occurrences, key=lambda o: (o.opened_at, o.id)):
        key = (occurrence.participant_id, occurrence.kind)
        group = newest.get(key)
        if group is None or not folds_into(group[0].opened_at, occurrence.opened_at):
            group = newest[key] = []
            incidents.append(group)
        group.append(occurrence)
    return [Incident(tuple(group)) for group in incidents]

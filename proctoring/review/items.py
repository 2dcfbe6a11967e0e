"""Incidents that overlap, as one thing to look at.

A second person who comes in is a second face, a second voice and a look to the side: three
incidents, and one thing for a reviewer to decide about.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from proctoring.types import Category, Incident, Occurrence, Severity

TOUCHES = timedelta(seconds=5)  # so far apart, two still are one scene: evidence reaches as far


class Tab(StrEnum):
    DECIDE = "decide"  # somebody has to say what it was
    NOTABLE = "notable"  # told, and nothing to decide about by itself
    TECHNICAL = "technical"  # about the equipment


@dataclass(frozen=True, slots=True)
class Item:
    """At least one incident, in order of opening. Its id is the first one's."""

    incidents: tuple[Incident, ...]

    @property
    def id(self) -> str:
        return self.incidents[0].id

    @property
    def participant_id(self) -> str:
        return self.incidents[0].first.participant_id

    @property
    def tab(self) -> Tab:
        return min((tab_of(incident) for incident in self.incidents), key=list(Tab).index)

    @property
    def severity(self) -> Severity:
        return max(o.severity for incident in self.incidents for o in incident.occurrences)

    @property
    def opened_at(self) -> datetime:
        return min(incident.opened_at for incident in self.incidents)

    @property
    def last_seen_at(self) -> datetime:
        return max(o.last_seen_at for incident in self.incidents for o in incident.occurrences)


def tab_of(incident: Incident) -> Tab:
    if incident.category is Category.TECHNICAL:
        return Tab.TECHNICAL
    is_light = max(o.severity for o in incident.occurrences) is Severity.INFO
    return Tab.NOTABLE if is_light else Tab.DECIDE


def items(incidents: Iterable[Incident]) -> list[Item]:
    """By opening. Of one candidate and one tab, what overlaps is one item; chains of them, too."""
    found: list[list[Incident]] = []
    for incident in sorted(incidents, key=lambda i: (i.opened_at, i.id)):
        joined = [group for group in found if _belongs(incident, group)]
        found = [group for group in found if group not in joined]
        found.append([*(one for group in joined for one in group), incident])
    return sorted(
        (Item(tuple(sorted(group, key=lambda i: (i.opened_at, i.id)))) for group in found),
        key=lambda item: (item.opened_at, item.id),
    )


def _belongs(incident: Incident, group: list[Incident]) -> bool:
    first = group[0]
    return (
        incident.first.participant_id == first.first.participant_id
        and tab_of(incident) is tab_of(first)
        and any(
            _overlap(one, other)
            for member in group
            for one in incident.occurrences
            for other in member.occurrences
        )
    )


def _overlap(one: Occurrence, other: Occurrence) -> bool:
    return (
        one.opened_at <= other.last_seen_at + TOUCHES
        and other.opened_at <= one.last_seen_at + TOUCHES
    )

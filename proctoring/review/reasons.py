"""The score, taken apart, and when there is none to be had.

It says how much there is to look at, and not how likely anything is: see `proctoring.rules.score`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from proctoring.types import Category, Incident

LEAST_COVERAGE = 0.5  # of the exam, on the average of its signals; below, few incidents mean little


@dataclass(frozen=True, slots=True)
class Contribution:
    """What the incidents of one kind add to the score."""

    kind: str
    title: str
    times: int  # occurrences
    weight: float  # of one
    points: float  # of 100


@dataclass(frozen=True, slots=True)
class Score:
    points: float | None  # 0..100; None if it is withheld
    withheld: str  # why, in a sentence; "" if it is not
    contributions: tuple[Contribution, ...]  # the heaviest first; they add up to the points
    coverage: float  # 0..1


def score(
    incidents: Iterable[Incident], dismissed: Collection[str], coverage: Mapping[str, float]
) -> Score:
    """Without the incidents that were `dismissed` (ids).

    `coverage`: signal -> share of the exam that it was measured, 0..1; empty for an exam that did
    not begin.
    """
    counted = [i for i in incidents if i.category is Category.CONDUCT and i.id not in dismissed]
    contributions = tuple(_contributions(counted))
    mean = sum(coverage.values()) / len(coverage) if coverage else 0.0
    if mean < LEAST_COVERAGE:
        withheld = f"Only {mean:.0%} of the exam was measured: a low score would mean nothing."
        return Score(None, withheld, contributions, mean)
    return Score(sum(one.points for one in contributions), "", contributions, mean)


def _contributions(incidents: Iterable[Incident]) -> Iterable[Contribution]:
    """Each takes its share of what those before it left: the order decides who is told to add how
    much, and not the sum."""
    kinds: dict[str, list[Incident]] = {}
    for incident in incidents:
        kinds.setdefault(incident.kind, []).append(incident)
    left = 100.0
    for kind, group in sorted(kinds.items(), key=lambda one: (-one[1][0].first.weight, one[0])):
        remains = left
        for incident in group:
            remains *= (1 - incident.first.weight) ** incident.count
        first = group[0].first
        times = sum(incident.count for incident in group)
        yield Contribution(kind, first.title, times, first.weight, left - remains)
        left = remains

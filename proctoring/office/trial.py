"""What another policy would have made of an exam that is over, from what was observed in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from proctoring import what_if
from proctoring.analysers import rules_by_kind
from proctoring.policy.file import WrittenPolicy
from proctoring.store import Store
from proctoring.traces.minutes import Damaged, stretches
from proctoring.types import Category, Incident, Meeting
from proctoring.what_if import CannotDecide

__all__ = ["CannotDecide", "Trial", "trial"]

MOST = 12  # candidates who are decided anew; more take longer than anybody waits


@dataclass(frozen=True, slots=True)
class Trial:
    # A kind's title, its entries as they were and as they would be.
    rows: tuple[tuple[str, int, int], ...]
    candidates: int
    of: int  # who have finished and whose observations are kept
    hours: float


def trial(store: Store, meeting: Meeting, was: WrittenPolicy, wanted: WrittenPolicy) -> Trial:
    """Entries of conduct, by kind. Raises `what_if.CannotDecide` with the reasons, StoreError."""
    traced = set(store.traced(meeting.id))
    people = [p for p in store.participants(meeting.id) if p.finished_at and p.id in traced]
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    done, seconds = 0, 0.0
    for person in people[:MOST]:
        try:
            observed = stretches(store.traces(person.id))
        except Damaged:
            continue
        would = what_if.decide(
            observed, was, wanted, meeting_id=meeting.id, participant_id=person.id
        )
        before += _counted(store.feed(meeting.id, participant_id=person.id).incidents)
        after += _counted(would.incidents)
        done += 1
        seconds += sum(stretch.until_t for stretch in observed)
    titles = {kind: rule.title for kind, rule in rules_by_kind().items()}
    rows = tuple(
        (titles.get(kind, kind), before[kind], after[kind])
        for kind in titles
        if before[kind] or after[kind]
    )
    return Trial(rows, done, len(people), seconds / 3600)


def _counted(incidents: tuple[Incident, ...]) -> Counter[str]:
    return Counter(one.kind for one in incidents if one.category is Category.CONDUCT)

"""What a proctor is shown first, and what is left for the review.

Pure: the same records at the same time give the same order, whichever desk or server asks. An
incident's urgency is how grave it is, times how often such a one is right where it was measured,
times how new it is, times how long it has waited. So many a proctor can look at well in ten
minutes, and no more are put before them: the least urgent are left for the review, where they can
be seen. Nothing is dropped: whatever nobody has decided is in the queue or among what is left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from proctoring import cards
from proctoring.types import Category, Incident, Severity

GRAVITY = {Severity.INFO: 1.0, Severity.WARNING: 2.0, Severity.ALERT: 4.0}
DOUBLES_AFTER_S = 120.0  # of waiting: then it is twice as urgent as when it came
WINDOW = timedelta(minutes=10)  # of the budget; and how long what is over stays in the queue
BUDGET = 12  # incidents in a window, for one proctor
UNKNOWN_PRECISION = 0.5  # of a kind that has no card: as likely wrong as right

BUSY, PAST, DONE = "budget", "past", "finished"  # why an incident is left for the review


@dataclass(frozen=True, slots=True)
class Ranked:
    """One incident in the queue."""

    incident: Incident
    waited_s: float
    precision: float  # 0..1
    novelty: float  # 0..1
    urgency: float


@dataclass(frozen=True, slots=True)
class Left:
    """One incident that waits for the review."""

    incident: Incident
    why: str  # BUSY, PAST or DONE


@dataclass(frozen=True, slots=True)
class Attention:
    queue: tuple[Ranked, ...]  # the most urgent first
    left: tuple[Left, ...]  # the newest first
    decided: int  # within the window
    budget: int  # of all proctors together


def attention(
    incidents: Iterable[Incident],
    decided: Mapping[str, datetime],
    now: datetime,
    *,
    finished: frozenset[str] = frozenset(),
    proctors: int = 1,
    budget: int = BUDGET,
    precision_of: Callable[[str], float] | None = None,
) -> Attention:
    """`decided`: when somebody last decided on an incident, by its id; what recurred since then
    is new. `finished`: ids of participants whose exam is over. `proctors`: open desks."""
    conduct = [one for one in incidents if one.category is Category.CONDUCT]
    seen = Counter((i.first.participant_id, i.kind) for i in conduct if i.id in decided)
    precise = precision_of or precision
    waiting: list[Ranked] = []
    left: list[Left] = []
    for incident in conduct:
        since = _waits_since(incident, decided.get(incident.id))
        if since is None:
            continue
        if incident.first.participant_id in finished:
            left.append(Left(incident, DONE))
        elif incident.closed_at and now - incident.closed_at >= WINDOW:
            left.append(Left(incident, PAST))
        else:
            known = seen[incident.first.participant_id, incident.kind]
            waiting.append(_ranked(incident, since, now, precise(incident.kind), known))
    waiting.sort(key=lambda one: (-one.urgency, one.incident.opened_at, one.incident.id))
    used = sum(now - WINDOW < at <= now for at in decided.values())
    whole = budget * max(1, proctors)
    room = max(0, whole - used)
    left += [Left(one.incident, BUSY) for one in waiting[room:]]
    left.sort(key=lambda one: (one.incident.opened_at, one.incident.id), reverse=True)
    return Attention(tuple(waiting[:room]), tuple(left), used, whole)


def _waits_since(incident: Incident, decided_at: datetime | None) -> datetime | None:
    """None if somebody decided on all of it."""
    if decided_at is None:
        return incident.opened_at
    later = (o.opened_at for o in incident.occurrences if o.opened_at > decided_at)
    return min(later, default=None)


def _ranked(
    incident: Incident, since: datetime, now: datetime, precise: float, known: int
) -> Ranked:
    """`known`: how many of its kind somebody has decided on, of this candidate."""
    waited_s = max(0.0, (now - since).total_seconds())
    gravity = GRAVITY[max(o.severity for o in incident.occurrences)]
    novelty = 1 / (1 + known)
    urgency = gravity * precise * novelty * (1 + waited_s / DOUBLES_AFTER_S)
    return Ranked(incident, waited_s, precise, novelty, urgency)


def precision(kind: str) -> float:
    """How often an incident of this kind is right, 0..1, if as many things were to be found as not.

    From its card, each count with one more on either side (Laplace's rule), so that few cases say
    little. Where what is false is counted by the hour, each minute is a case.
    """
    card = cards.card_of(kind)
    rows = card.rows if card else ()
    found = next((row for row in rows if row.n_positive), None)
    false = next((row for row in rows if row.n_negative or row.hours), None)
    if found is None and false is None:
        return UNKNOWN_PRECISION
    hit = (found.found + 1) / (found.n_positive + 2) if found else UNKNOWN_PRECISION
    wrong = UNKNOWN_PRECISION
    if false:
        cases = false.n_negative or round(false.hours * 60)
        wrong = min(1.0, (false.false + 1) / (cases + 2))
    return hit / (hit + wrong)


def to_be_looked_at(
    looked_at: Mapping[str, datetime], now: datetime, within: timedelta
) -> list[tuple[str, float]]:
    """Whom nobody has looked at for so long, and for how many s: the longest first.

    `looked_at`: of everybody who is in the exam now, by participant id.
    """
    waits = ((one, (now - at).total_seconds()) for one, at in looked_at.items())
    due = [(one, s) for one, s in waits if s >= within.total_seconds()]
    return sorted(due, key=lambda found: (-found[1], found[0]))

"""What needs a person now, for all desks of a meeting alike: see `proctoring.attention`.

Not to be called on the server's loop: it waits for the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from proctoring import attention
from proctoring.acts.duty import NOBODY, Decision, Duty
from proctoring.services import Services
from proctoring.types import Incident, Participant

Message = dict[str, Any]


def duty_message(
    services: Services,
    meeting_id: str,
    incidents: Iterable[Incident],
    participants: Iterable[Participant],
    now: datetime,
) -> Message:
    """What the desk orders and counts by:

    queue     [{"id", "participant_id"}, …]: the most urgent first; ids of incidents
    left      [{"id", "participant_id", "why"}, …]: for the review
    decided   [{"id", "outcome", "name", "at"}, …]: the newest first
    claims    participant id -> {"desk", "name", "since"}
    looks     [{"participant_id", "since"}, …]: nobody has looked at them for too long
    desks     [{"id", "name"}, …]: that are open now
    budget    {"used", "of", "minutes"}
    """
    known = list(incidents)
    duties = services.ledger.duties(meeting_id)
    people = {one.id: one for one in participants}
    desks = services.desks.here(meeting_id)
    decisions = _decisions(known, duties)
    settings = services.settings
    found = attention.attention(
        known,
        {one: decision.at for one, decision in decisions.items()},
        now,
        finished=frozenset(one.id for one in people.values() if one.finished_at),
        proctors=len(desks),
        budget=settings.desk_budget,
    )
    by_id = {incident.id: incident for incident in known}
    recent = sorted(decisions.items(), key=lambda one: one[1].at, reverse=True)
    waiting = {one.incident.id for one in found.queue} | {one.incident.id for one in found.left}
    return {
        "type": "duty",
        "queue": [_named(one.incident) for one in found.queue],
        "left": [_named(one.incident) | {"why": one.why} for one in found.left],
        "decided": [
            _named(by_id[one]) | _said(decision) for one, decision in recent if one not in waiting
        ],
        "claims": {
            one: {"desk": claim.desk, "name": claim.name, "since": claim.at.isoformat()}
            for one, duty in sorted(duties.items())
            if (claim := duty.claim) and claim.holds(now)
        },
        "looks": _looks(people.values(), duties, now, timedelta(minutes=settings.look_every_min)),
        "look_every_min": settings.look_every_min,
        "desks": [{"id": one.id, "name": one.name} for one in desks],
        "budget": {
            "used": found.decided,
            "of": found.budget,
            "minutes": round(attention.WINDOW.total_seconds() / 60),
        },
    }


def _decisions(incidents: Iterable[Incident], duties: Mapping[str, Duty]) -> dict[str, Decision]:
    """The newest of each incident, by its id: it may have another first occurrence since."""
    found: dict[str, Decision] = {}
    for incident in incidents:
        decided = duties.get(incident.first.participant_id, NOBODY).decided
        of_it = [decided[one.id] for one in incident.occurrences if one.id in decided]
        if of_it:
            found[incident.id] = max(of_it, key=lambda decision: decision.at)
    return found


def _looks(
    people: Iterable[Participant],
    duties: Mapping[str, Duty],
    now: datetime,
    within: timedelta,
) -> list[Message]:
    """The time counts from the beginning of an exam, if nobody has looked yet."""
    looked: dict[str, datetime] = {}
    for one in people:
        if one.started_at and not one.finished_at:
            last = duties.get(one.id, NOBODY).looked_at
            looked[one.id] = max(last, one.started_at) if last else one.started_at
    due = attention.to_be_looked_at(looked, now, within)
    return [{"participant_id": one, "since": looked[one].isoformat()} for one, _ in due]


def _named(incident: Incident) -> Message:
    return {"id": incident.id, "participant_id": incident.first.participant_id}


def _said(decision: Decision) -> Message:
    return {"outcome": decision.outcome, "name": decision.name, "at": decision.at.isoformat()}

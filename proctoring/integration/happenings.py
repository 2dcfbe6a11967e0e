"""What is told of a meeting to other programs: ids, kinds and times, and never a name.

Each has an id made of what it says, so that whoever is told twice knows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from proctoring.types import AuditEntry, Incident

Happening = dict[str, Any]

OPENED, CLOSED = "incident.opened", "incident.closed"
_LOGGED = {  # actions of a meeting's log, and what they are called here
    "participant.joined": "participant.joined",
    "participant.started": "participant.started",
    "participant.finished": "participant.finished",
    "participant.erased": "participant.erased",
    "act.verdict": "verdict.given",
}
TYPES = (OPENED, CLOSED, *_LOGGED.values())


def of_log(entries: Iterable[AuditEntry]) -> Iterator[Happening]:
    for entry in entries:
        event = entry.event
        if event.action in _LOGGED:
            kind = _LOGGED[event.action]
            yield _happening(kind, event.meeting_id, event.subject, event.at, event.id)


def of_incidents(incidents: Iterable[Incident]) -> Iterator[Happening]:
    """Once for each time that one opens, and once for each that it closes."""
    for incident in incidents:
        first, newest = incident.first, incident.occurrences[-1]
        kind = OPENED if incident.closed_at is None else CLOSED
        at = incident.closed_at or newest.opened_at
        mark = f"{incident.id} {incident.count}"
        yield _happening(kind, first.meeting_id, first.participant_id, at, mark) | {
            "incident": {
                "id": incident.id,
                "kind": incident.kind,
                "title": first.title,
                "category": incident.category.value,
                "severity": max(o.severity for o in incident.occurrences).name.lower(),
                "count": incident.count,
                "opened_at": incident.opened_at.isoformat(),
                "closed_at": incident.closed_at.isoformat() if incident.closed_at else None,
            }
        }


def _happening(
    kind: str, meeting_id: str, participant_id: str, at: datetime, mark: str
) -> Happening:
    return {
        "id": str(uuid5(NAMESPACE_OID, f"{kind} {mark}")),
        "type": kind,
        "at": at.isoformat(),
        "meeting_id": meeting_id,
        "participant_id": participant_id,
    }

"""An incident of a recording, as a line of JSON tells it."""

from __future__ import annotations

from typing import Any

from proctoring import cards
from proctoring.replay import media_s
from proctoring.types import Incident


def values(incident: Incident) -> dict[str, Any]:
    """Times are seconds of the recording."""
    closed_at = incident.closed_at
    return {
        "kind": incident.kind,
        "category": str(incident.category),
        "title": incident.first.title,
        "severity": incident.first.severity.name.lower(),
        "opened_s": round(media_s(incident.opened_at), 2),
        "closed_s": None if closed_at is None else round(media_s(closed_at), 2),
        "count": incident.count,
        "summary": incident.worst.summary,
        "figure": cards.figure(incident.kind),
    }

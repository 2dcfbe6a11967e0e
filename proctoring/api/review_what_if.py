"""A finished exam decided anew under another policy, side by side with what was.

    GET /api/review/what-if/ID?preset=lenient&off=gaze,objects

Nothing is changed by it: the answer is made of what was observed, and forgotten.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from proctoring import what_if
from proctoring.access.tokens import READS, Refused
from proctoring.analysers import choices
from proctoring.api import guard
from proctoring.ids import is_id
from proctoring.policy.file import WrittenPolicy
from proctoring.policy.presets import PRESETS
from proctoring.policy.thresholds import preset_of
from proctoring.services import Services
from proctoring.store import StoreError, Unknown
from proctoring.traces.minutes import Damaged, stretches
from proctoring.types import Capability, Occurrence

HEADERS = {"Cache-Control": "private, no-store"}
NOT_KEPT = (
    "What was measured of this candidate is not kept: it was erased with the pictures, or the"
    " server keeps none."
)
View = dict[str, Any]


def routes(services: Services) -> list[BaseRoute]:
    async def answer(request: Request, bearer: Capability) -> Response:
        participant_id = request.path_params["id"]
        preset = request.query_params.get("preset", "")
        off = frozenset(filter(None, request.query_params.get("off", "").split(",")))
        known = {kind.name for kind in choices()}
        if not is_id(participant_id) or preset not in ("", *PRESETS) or not off <= known:
            raise Refused
        try:
            told = await asyncio.to_thread(_decide, services, bearer, participant_id, preset, off)
        except Unknown:
            raise
        except what_if.CannotDecide as reasons:
            return JSONResponse({"problem": str(reasons)}, 422, HEADERS)
        except (StoreError, Damaged) as error:
            problem = f"The measurements cannot be read now. {error}"
            return JSONResponse({"problem": problem}, 503, HEADERS)
        return JSONResponse(told, headers=HEADERS)

    return [Route("/api/review/what-if/{id}", guard.guarded(services, READS, answer))]


def _decide(
    services: Services,
    bearer: Capability,
    participant_id: str,
    preset: str,
    off: frozenset[str],
) -> View:
    """Raises Refused, CannotDecide, StoreError, Damaged. `preset` is "" for the exam's own."""
    store = services.store
    if store.participant(participant_id).meeting_id != bearer.meeting_id:
        raise Refused
    meeting = store.meeting(bearer.meeting_id)
    was = WrittenPolicy(meeting.policy, meeting.signals, preset_of(meeting))
    wanted = replace(
        was,
        preset=PRESETS[preset] if preset else was.preset,
        signals=tuple(name for name in was.signals if name not in off),
    )
    observed = stretches(store.traces(participant_id))
    if not observed:
        raise what_if.CannotDecide(NOT_KEPT)
    would = what_if.decide(
        observed, was, wanted, meeting_id=meeting.id, participant_id=participant_id
    )
    kept = what_if.decided(store.feed(meeting.id, participant_id=participant_id).incidents)
    pairs = what_if.side_by_side(kept.incidents, would.incidents)
    return {
        "was": _counted(kept),
        "would": _counted(would),
        "missing": sum(stretch.missing for stretch in observed),
        "pairs": [
            {
                "kind": pair.either.kind,
                "title": pair.either.title,
                "category": pair.either.category,
                "was": _told(pair.was),
                "would": _told(pair.would),
            }
            for pair in pairs
        ],
    }


def _counted(decided: what_if.Decided) -> View:
    return {"incidents": len(decided.incidents), "points": round(decided.score, 1)}


def _told(one: Occurrence | None) -> View | None:
    if one is None:
        return None
    until = one.closed_at or one.last_seen_at
    return {
        "from": one.opened_at.isoformat(),
        "to": until.isoformat(),
        "summary": one.summary,
    }

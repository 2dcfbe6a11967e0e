"""A picture as it was taken, for staff who said why: the only way to one for them.

POST /api/evidence/ID/reveal    {"id": UUID, "reason": "…"} -> {"until": when it ends}
GET  /api/evidence/ID/original  until then, for the same link
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from proctoring.access.tokens import READS, Refused
from proctoring.acts.reveals import LASTS, CannotReveal, open_until, reveal
from proctoring.api import guard
from proctoring.api.bodies import text_of
from proctoring.api.evidence import of_meeting, response
from proctoring.ids import is_id
from proctoring.services import Services
from proctoring.store import StoreError, Unknown
from proctoring.types import Capability, Evidence

MOST_BYTES = 4 * 1024
HEADERS = {"Cache-Control": "private, no-store"}
PICTURE = "image/jpeg"


def routes(services: Services) -> list[BaseRoute]:
    async def say(request: Request, bearer: Capability) -> Response:
        said = guard.parse(await text_of(request, MOST_BYTES))
        try:
            until = await asyncio.to_thread(_reveal, services, bearer, _id(request), said)
        except CannotReveal as problem:
            return JSONResponse({"problem": str(problem)}, 422, HEADERS)
        except Unknown:
            raise
        except StoreError:
            problem_now = "The records cannot be written at this moment. Try again."
            return JSONResponse({"problem": problem_now}, 503, HEADERS)
        return JSONResponse({"until": until.isoformat()}, headers=HEADERS)

    async def original(request: Request, bearer: Capability) -> Response:
        found = await asyncio.to_thread(_original, services, bearer, _id(request))
        return response(found, request.headers.get("range", ""))

    return [
        Route(
            "/api/evidence/{evidence_id}/reveal",
            guard.guarded(services, READS, say),
            methods=["POST"],
        ),
        Route("/api/evidence/{evidence_id}/original", guard.guarded(services, READS, original)),
    ]


def _reveal(
    services: Services, bearer: Capability, evidence_id: str, said: dict[str, object]
) -> datetime:
    """Until when. Raises Refused, Unknown, CannotReveal, StoreError."""
    match said:
        case {"id": str(said_id), "reason": str(reason)} if is_id(said_id):
            pass
        case _:
            raise Refused
    store, now = services.store, datetime.now(UTC)
    picture = of_meeting(services, bearer, evidence_id)
    if picture.media_type != PICTURE:
        raise Refused
    person_id = _whose(services, picture)
    act = reveal(bearer, said_id, person_id, picture, reason, now)
    known = {one.id: one for one in store.acts(person_id)}
    if act.id not in known:
        store.save_act(act)
    return known.get(act.id, act).at + LASTS


def _original(services: Services, bearer: Capability, evidence_id: str) -> Evidence:
    """Raises Refused, Unknown, StoreError."""
    picture = of_meeting(services, bearer, evidence_id)
    acts = services.store.acts(_whose(services, picture))
    if open_until(acts, bearer.id, evidence_id, datetime.now(UTC)) is None:
        raise Refused
    return picture


def _whose(services: Services, picture: Evidence) -> str:
    """The candidate's id."""
    return services.store.incident(picture.occurrence_id).first.participant_id


def _id(request: Request) -> str:
    found: str = request.path_params["evidence_id"]
    if not is_id(found):
        raise Refused
    return found

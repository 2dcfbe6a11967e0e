"""A candidate's signals around an observation, as plots, for whoever reviews it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from proctoring.access.tokens import READS, Refused
from proctoring.api import guard
from proctoring.ids import is_id
from proctoring.policy.thresholds import preset_of
from proctoring.review.plots import Plot, plots
from proctoring.services import Services
from proctoring.store import StoreError, Unknown
from proctoring.traces.minutes import Damaged, stretches
from proctoring.types import Capability, Rule
from proctoring.what_if import rules_of

LONGEST = timedelta(hours=6)
HEADERS = {"Cache-Control": "private, no-store"}


def routes(services: Services) -> list[BaseRoute]:
    async def answer(request: Request, bearer: Capability) -> Response:
        participant_id = request.path_params["id"]
        since, until = (_time(request.query_params.get(name, "")) for name in ("from", "to"))
        if not is_id(participant_id) or not since < until <= since + LONGEST:
            raise Refused
        try:
            found = await asyncio.to_thread(
                _plots, services, bearer, participant_id, (since, until)
            )
        except Unknown:
            raise
        except (StoreError, Damaged) as error:
            problem = f"The measurements cannot be read now. {error}"
            return JSONResponse({"problem": problem}, 503, HEADERS)
        return JSONResponse({"from": since.isoformat(), "plots": found}, headers=HEADERS)

    return [Route("/api/review/plots/{id}", guard.guarded(services, READS, answer))]


def _plots(
    services: Services, bearer: Capability, participant_id: str, times: tuple[datetime, datetime]
) -> list[Plot]:
    """Raises Refused, StoreError, Damaged."""
    store = services.store
    if store.participant(participant_id).meeting_id != bearer.meeting_id:
        raise Refused
    preset = preset_of(store.meeting(bearer.meeting_id))
    found = stretches(store.traces(participant_id))
    rules: dict[str, Rule] = {}  # of stretches with different rules the latest count
    for stretch in found:
        rules |= {rule.kind: rule for rule in rules_of(stretch, preset)}
    return plots(found, rules.values(), *times)


def _time(text: str) -> datetime:
    """Raises Refused."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused from None

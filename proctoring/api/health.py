"""Is the server up, and can it keep what it sees? For load balancers and operators.

Everybody may ask, so it says no more than that: what is the matter is on the desk and in the log.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from proctoring import __version__
from proctoring.services import Services

HEADERS = {"Cache-Control": "no-store"}


def routes(services: Services) -> list[BaseRoute]:
    async def health(request: Request) -> JSONResponse:
        """Ready for candidates: what is seen can be kept."""
        is_well = not services.writer.problem
        # No reason to send candidates elsewhere: the log names the exam, and `doctor` does.
        upkeep = "failing" if services.upkeep.failures else "ok"
        return JSONResponse(
            {
                "status": "ok" if is_well else "degraded",
                "upkeep": upkeep,
                "version": __version__,
            },
            status_code=200 if is_well else 503,
            headers=HEADERS,
        )

    async def live(request: Request) -> JSONResponse:
        """The process answers: a supervisor need not end it."""
        return JSONResponse({"status": "ok", "version": __version__}, headers=HEADERS)

    return [
        Route("/api/health", health),
        Route("/api/health/live", live),
        Route("/api/health/ready", health),
    ]

"""Is the server up, and can it keep what it sees? For load balancers and operators."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from proctoring import __version__
from proctoring.services import Services


def routes(services: Services) -> list[BaseRoute]:
    async def health(request: Request) -> JSONResponse:
        problem = services.writer.problem
        return JSONResponse(
            {"status": "degraded" if problem else "ok", "version": __version__, "problem": problem},
            status_code=503 if problem else 200,
            headers={"Cache-Control": "no-store"},
        )

    return [Route("/api/health", health)]

"""The API for other programs, under /api/v1: see docs/api.md.

declared     what an operation is            problems   what goes wrong, in sentences
door         who asks, and what they may     forms      values that several operations share
serving      from declarations to routes     openapi    the document; page: the same for people

meetings, people, invitations, links, incidents, reports, policies, analysis, hooks: the operations
stream       pictures and sound of one candidate, live
events       what happens in a meeting, as it happens
"""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from proctoring.api.v1 import (
    analysis,
    events,
    hooks,
    incidents,
    invitations,
    links,
    meetings,
    page,
    people,
    policies,
    reports,
    stream,
)
from proctoring.api.v1.openapi import document
from proctoring.api.v1.serving import PREFIX
from proctoring.api.v1.serving import routes as serve
from proctoring.services import Services

OPERATIONS = (
    *meetings.OPERATIONS,
    *people.OPERATIONS,
    *invitations.OPERATIONS,
    *links.OPERATIONS,
    *incidents.OPERATIONS,
    *reports.OPERATIONS,
    *policies.OPERATIONS,
    *analysis.OPERATIONS,
    *hooks.OPERATIONS,
)


def routes(services: Services) -> list[BaseRoute]:
    made = document(OPERATIONS, services.settings.public_url)
    text, shown = json.dumps(made, ensure_ascii=False), page.html(made)

    async def described(request: Request) -> Response:
        return Response(text, media_type="application/json")

    async def told(request: Request) -> Response:
        return HTMLResponse(shown, headers={"Content-Security-Policy": page.CONTENT_POLICY})

    return [
        Route(f"{PREFIX}/openapi.json", described),
        Route(f"{PREFIX}/docs", told),
        *stream.routes(services),
        *events.routes(services),
        *serve(services, OPERATIONS),
    ]

"""Evidence for a page that can send no token: an address that shows one picture, for ten minutes.

It names the link of whoever asked and ends with it; looking is logged as theirs.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from proctoring.access.tokens import WATCHES, Refused
from proctoring.api.drop_ins.asking import route
from proctoring.api.v1.declared import Call
from proctoring.api.v1.incidents import evidence
from proctoring.services import Services
from proctoring.types import Capability

LASTS_S = 600


def address(services: Services, bearer: Capability, evidence_id: str, base: str) -> str:
    said = {"by": bearer.id, "until": str(int(time.time()) + LASTS_S)}
    mark = services.integration.seal_of(_said(evidence_id, said["by"], said["until"]))
    return f"{base}/evidence/{evidence_id}?{urlencode(said | {'mark': mark})}"


def routes(services: Services) -> list[BaseRoute]:
    async def show(request: Request) -> Any:
        return await asyncio.to_thread(_shown, services, request)

    return route(services, "GET", "/evidence/{evidence_id}", show)


def _shown(services: Services, request: Request) -> Response:
    """Raises Refused, Unknown, Problem."""
    evidence_id, asked = str(request.path_params["evidence_id"]), request.query_params
    by, until = asked.get("by", ""), asked.get("until", "")
    mark = services.integration.seal_of(_said(evidence_id, by, until))
    if not hmac.compare_digest(mark.encode(), asked.get("mark", "").encode(errors="replace")):
        raise Refused
    if int(until) < time.time():
        raise Refused
    return evidence(
        Call(
            services=services,
            base="",
            path={"evidence_id": evidence_id},
            headers=request.headers,
            key=None,
            bearer=services.admission.now(by, WATCHES),
        )
    )


def _said(evidence_id: str, by: str, until: str) -> str:
    return f"evidence {evidence_id} {by} {until}"

"""STUN and TURN servers for the ends of a connection, each time with fresh credentials."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from aiortc import RTCConfiguration, RTCIceServer
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from proctoring.access.tokens import SITS, WATCHES
from proctoring.api import guard
from proctoring.live.ice import SERVER, ice_servers
from proctoring.services import Services
from proctoring.types import Capability

Configuration = Callable[[], RTCConfiguration]  # one for each connection


def routes(services: Services) -> list[BaseRoute]:
    async def tell(request: Request, bearer: Capability) -> Response:
        servers = ice_servers(services.settings, bearer.participant_id or bearer.id, time.time())
        return JSONResponse({"iceServers": servers}, headers={"Cache-Control": "no-store"})

    endpoint = guard.guarded(services, SITS | WATCHES, tell)
    return [Route("/api/ice", endpoint, methods=["GET"])]


def configuration_of(services: Services) -> Configuration:
    """Of this server's own ends."""
    return partial(_configuration, services)


def alone() -> RTCConfiguration:
    """Without any server: what is in one network finds its way."""
    return RTCConfiguration([])  # left out, it would be a public STUN server


def _configuration(services: Services) -> RTCConfiguration:
    servers = ice_servers(services.settings, SERVER, time.time())
    return RTCConfiguration(
        [RTCIceServer(one["urls"], one.get("username"), one.get("credential")) for one in servers]
    )

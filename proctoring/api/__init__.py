"""HTTP and WebSocket routes beside the pages, on the same port."""

from __future__ import annotations

from starlette.routing import BaseRoute

from proctoring.api import candidate, desk, evidence, health, live
from proctoring.services import Services


def routes(services: Services) -> list[BaseRoute]:
    rooms = (candidate, desk, evidence, health, live)
    return [route for room in rooms for route in room.routes(services)]

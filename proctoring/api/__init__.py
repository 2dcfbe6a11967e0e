"""HTTP and WebSocket routes beside the pages, on the same port."""

from __future__ import annotations

from starlette.routing import BaseRoute

from proctoring.api import candidate, check_in, desk, evidence, health, live, own, paper, review
from proctoring.services import Services


def routes(services: Services) -> list[BaseRoute]:
    rooms = (candidate, check_in, desk, evidence, health, live, own, paper, review)
    return [route for room in rooms for route in room.routes(services)]

"""HTTP and WebSocket routes beside the pages, on the same port."""

from __future__ import annotations

from starlette.routing import BaseRoute

from proctoring.api import (
    candidate,
    check_in,
    desk,
    drop_ins,
    evidence,
    health,
    ice,
    live,
    lti,
    media,
    metrics,
    own,
    paper,
    reveal,
    review,
    stills,
    v1,
)
from proctoring.services import Services


def routes(services: Services) -> list[BaseRoute]:
    rooms = (
        candidate,
        check_in,
        desk,
        evidence,
        health,
        ice,
        live,
        media,
        own,
        paper,
        reveal,
        review,
        stills,
    )
    for_programs = (metrics, v1, drop_ins, lti)
    return [route for room in (*rooms, *for_programs) for route in room.routes(services)]

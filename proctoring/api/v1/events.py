"""What happens in a meeting, as it happens: server-sent events for dashboards.

    event: incident
    id: 42
    data: {…}

`id` is the revision; whoever comes back with `Last-Event-ID` gets what changed since. Candidates
are told whole whenever something of them changes, at most once a second.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from proctoring.access.admission import TooMany
from proctoring.access.tokens import READS
from proctoring.api import guard
from proctoring.api.room import Room
from proctoring.api.v1.door import Caller, caller, is_still
from proctoring.api.v1.problems import Problem, response, wait
from proctoring.api.v1.serving import PREFIX
from proctoring.services import Services
from proctoring.store import StoreError

LOOK_EVERY_S = 1.0
SAY_SOMETHING_EVERY_S = 15.0  # so that proxies keep the line open
VOLATILE = ("left_s", "picture_age_s")  # changes that are no news

Message = dict[str, Any]


def routes(services: Services) -> list[BaseRoute]:
    async def events(request: Request) -> Response:
        path = {"meeting_id": str(request.path_params["meeting_id"])}
        token, address = guard.pass_of(request), guard.address_of(request, services)
        try:
            who = await asyncio.to_thread(caller, services, READS, token, address, path)
            room = await asyncio.to_thread(Room, services, path["meeting_id"])
        except Problem as problem:
            return response(problem)
        except StoreError as error:
            return response(wait(5, f"The records cannot be used now. {error}", 503))
        said = request.headers.get("last-event-id", "")
        after = int(said) if said.isascii() and said.isdigit() and len(said) < 16 else 0
        if not _has_room(services, who):
            return response(wait(30, "This token has as many lines open as it may.", 429))
        return StreamingResponse(
            _lines(services, room, who, after),
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
            media_type="text/event-stream",
        )

    return [Route(f"{PREFIX}/meetings/{{meeting_id}}/events", events)]


def _has_room(services: Services, who: Caller) -> bool:
    try:
        with services.admission.sockets.hold(_id(who)):
            return True
    except TooMany:
        return False


def _id(who: Caller) -> str:
    return who.bearer.id if who.bearer else ""


async def _lines(services: Services, room: Room, who: Caller, after: int) -> AsyncIterator[str]:
    """Until the token ends or the client hangs up."""
    known: dict[str, Message] = {}
    quiet_s, is_first = 0.0, True
    with services.admission.sockets.hold(_id(who)):
        while await asyncio.to_thread(is_still, services, who, READS):
            try:
                news = await asyncio.to_thread(room.begin, after) if is_first else None
                news = news or await asyncio.to_thread(room.news)
                people = (await asyncio.to_thread(room.candidates))["candidates"]
                is_first = False
            except StoreError:
                news, people = None, []
            text = "".join(_said(news, people, known))
            quiet_s = 0.0 if text else quiet_s + LOOK_EVERY_S
            if text or quiet_s >= SAY_SOMETHING_EVERY_S:
                yield text or ": still here\n\n"
                quiet_s = 0.0
            await asyncio.sleep(LOOK_EVERY_S)


def _said(news: Message | None, people: list[Message], known: dict[str, Message]) -> list[str]:
    found = []
    if news:
        found += [_event("incident", one, news["revision"]) for one in news["incidents"]]
    for person in people:
        steady = {name: value for name, value in person.items() if name not in VOLATILE}
        if known.get(person["id"]) != steady:
            known[person["id"]] = steady
            found.append(_event("participant", person))
    return found


def _event(kind: str, data: Message, revision: int | None = None) -> str:
    number = "" if revision is None else f"id: {revision}\n"
    return f"event: {kind}\n{number}data: {json.dumps(data, ensure_ascii=False, default=str)}\n\n"

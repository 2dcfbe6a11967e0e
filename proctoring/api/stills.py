"""Stills of what candidates share: they send theirs, and those who may read the exam see them."""

from __future__ import annotations

import asyncio
import os
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from proctoring.access.limits import Rate
from proctoring.access.tokens import READS, SITS, Refused
from proctoring.api import guard
from proctoring.api.evidence import HEADERS, Seen
from proctoring.audit import events
from proctoring.ids import is_id
from proctoring.live.sharing import MANY, Given, NotAsked
from proctoring.media.stills import MOST_BYTES, NoStill, clean
from proctoring.services import Services
from proctoring.store import Rejected, StillRef, StoreError, Unknown
from proctoring.types import STILL_KEPT, BrowserEvent, Capability

WORKERS = 2  # of the whole server, which make pictures anew
NICE = 10  # a running exam goes first
MOST_WAITING = 64  # pictures of the whole server, 40 MB at most
BUSY_S = 5
PER_S, BURST = 0.6, 40  # of one candidate; after twenty seconds without a line ten come at once
NUMBER = re.compile(r"[0-9]{1,10}-[0-9]{1,10}-[0-9]{1,9}")  # of a load of the page, and the still
LONGEST_AGO_MS = re.compile(r"[0-9]{1,9}")

UNREADABLE = "What was shared cannot be read at this moment."

View = dict[str, Any]


def routes(services: Services) -> list[BaseRoute]:
    intake = Intake(services)
    seen = Seen()

    async def take(request: Request, bearer: Capability) -> Response:
        return await intake.take(request, bearer.participant_id or "")

    async def own(request: Request, bearer: Capability) -> Response:
        person = await asyncio.to_thread(_finished, services, bearer)
        try:
            found = await asyncio.to_thread(services.store.stills, person)
        except StoreError:
            return _problem(503, UNREADABLE)
        return JSONResponse(listed(found), headers=HEADERS)

    async def own_picture(request: Request, bearer: Capability) -> Response:
        person = await asyncio.to_thread(_finished, services, bearer)
        return await _picture(services, request, person)

    async def look(request: Request, bearer: Capability) -> Response:
        person = await asyncio.to_thread(_of_meeting, services, request, bearer)
        try:
            if request.query_params.get("newest"):
                one = await asyncio.to_thread(services.sharing.newest, person)
                return JSONResponse(listed([one] if one else []), headers=HEADERS)
            found = await asyncio.to_thread(services.store.stills, person)
        except StoreError:
            return _problem(503, UNREADABLE)
        return JSONResponse(listed(found), headers=HEADERS)

    async def picture(request: Request, bearer: Capability) -> Response:
        person = await asyncio.to_thread(_of_meeting, services, request, bearer)
        answer = await _picture(services, request, person)
        if answer.status_code == 200 and seen.is_new(bearer.id, person):
            event = events.done(bearer.meeting_id, bearer.id, events.STILLS_SEEN, person)
            await asyncio.to_thread(services.journal.write, event)
        return answer

    def sitting(answer: Any) -> guard.Endpoint:
        return guard.guarded(services, SITS, answer)

    def reading(answer: Any) -> guard.Endpoint:
        return guard.guarded(services, READS, answer)

    return [
        Route("/api/exam/stills", sitting(take), methods=["POST"]),
        Route("/api/own/stills", sitting(own)),
        Route("/api/own/stills/{still_id}", sitting(own_picture)),
        Route("/api/stills/{id}", reading(look)),
        Route("/api/stills/{id}/{still_id}", reading(picture)),
    ]


class Intake:
    """Of the whole server: what comes in is bounded, in number, in bytes, and in work."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._rate = Rate(PER_S, BURST)
        self._pool = ThreadPoolExecutor(WORKERS, "stills", _give_way)
        self._waiting = 0

    async def take(self, request: Request, participant_id: str) -> Response:
        """201 once it is kept; any other answer says what to do."""
        query = request.query_params
        number, ago_ms = query.get("number", ""), query.get("ago_ms", "0")
        if not NUMBER.fullmatch(number) or not LONGEST_AGO_MS.fullmatch(ago_ms):
            return _problem(400, "A still says which one it is, and how long ago it was drawn.")
        if wait_s := self._rate.wait_s(participant_id, time.monotonic()):
            return _problem(429, "These are too many stills. Send the next one later.", wait_s)
        source, ago = query.get("source", ""), timedelta(milliseconds=int(ago_ms))
        if self._waiting >= MOST_WAITING:
            return _problem(503, "The server is busy. Send it again.", BUSY_S)
        self._waiting += 1
        try:
            await asyncio.to_thread(self._services.sharing.check, participant_id, source, ago)
            data = await _body(request)
            work = asyncio.get_running_loop().run_in_executor
            return await work(self._pool, self._keep, participant_id, source, number, ago, data)
        except NotAsked as why:
            return _problem(409, str(why))
        except NoStill as why:
            return _problem(422, str(why))
        except (Unknown, Rejected):
            raise Refused from None
        except StoreError:
            return _problem(503, "It cannot be kept at this moment. Send it again.", BUSY_S)
        finally:
            self._waiting -= 1

    def _keep(
        self, participant_id: str, source: str, number: str, ago: timedelta, data: bytes
    ) -> Response:
        made = clean(data)
        given = Given(source, number, ago, made.jpeg, made.width, made.height)
        taken = self._services.sharing.take(participant_id, given)
        if taken.id and (seat := self._services.seat(participant_id)):
            now = seat.session.clock()
            ago_s = min(now, max(0.0, ago.total_seconds()))
            seat.session.offer(BrowserEvent(now, STILL_KEPT, source, ago_s))
        return JSONResponse(
            {"id": taken.id, "every_s": taken.every_s}, 201 if taken.id else 200, HEADERS
        )


def listed(found: list[StillRef]) -> View:
    """As JSON carries it. `thinned_from`: after so many there is one a minute."""
    stills = [
        {"id": one.id, "at": one.at.isoformat(), "source": one.source}
        | {"width": one.width, "height": one.height}
        for one in found
    ]
    thinned = found[MANY - 1].at.isoformat() if len(found) > MANY else None
    return {"stills": stills, "thinned_from": thinned}


async def _picture(services: Services, request: Request, participant_id: str) -> Response:
    """Of this participant alone. Raises Refused, Unknown."""
    still_id = request.path_params["still_id"]
    if not is_id(still_id):
        raise Refused
    try:
        found = await asyncio.to_thread(services.store.still, still_id)
    except Unknown:
        raise
    except StoreError:
        return _problem(503, UNREADABLE)
    if found.participant_id != participant_id:
        raise Refused
    return Response(found.data, 200, HEADERS, "image/jpeg")


def _finished(services: Services, bearer: Capability) -> str:
    """The bearer's own participation, once it is over. Raises Refused."""
    participant_id = bearer.participant_id or ""
    if services.store.participant(participant_id).finished_at is None:
        raise Refused
    return participant_id


def _of_meeting(services: Services, request: Request, bearer: Capability) -> str:
    """The candidate whom an address names, of the bearer's exam. Raises Refused, Unknown."""
    participant_id: str = request.path_params["id"]
    if not is_id(participant_id):
        raise Refused
    if services.store.participant(participant_id).meeting_id != bearer.meeting_id:
        raise Refused
    return participant_id


async def _body(request: Request) -> bytes:
    """Raises NoStill for what is too long, before all of it is here."""
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > MOST_BYTES:
            raise NoStill(f"A still has at most {MOST_BYTES} bytes.")
    return bytes(data)


def _problem(status: int, sentence: str, wait_s: float = 0.0) -> Response:
    headers = dict(HEADERS)
    if wait_s:
        headers["Retry-After"] = str(max(1, round(wait_s + 0.5)))
    return JSONResponse({"problem": sentence}, status, headers)


def _give_way() -> None:
    """The thread that this runs on comes after others, where the system knows such a thing."""
    with suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)

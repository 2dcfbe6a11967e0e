"""How a stream begins and ends, and what it tells of a seat."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from starlette.websockets import WebSocket, WebSocketDisconnect

from proctoring.access.tokens import MANAGES, SITS, Refused
from proctoring.api import guard
from proctoring.api.v1.door import Caller, caller
from proctoring.live.seats import Seat
from proctoring.services import Services
from proctoring.types import Occurrence

FEEDS = SITS | MANAGES  # who may be or feed a seat

Message = dict[str, Any]


async def greet(services: Services, socket: WebSocket, address: str) -> tuple[Caller, str, Message]:
    """Raises Problem, Refused, TooMany. Programs send no Origin; a page's must be our own."""
    origin = socket.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != socket.headers.get("host", ""):
        raise Refused
    try:
        hello = await asyncio.wait_for(guard.receive(socket), guard.HELLO_WITHIN_S)
    except TimeoutError:
        raise Refused from None
    token = str(hello.get("token", "")) or guard.pass_of(socket)
    path = {"participant_id": str(hello.get("participant_id", ""))}
    who = await asyncio.to_thread(caller, services, FEEDS, token, address, path)
    return who, path["participant_id"], hello


async def end(socket: WebSocket, detail: str) -> None:
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):  # it hung up meanwhile
        await socket.send_json({"type": "problem", "detail": detail})
        await socket.close(guard.POLICY_VIOLATION)


def signals(seat: Seat) -> list[Message]:
    return [
        {
            "signal": one.signal,
            "state": one.state.value,
            "value": one.value,
            "reason": one.reason,
        }
        for one in seat.session.status.signals
    ]


def warning(occurrence: Occurrence) -> Message:
    names = ("id", "kind", "title", "summary", "advice")
    return {name: getattr(occurrence, name) for name in names} | {
        "opened_at": occurrence.opened_at.isoformat()
    }


def utc_now() -> datetime:
    return datetime.now(UTC)

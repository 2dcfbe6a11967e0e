"""Proctor-Audit's protocol, as its description has it: a token for a key, then frames by a socket.

    POST /get_auth {"key": "…"}  ->  {"auth_status", "email", "name", "token"}
    /ws                          ->  the token first; then frames in base64, each with its answer
                                     {"anomaly", "pupil_movement_status", "frame", …}

The token may also come in `Authorization` or, as it serves once and for a minute, in the address.
A key is one of this server's with the role “analysis”. Nothing is kept, and no candidate's frames
touch another's.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import time
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from proctoring.access.admission import TooMany
from proctoring.access.tokens import hash_secret
from proctoring.api import guard
from proctoring.api.drop_ins.asking import in_thread, json_of, route
from proctoring.api.v1.analysis import place
from proctoring.api.v1.problems import Problem
from proctoring.compat.proctor_audit import Candidate
from proctoring.integration.keys import PREFIX, KeyRole
from proctoring.services import Services

LASTS_S = 60.0  # a token, until it is used
MOST_TOKENS = 10_000
MOST_FRAME = 4_000_000  # characters of base64
MOST_SOCKETS = 40  # of one key; counted as the server counts a link's
FAILED = {"auth_status": "Authentication Failed", "error": "Invalid API key"}


class Asked(BaseModel):
    key: str = Field(max_length=200)


class Tokens:
    """Each opens one socket, soon. On the server's loop and nowhere else."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, str]] = {}  # by hash: until when, and the key's id

    def make(self, key_id: str) -> str:
        now = time.monotonic()
        self._known = {h: k for h, k in self._known.items() if k[0] > now}
        if len(self._known) >= MOST_TOKENS:
            raise TooMany(LASTS_S)
        token = secrets.token_urlsafe(32)
        self._known[hash_secret(token)] = (now + LASTS_S, key_id)
        return token

    def take(self, token: str) -> str | None:
        """The key's id; None if it is none, or was used."""
        until, key_id = self._known.pop(hash_secret(token), (0.0, ""))
        return key_id if until > time.monotonic() else None


def routes(services: Services) -> list[BaseRoute]:
    tokens = Tokens()

    async def get_auth(request: Request) -> Any:
        asked, keys = await json_of(request, Asked), services.integration.keys
        found = await in_thread(keys.by_secret, asked.key) if asked.key.startswith(PREFIX) else None
        if found is None or KeyRole.ANALYSIS not in found.roles:
            if wait_s := services.admission.refused(guard.address_of(request, services)):
                raise TooMany(wait_s)
            return FAILED
        done = {"auth_status": "Authentication Success", "email": "", "name": found.label}
        return done | {"token": tokens.make(found.id)}

    async def frames(socket: WebSocket) -> None:
        await socket.accept()
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            try:
                with services.admission.greeted.hold(guard.address_of(socket, services)):
                    key_id = await _greet(services, socket, tokens)
                if key_id is None:
                    return await _end(socket, "Unexpected error: Unauthorized access")
                await _answer_frames(services, socket, key_id)
            except TooMany:
                await socket.close(guard.TRY_AGAIN_LATER)

    return [
        *route(services, "POST", "/get_auth", get_auth),
        WebSocketRoute("/ws", frames),
    ]


async def _greet(services: Services, socket: WebSocket, tokens: Tokens) -> str | None:
    origin = socket.headers.get("origin")
    allowed = services.settings.drop_in_origins
    is_own = origin is None or urlsplit(origin).netloc == socket.headers.get("host", "")
    if not is_own and origin not in allowed:
        return None
    token = guard.pass_of(socket) or socket.query_params.get("token", "")
    if not token:
        try:
            text = await asyncio.wait_for(socket.receive_text(), guard.HELLO_WITHIN_S)
        except (TimeoutError, KeyError):
            return None
        token = _named(text[:1000], "token")
    return tokens.take(token)


async def _answer_frames(services: Services, socket: WebSocket, key_id: str) -> None:
    candidate = Candidate()
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        frame = _named(message.get("text") or "", "frame")
        if len(frame) > MOST_FRAME:
            return await _end(socket, "Invalid image")
        if not await in_thread(services.integration.keys.is_good, key_id):
            return await _end(socket, "Unexpected error: Unauthorized access")
        await socket.send_json(await in_thread(_looked_at, candidate, frame))


def _looked_at(candidate: Candidate, frame: str) -> dict[str, Any]:
    try:
        with place():
            return candidate.detect_frame(frame)
    except Problem as problem:
        return {"error": problem.detail}


def _named(text: str, name: str) -> str:
    """Of a JSON object its member of this name, or the text itself."""
    if text.startswith("{"):
        with contextlib.suppress(ValueError, RecursionError):
            said = json.loads(text)
            return str(said.get(name, "")) if isinstance(said, dict) else ""
    return text.strip()


async def _end(socket: WebSocket, error: str) -> None:
    await socket.send_json({"error": error})
    await socket.close(guard.POLICY_VIOLATION)

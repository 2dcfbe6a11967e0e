"""Who may use a route: the pass, and for sockets the page's origin.

Browsers let any page open a WebSocket to anywhere and Streamlit's own protection doesn't
cover it, so each socket compares `Origin` with the host it was asked for, and takes its
pass in the first message, where no log and no address bar shows it.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.websockets import WebSocket

from proctoring.access import Passes, Refused
from proctoring.types import Role

HELLO_WITHIN_S = 10.0
MAX_MESSAGE = 64 * 1024  # characters
POLICY_VIOLATION = 1008  # RFC 6455 §7.4.1


async def greet(socket: WebSocket, passes: Passes, role: Role) -> tuple[str, dict[str, Any]]:
    """Accept a socket, read its hello: the pass's subject and the message. Raises Refused."""
    origin = urlsplit(socket.headers.get("origin", ""))
    await socket.accept()
    if origin.netloc != socket.headers.get("host", ""):
        raise Refused
    try:
        hello = await asyncio.wait_for(receive(socket), HELLO_WITHIN_S)
    except TimeoutError:
        raise Refused from None
    return passes.subject(role, str(hello.get("pass", ""))), hello


def bearer(request: Request, passes: Passes, role: Role) -> str:
    """The subject of the pass in `Authorization`, or in `?pass=` for images. Raises Refused."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        token = request.query_params.get("pass", "")
    return passes.subject(role, token)


async def receive(socket: WebSocket) -> dict[str, Any]:
    """The next message, which must be text. Raises Refused, or WebSocketDisconnect."""
    try:
        return parse(await socket.receive_text())
    except KeyError:  # it was binary
        raise Refused from None


def parse(text: str) -> dict[str, Any]:
    """A JSON object of bounded size; anything else is refused."""
    if len(text) > MAX_MESSAGE:
        raise Refused
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused from None
    if not isinstance(message, dict):
        raise Refused
    return message

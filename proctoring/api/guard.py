"""Who may use a route: the pass, what it stands for now, and for sockets the page's origin.

Browsers let any page open a WebSocket to anywhere and Streamlit's own protection doesn't
cover it, so each socket compares `Origin` with the host it was asked for, and takes its
pass in the first message; requests carry theirs in `Authorization`. So no pass is in an
address, which logs and histories keep.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from proctoring.access.addresses import client_address
from proctoring.access.admission import TooMany
from proctoring.access.tokens import Refused
from proctoring.language import first_known
from proctoring.services import Services
from proctoring.store import StoreError, Unknown
from proctoring.types import Capability, Role

HELLO_WITHIN_S = 10.0
LOOK_AGAIN_EVERY_S = 1.0  # whether what a socket or a live view was opened with is still valid
MAX_MESSAGE = 64 * 1024  # characters
POLICY_VIOLATION = 1008  # RFC 6455 §7.4.1
TRY_AGAIN_LATER = 1013  # registered with IANA for RFC 6455

Roles = frozenset[Role]
Message = dict[str, Any]
Endpoint = Callable[[Request], Awaitable[Response]]


def guarded(
    services: Services, roles: Roles, answer: Callable[[Request, Capability], Awaitable[Response]]
) -> Endpoint:
    """An endpoint for bearers of these roles; everybody else gets one and the same refusal.

    `answer` raises Refused or Unknown for what is not this bearer's, or not there.
    """

    async def endpoint(request: Request) -> Response:
        try:
            bearer = await asyncio.to_thread(services.admission.by_pass, pass_of(request), roles)
            return await answer(request, bearer)
        except (Refused, Unknown):
            return refusal(services.admission.refused(address_of(request, services)))

    return endpoint


def refusal(wait_s: float = 0.0) -> Response:
    """The same words for what is not there, what is not theirs, and too many of either."""
    headers = {"Cache-Control": "no-store"}
    if wait_s:
        headers["Retry-After"] = str(TooMany(wait_s).wait_s)
    return Response("Not found.\n", 429 if wait_s else 404, headers, "text/plain")


def guarded_socket(
    services: Services,
    path: str,
    roles: Roles,
    serve: Callable[[WebSocket, Capability, Message], Awaitable[None]],
) -> WebSocketRoute:
    """A socket for bearers of these roles, for as long as they are that.

    `serve` gets the hello, and may raise what a wrong hello makes it raise.
    """

    async def endpoint(socket: WebSocket) -> None:
        admission, address = services.admission, address_of(socket, services)
        await socket.accept()
        try:
            with admission.greeted.hold(address):
                bearer, hello = await _greet(socket, services, roles)
            with admission.sockets.hold(bearer.id):
                token = str(hello.get("pass", ""))
                await _while_valid(services, token, bearer, serve(socket, bearer, hello))
        except WebSocketDisconnect:
            return
        except TooMany:
            await _close(socket, TRY_AGAIN_LATER)
        except (Refused, StoreError, ValueError, TypeError):
            is_flood = admission.refused(address) > 0
            await _close(socket, TRY_AGAIN_LATER if is_flood else POLICY_VIOLATION)

    return WebSocketRoute(path, endpoint)


async def until_refused(services: Services, token: str, role: Role) -> None:
    """Returns when the pass opens nothing any more: it ended, or its capability did, or the
    sign-in that it was made with. A store that is away ends nothing."""
    while True:
        await asyncio.sleep(LOOK_AGAIN_EVERY_S)
        try:
            await asyncio.to_thread(services.admission.by_pass, token, frozenset({role}))
        except Refused:
            return
        except StoreError:
            pass


def pass_of(request: HTTPConnection) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def language_of(hello: Message) -> str:
    """Of whoever reads what a socket says; English where the page names none that there is."""
    return first_known(str(hello.get("language", "")))


def language_asked(request: Request) -> str:
    """The same of a request: the first language that it accepts."""
    first = request.headers.get("accept-language", "").partition(",")[0]
    return first_known(first.partition(";")[0].strip())


def address_of(connection: HTTPConnection, services: Services) -> str:
    peer = connection.client.host if connection.client else ""
    forwarded_for = ",".join(connection.headers.getlist("x-forwarded-for"))
    return client_address(peer, forwarded_for, services.settings.trusted_proxies)


async def receive(socket: WebSocket) -> Message:
    """The next message, which must be text. Raises Refused, or WebSocketDisconnect."""
    try:
        return parse(await socket.receive_text())
    except KeyError:  # it was binary
        raise Refused from None


def parse(text: str) -> Message:
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


async def _greet(socket: WebSocket, services: Services, roles: Roles) -> tuple[Capability, Message]:
    """Read a socket's hello. Raises Refused."""
    origin = urlsplit(socket.headers.get("origin", ""))
    if origin.netloc != socket.headers.get("host", ""):
        raise Refused
    try:
        hello = await asyncio.wait_for(receive(socket), HELLO_WITHIN_S)
    except TimeoutError:
        raise Refused from None
    token = str(hello.get("pass", ""))
    return await asyncio.to_thread(services.admission.by_pass, token, roles), hello


async def _while_valid(
    services: Services, token: str, bearer: Capability, serving: Awaitable[None]
) -> None:
    """Raises Refused when the pass ends, and whatever `serving` raises."""
    served = asyncio.ensure_future(serving)
    ended = asyncio.ensure_future(until_refused(services, token, bearer.role))
    try:
        await asyncio.wait({served, ended}, return_when=asyncio.FIRST_COMPLETED)
        if not served.done():
            raise Refused
        await served
    finally:
        for task in (served, ended):
            task.cancel()
        await asyncio.wait({served, ended})


async def _close(socket: WebSocket, code: int) -> None:
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):  # it hung up meanwhile
        await socket.close(code)

"""What stands around every answer: headers for browsers, and a bound on what is sent to us.

Pure ASGI, because Starlette's base class would buffer streams and miss sockets.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

MOST_BODY = 1_000_000  # bytes, of a request to the API
MOST_V1_BODY = 25 * 1024 * 1024  # bytes: each operation of /api/v1 has a bound of its own
V1 = "/api/v1/"
MEDIA = "/media/"  # Streamlit's downloads: what is kept of a candidate, opened
NO_STORE = (b"cache-control", b"no-store")
HSTS = (b"strict-transport-security", b"max-age=31536000")

# As tight as Streamlit runs: its page has inline scripts and styles, evaluates templates, and
# loads components from blobs. But nothing is fetched from, sent to or framed by other places, and
# nothing is framed from them, unless it is the exam that this very page is for.
_POLICY = (
    "default-src 'self'",
    "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'self' https://huggingface.co",
)
CSP = b"content-security-policy"


def policy(framed: str = "") -> str:
    """`framed` is an origin that may be shown in a frame, besides our own."""
    return "; ".join((*_POLICY, f"frame-src 'self' {framed}".rstrip()))


class SecurityHeaders:
    """On everything; what an answer says itself stands."""

    HEADERS = (
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),  # addresses of pages hold secrets
        (CSP, policy().encode()),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (
            b"permissions-policy",
            b"camera=(self), microphone=(self), display-capture=(self), fullscreen=(self)",
        ),
    )

    def __init__(
        self,
        app: Callable[..., Any],
        is_https: bool = False,
        frames: Callable[[Any], Awaitable[str]] | None = None,
    ) -> None:
        """`frames` gives the one origin that the page of a request may frame, or "" """
        self._app = app
        self._frames = frames
        self._headers = (*self.HEADERS, HSTS) if is_https else self.HEADERS

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                own = list(message.get("headers", []))
                said = {name.lower() for name, _ in own}
                wanted = dict(self._headers)
                if MEDIA in scope["path"]:
                    wanted |= dict((NO_STORE,))
                if self._frames and (origin := await self._frames(scope)):
                    wanted[CSP] = policy(origin).encode()
                more = [header for header in wanted.items() if header[0] not in said]
                message["headers"] = [*own, *more]
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


class _TooLong(Exception):
    pass


class BodyLimit:
    """No request to the API brings more than MOST_BODY bytes, whatever it says of itself."""

    def __init__(self, app: Callable[..., Any], prefix: str = "/api/") -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or self._prefix not in scope["path"]:
            return await self._app(scope, receive, send)
        seen, has_begun = 0, False
        most = MOST_V1_BODY if V1 in scope["path"] else MOST_BODY

        async def counted() -> Any:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                raise _TooLong
            return message

        async def watched(message: Any) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            if _said_length(scope) > most:
                raise _TooLong
            await self._app(scope, counted, watched)
        except _TooLong:
            if not has_begun:
                await _refuse(send)


def _said_length(scope: Any) -> int:
    said = dict(scope["headers"]).get(b"content-length", b"0")
    return int(said) if said.isdigit() else 0


async def _refuse(send: Any) -> None:
    body = b"Too long.\n"
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})

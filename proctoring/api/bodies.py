"""What comes in the body of a request."""

from __future__ import annotations

from starlette.requests import Request

from proctoring.access.tokens import Refused


async def text_of(request: Request, most_bytes: int) -> str:
    """Raises Refused for what is too long, before all of it is here, and for what is no text."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > most_bytes:
            raise Refused
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise Refused from None

"""The pictures and sounds of incidents, for those who may see their meeting.

Of a picture staff get a rendition in which everybody and everything else is blurred; the picture
itself is had only by `proctoring.api.reveal`.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from proctoring.access.tokens import READS, Refused
from proctoring.api import guard
from proctoring.audit import events
from proctoring.ids import is_id
from proctoring.pictures.rendition import Unshowable
from proctoring.pictures.shelf import Shelf
from proctoring.services import Services
from proctoring.types import Capability, Evidence

MOST_REMEMBERED = 10_000
HEADERS = {
    "Accept-Ranges": "bytes",
    "Cache-Control": "private, no-store",  # what is erased here is not left in a browser's cache
    # if it is opened as a page
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


def routes(services: Services) -> list[BaseRoute]:
    async def evidence(request: Request, bearer: Capability) -> Response:
        evidence_id = request.path_params["evidence_id"]
        if not is_id(evidence_id):
            raise Refused
        found = await asyncio.to_thread(of_meeting, services, bearer, evidence_id)
        if seen.is_new(bearer.id, evidence_id):
            event = events.done(bearer.meeting_id, bearer.id, events.EVIDENCE_SEEN, evidence_id)
            await asyncio.to_thread(services.journal.write, event)
        try:
            shown = await asyncio.to_thread(shelf.shown, found)
        except Unshowable:
            return Response("This picture cannot be shown.\n", 422, HEADERS, "text/plain")
        return response(shown, request.headers.get("range", ""))

    seen, shelf = Seen(), Shelf()
    return [Route("/api/evidence/{evidence_id}", guard.guarded(services, READS, evidence))]


def of_meeting(services: Services, bearer: Capability, evidence_id: str) -> Evidence:
    """As it is kept: not for staff to see. Raises Refused, Unknown, StoreError."""
    if services.store.evidence_meeting(evidence_id) != bearer.meeting_id:
        raise Refused
    return services.store.evidence(evidence_id)


class Seen:
    """What somebody looked at, and so is in the log: once a link and a picture or sound."""

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()

    def is_new(self, bearer_id: str, evidence_id: str) -> bool:
        key = (bearer_id, evidence_id)
        is_new = key not in self._seen
        self._seen[key] = None
        self._seen.move_to_end(key)
        if len(self._seen) > MOST_REMEMBERED:
            self._seen.popitem(last=False)
        return is_new


def response(evidence: Evidence, wanted: str = "") -> Response:
    """All of it, or one range of bytes, which browsers ask for to jump within a sound."""
    data, size = evidence.data, len(evidence.data)
    part = byte_range(wanted, size)
    if part is None:
        return Response(data, 200, HEADERS, evidence.media_type)
    if not part:
        return Response(status_code=416, headers=HEADERS | {"Content-Range": f"bytes */{size}"})
    headers = HEADERS | {"Content-Range": f"bytes {part.start}-{part.stop - 1}/{size}"}
    return Response(data[part.start : part.stop], 206, headers, evidence.media_type)


def byte_range(wanted: str, size: int) -> range | None:
    """The bytes that a `Range` header names: RFC 9110 §14.1.2.

    None if it is absent, malformed or names several, which is allowed to be answered in
    full; empty if it can't be satisfied.
    """
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", wanted.replace(" ", ""), re.ASCII)
    if not found or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:  # the last so many
        return range(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(size, int(last) + 1 if last else size))

"""Which origin an exam page may frame: that of the meeting's exam elsewhere, and no other."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from proctoring.services import Services
from proctoring.store import StoreError

PAGE = "/exam"
_MOST = 1000  # meetings remembered
_HOST = re.compile(r"[a-z0-9.-]+|\[[0-9a-f:.]+\]")


def frames(services: Services) -> Callable[[Any], Awaitable[str]]:
    """For `SecurityHeaders`. A meeting's address never changes, so it is looked up once."""
    known: dict[str, str] = {}

    async def framed(scope: Any) -> str:
        if not str(scope["path"]).rstrip("/").endswith(PAGE):
            return ""
        asked = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        meeting_id = asked.get("meeting", [""])[0]
        if meeting_id and meeting_id not in known:
            try:
                meeting = await asyncio.to_thread(services.store.meeting, meeting_id)
            except (StoreError, ValueError):
                return ""
            if len(known) >= _MOST:
                known.clear()
            known[meeting_id] = origin(meeting.journey.exam_url)
        return known.get(meeting_id, "")

    return framed


def origin(url: str) -> str:
    """ "https://exam.example:8443", or "" for what has none that a header could name."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        host = f"[{host}]" if ":" in host else host.encode("idna").decode()
    except ValueError:
        return ""
    if parts.scheme not in ("https", "http") or not _HOST.fullmatch(host):
        return ""
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")

"""An exam for made-up candidates, made as any program makes one."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

import httpx

from proctoring.client import ApiProblem, Client
from proctoring.load.page import PageError

TITLE = "Load: made-up candidates"


def made(url: str, key: str, opens_at: datetime, closes_at: datetime) -> tuple[str, str]:
    """The candidates' and the proctors' link, at `url`. Raises PageError."""
    length_s = int((closes_at - opens_at).total_seconds())
    try:
        with Client(url, key) as office:
            meeting = office.create_meeting(
                TITLE, opens_at=opens_at, closes_at=closes_at, length_s=min(length_s, 24 * 3600)
            )
    except httpx.HTTPError as error:
        raise PageError(f"No server answers at {url}: {error}") from error
    except ApiProblem as problem:
        raise PageError(f"The server makes no exam with this key: {problem}") from problem
    return _at(url, meeting.candidate_link), _at(url, meeting.proctor_link)


def _at(url: str, link: str) -> str:
    """A server behind a proxy tells its public address; the one that was named is the one meant."""
    base, told = urlsplit(url), urlsplit(link)
    return urlunsplit((base.scheme, base.netloc, told.path, told.query, ""))

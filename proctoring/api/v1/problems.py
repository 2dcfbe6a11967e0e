"""What went wrong, as `application/problem+json` (RFC 9457): a sentence that says what to do."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"
NOT_HERE = (
    "There is nothing here for this token: the address may be wrong, it may be somebody else's, or"
    " the token has ended."
)
TITLES = {
    400: "Not understood",
    401: "A token is needed",
    403: "Not allowed",
    404: "Not found",
    405: "Not done so",
    409: "Not now",
    412: "Changed meanwhile",
    413: "Too long",
    415: "Not of this kind",
    422: "Cannot be used",
    429: "Too many requests",
    500: "Something broke",
    503: "Cannot be done now",
}


class Problem(Exception):
    """Ends a request with this answer."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`errors`: which parts of the request are meant, as {"pointer", "detail"}."""
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


def response(problem: Problem) -> Response:
    said: dict[str, Any] = {
        "type": "about:blank",
        "title": TITLES[problem.status],
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.errors:
        said["errors"] = list(problem.errors)
    headers = {"Cache-Control": "no-store"} | problem.headers
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(json.dumps(said, ensure_ascii=False), problem.status, headers, MEDIA_TYPE)


def wait(seconds: float, detail: str, status: int = 429) -> Problem:
    """To be asked again after so long."""
    whole = max(1, int(seconds) + (seconds > int(seconds)))
    return Problem(status, detail, headers={"Retry-After": str(whole)})

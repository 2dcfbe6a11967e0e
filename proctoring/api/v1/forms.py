"""The values of the API that several operations share: how they look, and what they may be."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from proctoring.api.v1.problems import Problem

Text = Annotated[str, StringConstraints(max_length=4000)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"\S")]
Name = Annotated[str, StringConstraints(max_length=100)]
Moment = AwareDatetime  # ISO 8601, with its offset

MOST_AT_ONCE = 200  # of a list


class Asked(BaseModel):
    """What is sent: nothing that is not known here is passed over in silence."""

    model_config = ConfigDict(extra="forbid", strict=False)


class Told(BaseModel):
    """What is answered. Later versions may add fields."""


class Page(Asked):
    """Which part of a list."""

    limit: int = Field(50, ge=1, le=MOST_AT_ONCE)
    cursor: str = Field("", max_length=400, description="`next` of the page before")


T = TypeVar("T")
Key = tuple[str, str]  # a time and an id


def paged(found: Sequence[tuple[Key, T]], page: Page) -> tuple[list[T], str]:
    """Those after the cursor, and the cursor of what follows, "" at the end. By time, then id, so
    that what comes meanwhile moves nothing. Raises Problem."""
    after = _read(page.cursor) if page.cursor else ("", "")
    rest = sorted((one for one in found if one[0] > after), key=lambda one: one[0])
    here = rest[: page.limit]
    is_more = len(rest) > len(here)
    return [value for _, value in here], _written(here[-1][0]) if is_more else ""


def _written(key: Key) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).rstrip(b"=").decode()


def _read(cursor: str) -> Key:
    try:
        match json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))):
            case [str(at), str(one)]:
                return at, one
    except (binascii.Error, ValueError, RecursionError):
        pass
    raise Problem(422, "This cursor is none: take `next` of the page before, or leave it out.")


def link(base: str, page: str, **said: str) -> str:
    """To a page of this server."""
    return f"{base}/{page}?{urlencode(said)}"


def iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


Anything = dict[str, Any]

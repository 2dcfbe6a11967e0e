"""What an operation of the API is: its address, who may do it, what it takes and gives.

The routes and the OpenAPI document are both made of these declarations, so they cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel
from starlette.responses import Response

from proctoring.integration.keys import ApiKey, KeyRole
from proctoring.services import Services
from proctoring.types import Capability, Role

ANYONE = "anyone"
Access = str | KeyRole | frozenset[Role]  # ANYONE, a key's role, or who in the meeting it is about

JSON = "application/json"
MOST_JSON = 256 * 1024  # bytes
Form = TypeVar("Form", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Call:
    """One request, of somebody who may make it."""

    services: Services
    base: str  # "https://exams.example.org": where this server is
    path: Mapping[str, str]
    headers: Mapping[str, str]
    key: ApiKey | None
    bearer: Capability | None  # in the meeting that it is about
    query: BaseModel | None = None
    form: BaseModel | None = None  # the JSON body
    body: bytes = b""  # any other
    media_type: str = ""  # of the body

    def asked(self, kind: type[Form]) -> Form:
        """The body."""
        if not isinstance(self.form, kind):
            raise TypeError(kind)
        return self.form

    def sought(self, kind: type[Form]) -> Form:
        """The query."""
        if not isinstance(self.query, kind):
            raise TypeError(kind)
        return self.query

    @property
    def right(self) -> Capability:
        """Of an operation within a meeting."""
        if self.bearer is None:
            raise TypeError("no meeting")
        return self.bearer

    @property
    def own_key(self) -> ApiKey:
        """Of an operation for keys."""
        if self.key is None:
            raise TypeError("no key")
        return self.key


Answer = BaseModel | Response


@dataclass(frozen=True, slots=True)
class Operation:
    id: str
    method: str
    path: str  # "/meetings/{meeting_id}"
    tag: str
    summary: str
    access: Access
    do: Callable[[Call], Answer]  # waits for the store: called in a thread
    about: str = ""
    query: type[BaseModel] | None = None
    form: type[BaseModel] | None = None
    takes: tuple[str, ...] = ()  # media types of bodies, besides JSON where there is a form
    most_bytes: int = MOST_JSON
    gives: type[BaseModel] | None = None
    media_types: tuple[str, ...] = ()  # of answers that are no JSON of `gives`
    status: int = 200
    statuses: tuple[int, ...] = ()  # others that are no problem
    problems: tuple[int, ...] = ()  # besides those that every operation has
    is_repeatable: bool = False  # takes an Idempotency-Key
    example: Any = field(default=None)

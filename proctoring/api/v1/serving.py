"""From declarations to routes: reads a request, asks the door, does it, and tells."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from proctoring.access.limits import Rate
from proctoring.access.tokens import Refused
from proctoring.api import guard
from proctoring.api.counts import counts
from proctoring.api.v1.declared import JSON, Answer, Call, Operation
from proctoring.api.v1.door import Caller, caller
from proctoring.api.v1.problems import NOT_HERE, Problem, response, wait
from proctoring.integration.repeats import Answered, OtherRequest, Repeatable, StillDoing
from proctoring.services import NotNow, Services
from proctoring.store import Rejected, StoreError, Unknown

PREFIX = "/api/v1"
LONGEST_REPEAT_KEY = 200  # characters
PER_S, BURST = 20.0, 200  # requests of one caller
_log = logging.getLogger(__name__)


def routes(services: Services, operations: Sequence[Operation]) -> list[BaseRoute]:
    """One for each address; the last answers for all others under the prefix."""
    by_path: dict[str, dict[str, Operation]] = {}
    for one in operations:
        by_path.setdefault(one.path, {})[one.method] = one
    desk = Desk(services)
    found: list[BaseRoute] = [
        Route(PREFIX + path, desk.endpoint(methods), methods=list(ALL_METHODS))
        for path, methods in by_path.items()
    ]
    return [*found, Route(PREFIX + "/{rest:path}", desk.endpoint({}), methods=list(ALL_METHODS))]


ALL_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


class Desk:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._rate = Rate(PER_S, BURST)

    def endpoint(self, methods: dict[str, Operation]) -> Any:
        async def answer(request: Request) -> Response:
            began = time.perf_counter()
            try:
                told = await self._answer(request, methods)
            except Problem as problem:
                told = response(problem)
            except StoreError as error:
                told = response(wait(5, f"The records cannot be used now. {error}", 503))
            if found := methods.get("GET" if request.method == "HEAD" else request.method):
                counts.add(found.id, told.status_code, time.perf_counter() - began)
            return told

        return answer

    async def _answer(self, request: Request, methods: dict[str, Operation]) -> Response:
        if not methods:
            raise Problem(404, f"There is no such address. {PREFIX}/openapi.json lists them all.")
        method = "GET" if request.method == "HEAD" else request.method
        if method not in methods:
            allowed = ", ".join(methods)
            raise Problem(405, f"This address takes {allowed}.", headers={"Allow": allowed})
        operation, services = methods[method], self._services
        token, address = guard.pass_of(request), guard.address_of(request, services)
        path = {name: str(value) for name, value in request.path_params.items()}
        who = await asyncio.to_thread(caller, services, operation.access, token, address, path)
        if wait_s := self._rate.wait_s(who.name or address, time.monotonic()):
            raise wait(wait_s, f"This is more than {PER_S:.0f} requests per second.")
        query = _query(request, operation)
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        body = await _body(request, operation, media_type)
        form = _form(operation, media_type, body)
        call = Call(
            services=services,
            base=_base(request, services),
            path=path,
            headers=request.headers,
            key=who.key,
            bearer=who.bearer,
            query=query,
            form=form,
            body=b"" if form else body,
            media_type=media_type,
        )
        repeat = _repeat(request, operation, who, token, body)
        answered = await asyncio.to_thread(self._do, operation, call, repeat)
        return _with_etag(request, answered)

    def _do(self, operation: Operation, call: Call, repeat: Repeatable | None) -> Response:
        if repeat is None:
            return _told(operation, _done(operation, call))
        repeats = self._services.integration.repeats
        try:
            before = repeats.begin(repeat)
        except OtherRequest:
            raise Problem(422, "This Idempotency-Key was used for something else.") from None
        except StillDoing:
            raise wait(
                2, "The first request with this Idempotency-Key is being done.", 409
            ) from None
        if before:
            headers = {"Idempotency-Replayed": "true", "Cache-Control": "no-store"}
            return Response(before.body, before.status, headers, JSON)
        answer: Answered | None = None
        try:
            told = _told(operation, _done(operation, call))
            answer = Answered(told.status_code, bytes(told.body))
            return told
        finally:
            with suppress(StoreError):
                repeats.end(repeat, answer)


def _done(operation: Operation, call: Call) -> Answer:
    """Raises Problem, StoreError."""
    try:
        return operation.do(call)
    except (Refused, Unknown):
        raise Problem(404, NOT_HERE) from None
    except (NotNow, Rejected) as error:
        raise Problem(409, str(error)) from None
    except (Problem, StoreError):
        raise
    except Exception:
        _log.exception("%s failed", operation.id)
        raise Problem(500, "This is a fault of the server's. Its log says more.") from None


def _told(operation: Operation, answer: Answer) -> Response:
    if isinstance(answer, Response):
        return answer
    headers = {"Cache-Control": "private, no-cache" if operation.method == "GET" else "no-store"}
    return Response(answer.model_dump_json(), operation.status, headers, JSON)


def _with_etag(request: Request, answer: Response) -> Response:
    """Of JSON that was read: whoever has it already is told so."""
    if request.method not in ("GET", "HEAD") or answer.media_type != JSON:
        return answer
    tag = f'"{hashlib.sha256(answer.body).hexdigest()[:32]}"'
    if tag in request.headers.get("if-none-match", ""):
        return Response(
            status_code=304, headers={"ETag": tag, "Cache-Control": "private, no-cache"}
        )
    answer.headers["ETag"] = tag
    return answer


def _query(request: Request, operation: Operation) -> BaseModel | None:
    if operation.query is None:
        return None
    try:
        return operation.query.model_validate(dict(request.query_params))
    except ValidationError as error:
        raise _unusable(error, "?") from None


async def _body(request: Request, operation: Operation, media_type: str) -> bytes:
    """Raises Problem for what is too long, before all of it is here, or of another kind."""
    most = operation.most_bytes
    too_long = Problem(413, f"A request has at most {most // 1024} kB here.")
    said = request.headers.get("content-length", "0")
    if said.isascii() and said.isdigit() and int(said) > most:
        raise too_long
    taken = [*((JSON,) if operation.form else ()), *operation.takes]
    if taken and media_type not in taken:
        raise Problem(415, f"Send it as {' or '.join(taken)}, and say so in Content-Type.")
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > most:
            raise too_long
    return bytes(parts) if taken else b""


def _form(operation: Operation, media_type: str, body: bytes) -> BaseModel | None:
    if operation.form is None or media_type != JSON:
        return None
    try:
        return operation.form.model_validate_json(body)
    except ValidationError as error:
        if any(one["type"] == "json_invalid" for one in error.errors(include_url=False)):
            raise Problem(400, "The body is no JSON in UTF-8.") from None
        raise _unusable(error, "/") from None


def _unusable(error: ValidationError, mark: str) -> Problem:
    """`mark` begins a JSON pointer into the body, or the name of a part of the query."""
    found = [
        {"pointer": mark + "/".join(map(str, one["loc"])), "detail": one["msg"]}
        for one in error.errors(include_url=False, include_input=False, include_context=False)
    ]
    return Problem(422, "Some of it cannot be used; `errors` says what.", errors=found[:20])


def _repeat(
    request: Request, operation: Operation, who: Caller, token: str, body: bytes
) -> Repeatable | None:
    given = request.headers.get("idempotency-key")
    if given is None or not operation.is_repeatable:
        return None
    if not 1 <= len(given) <= LONGEST_REPEAT_KEY:
        raise Problem(400, f"An Idempotency-Key has 1 to {LONGEST_REPEAT_KEY} characters.")
    asked = hashlib.sha256(body).hexdigest()
    name = f"{who.name} {operation.method} {request.url.path} {given}"
    return Repeatable(hashlib.sha256(name.encode()).hexdigest(), asked, token)


def _base(request: Request, services: Services) -> str:
    if services.settings.public_url:
        return services.settings.public_url
    before, _, _ = request.url.path.partition(PREFIX)
    return f"{request.url.scheme}://{request.url.netloc}{before}"

"""How these clients ask and are answered: JSON or a form, `{"detail": …}` where it fails."""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from proctoring.access.admission import TooMany
from proctoring.access.tokens import Refused
from proctoring.api.v1.problems import Problem
from proctoring.services import NotNow, Services
from proctoring.store import Rejected, StoreError, Unknown

MOST_BYTES = 16 * 1024 * 1024
HEADERS = {"Cache-Control": "no-store"}

Answer = Callable[[Request], Awaitable[Any]]  # what JSON can hold, or a Response
Form = TypeVar("Form", bound=BaseModel)
_log = logging.getLogger(__name__)


def route(services: Services, method: str, path: str, answer: Answer) -> list[BaseRoute]:
    """With its last slash and without: these frameworks send clients from one to the other."""
    origins = services.settings.drop_in_origins

    async def endpoint(request: Request) -> Response:
        if request.method == "OPTIONS":
            return _shared(request, Response(status_code=204), origins, method)
        return _shared(request, await _answered(request, answer), origins, method)

    paths = dict.fromkeys((path, path.rstrip("/")))
    return [Route(one, endpoint, methods=[method, "OPTIONS"]) for one in paths]


async def _answered(request: Request, answer: Answer) -> Response:
    try:
        told = await answer(request)
        return told if isinstance(told, Response) else JSONResponse(told, headers=HEADERS)
    except Problem as problem:
        return failed(problem.status, problem.detail, problem.headers)
    except TooMany as too_many:
        return failed(429, str(too_many), {"Retry-After": str(too_many.wait_s)})
    except (Refused, Unknown):
        return failed(404, "Not found")
    except (NotNow, Rejected) as error:
        return failed(409, str(error))
    except StoreError as error:
        return failed(503, f"The records cannot be used now. {error}", {"Retry-After": "5"})
    except Exception:
        _log.exception("A drop-in failed")
        return failed(500, "Processing error")


def failed(status: int, detail: Any, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"detail": detail}, status, HEADERS | (headers or {}))


def _shared(
    request: Request, response: Response, origins: tuple[str, ...], method: str
) -> Response:
    """With the page of another site, if the operator named it. Cookies are never meant."""
    origin = request.headers.get("origin", "")
    if origin in origins:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Methods"] = method
        response.headers["Access-Control-Allow-Headers"] = "Content-Type, Authorization"
        response.headers["Vary"] = "Origin"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


async def json_of(request: Request, kind: type[Form]) -> Form:
    """Raises Problem."""
    try:
        return kind.model_validate_json(await _whole(request))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, ("body", *first["loc"])))
        raise Problem(422, f"{place}: {first['msg']}") from None


async def form_of(request: Request) -> FormData:
    """Raises Problem."""
    body = await _whole(request)
    is_read = False

    async def again() -> dict[str, Any]:
        nonlocal is_read
        message = {"type": "http.request", "body": b"" if is_read else body, "more_body": False}
        is_read = True
        return message

    try:
        return await Request(request.scope, again).form(
            max_files=2, max_fields=20, max_part_size=MOST_BYTES
        )
    except (MultiPartException, ValueError, KeyError):
        raise Problem(422, "body: this is no form") from None
    except Exception as error:  # Starlette makes an HTTPException of a form that it cannot read
        if getattr(error, "status_code", 0) == 400:
            raise Problem(422, "body: this is no form") from None
        raise


async def file_of(form: FormData, name: str) -> bytes:
    """Raises Problem."""
    found = form.get(name)
    if not isinstance(found, UploadFile):
        raise Problem(422, f"body.{name}: Field required")
    data = await found.read()
    await form.close()
    return data


def text_of(form: FormData, name: str, longest: int = 255) -> str:
    """Raises Problem."""
    found = form.get(name)
    if not isinstance(found, str) or len(found) > longest:
        raise Problem(422, f"body.{name}: Field required, of at most {longest} characters")
    return found


def decoded(text: str) -> bytes:
    """Of base64, or of a data URL. Raises ValueError."""
    try:
        return base64.b64decode(text.rpartition(",")[2], validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def base_of(request: Request, services: Services) -> str:
    url = request.url
    return services.settings.public_url or f"{url.scheme}://{url.netloc}"


async def in_thread(do: Callable[..., Any], *arguments: Any) -> Any:
    return await asyncio.to_thread(do, *arguments)


async def _whole(request: Request) -> bytes:
    """Raises Problem for what is too long, before all of it is here."""
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > MOST_BYTES:
            raise Problem(413, f"A request has at most {MOST_BYTES // 1024 // 1024} MB.")
    return bytes(parts)

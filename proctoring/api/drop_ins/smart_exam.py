"""smart-exam-ai: GET /health, POST /analyze_frame, POST /analyze_frame_base64.

Its fields under its names, each from a measured detector, and `abstained` beside them: why one of
them is at its default. Nothing is kept. Its list of enrolled names (/students) is not served, and
its root is the front page here.
"""

from __future__ import annotations

import time
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.routing import BaseRoute

from proctoring.access.admission import TooMany
from proctoring.access.limits import Rate
from proctoring.analysers import rules_by_kind
from proctoring.api import guard
from proctoring.api.drop_ins.asking import decoded, file_of, form_of, in_thread, json_of, route
from proctoring.api.v1.analysis import place
from proctoring.api.v1.problems import Problem
from proctoring.media import MediaError, decode_picture
from proctoring.services import Services
from proctoring.single import as_json, report_on

PER_S, BURST = 5.0, 60  # pictures from one address: there is no token in this contract
OTHERWISE: dict[str, Any] = {  # what its clients get where nothing could be told
    "people_count": 0,
    "banned_objects": [],
    "face_detected": False,
    "face_verified": False,
    "person_name": "Unknown",
    "headpose_alert": False,
    "spoofing_alert": False,
    "alerts": [],
}


class Encoded(BaseModel):
    image: str | None = None


def routes(services: Services) -> list[BaseRoute]:
    rate = Rate(PER_S, BURST)

    def check(request: Request) -> None:
        """Raises TooMany."""
        if wait_s := rate.wait_s(guard.address_of(request, services), time.monotonic()):
            raise TooMany(wait_s)

    async def health(request: Request) -> Any:
        is_well = not services.writer.problem
        return {
            "status": "healthy" if is_well else "degraded",
            "models_loaded": {"face_recognition": True, "face_detection": True},
        }

    async def frame(request: Request) -> Any:
        check(request)
        data = await file_of(await form_of(request), "file")
        return await in_thread(analyzed, data, "Invalid image file")

    async def frame_base64(request: Request) -> Any:
        check(request)
        given = (await json_of(request, Encoded)).image
        if given is None:
            raise Problem(400, "Image data not provided")
        try:
            data = decoded(given)
        except ValueError:
            raise Problem(400, "Invalid base64 image") from None
        return await in_thread(analyzed, data, "Invalid base64 image")

    return [
        *route(services, "GET", "/health", health),
        *route(services, "POST", "/analyze_frame", frame),
        *route(services, "POST", "/analyze_frame_base64", frame_base64),
    ]


def analyzed(data: bytes, otherwise: str) -> dict[str, Any]:
    """Raises Problem."""
    try:
        image = decode_picture(data)
    except MediaError:
        raise Problem(400, otherwise) from None
    with place():
        report = as_json(report_on(image))
    told = {
        name: default if report[name] is None else report[name]
        for name, default in OTHERWISE.items()
    }
    rules = rules_by_kind()
    told["alerts"] = [rules[kind].title for kind in report["alerts"]]
    return told | {"abstained": report["abstained"]}

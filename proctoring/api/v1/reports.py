"""The report of a meeting, as the review desk writes it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field
from starlette.responses import Response

from proctoring.access.tokens import MANAGES
from proctoring.api.v1.declared import Call, Operation
from proctoring.api.v1.forms import Asked
from proctoring.api.v1.problems import Problem
from proctoring.privacy.archive import zipped
from proctoring.review import report
from proctoring.review.sheet import Clock

FILES = {"json": ("report.json", "application/json"), "csv": ("items.csv", "text/csv")}


class ReportAsked(Asked):
    format: Literal["json", "csv", "zip"] = "json"
    zone: str = Field("UTC", max_length=64, description="of times in pages: Europe/Berlin")


def read(call: Call) -> Response:
    asked, meeting_id = call.sought(ReportAsked), call.right.meeting_id
    try:
        clock = Clock(ZoneInfo(asked.zone), datetime.now(UTC))
    except (KeyError, ValueError, OSError):
        raise Problem(422, f"There is no time zone {asked.zone!r}.") from None
    headers = {"Cache-Control": "private, no-store"}
    files = report.files(call.services.store, meeting_id, clock)
    if asked.format == "zip":
        headers["Content-Disposition"] = 'attachment; filename="report.zip"'
        return Response(zipped(files), 200, headers, "application/zip")
    wanted, media_type = FILES[asked.format]
    data = next(data for name, data in files if name == wanted)
    return Response(data, 200, headers, media_type)


OPERATIONS = (
    Operation(
        "readReport",
        "GET",
        "/meetings/{meeting_id}/report",
        "reports",
        "The report: JSON, CSV, or all of it with pages, PDFs and pictures as ZIP",
        MANAGES,
        read,
        query=ReportAsked,
        media_types=("application/json", "text/csv", "application/zip"),
    ),
)

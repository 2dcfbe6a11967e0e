"""The Dyte tutorials' server: meetings, who is admin, several faces, several voices.

The same paths, fields and ten-minute rule. But the admin's id is a proctor's secret, kept as a
hash; evidence is blurred, private, and shown by addresses that end after ten minutes; what is found
are incidents like any other, on the desk and in the report. Calls go by what the client brings.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from proctoring.access.tokens import WATCHES
from proctoring.api import guard
from proctoring.api.drop_ins import observing, shown
from proctoring.api.drop_ins.asking import (
    HEADERS,
    base_of,
    decoded,
    file_of,
    form_of,
    in_thread,
    json_of,
    route,
    text_of,
)
from proctoring.api.v1.problems import Problem
from proctoring.media import MediaError, decode_picture
from proctoring.services import Services
from proctoring.types import Capability

OPEN_FOR = timedelta(hours=12)
NOT_ADMIN = "Participant does not have the admin role"
FACES, VOICES = "multiple_faces", "multiple_speakers"
CALLED = {FACES: "Multiple Faces Detected", VOICES: "Different Voices Detected"}


class MeetingAsked(BaseModel):
    title: str = Field(min_length=1, max_length=200)


class PersonAsked(BaseModel):
    name: str = Field(min_length=1, max_length=200)
    preset_name: str = ""
    meeting_id: str = ""


class Admin(BaseModel):
    meeting_id: str = Field(max_length=255)
    admin_id: str = Field(max_length=255)


class Screen(BaseModel):
    base64_img: str
    participant_id: str = Field(min_length=1, max_length=255)
    meeting_id: str = Field(max_length=255)
    participant_name: str = Field(max_length=255)


def routes(services: Services) -> list[BaseRoute]:
    async def create(request: Request) -> Any:
        asked, address = await json_of(request, MeetingAsked), guard.address_of(request, services)
        return await in_thread(make, services, asked.title, address)

    async def add(request: Request) -> Response:
        asked, address = await json_of(request, PersonAsked), guard.address_of(request, services)
        meeting_id = str(request.path_params["meeting_id"])
        told = await in_thread(join, services, meeting_id, asked.name, address)
        # Its clients read the answer as the text of a detail: so it came to them.
        return JSONResponse({"detail": json.dumps(told)}, 201, HEADERS)

    async def is_admin(request: Request) -> Any:
        asked, address = await json_of(request, Admin), guard.address_of(request, services)
        found = await in_thread(admin, services, asked.meeting_id, asked.admin_id, address)
        return {"admin": found is not None}

    async def detect_faces(request: Request) -> Any:
        asked, address = await json_of(request, Screen), guard.address_of(request, services)
        try:
            image = await in_thread(decode_picture, decoded(asked.base64_img))
        except (ValueError, MediaError):
            raise Problem(422, "body.base64_img: this is no picture in base64") from None
        who = (asked.meeting_id, asked.participant_id, asked.participant_name)
        found = await in_thread(observing.faces, services, who, image, address)
        told = {"id": asked.participant_id, "multiple_detected": found is not None}
        return told if found is None else told | {"url": _kept(base_of(request, services), found)}

    async def multiple_voices(request: Request) -> Any:
        form, address = await form_of(request), guard.address_of(request, services)
        sound = await file_of(form, "file")
        name = text_of(form, "participant_id")
        who = (text_of(form, "meeting_id"), name, text_of(form, "participant_name"))
        found = await in_thread(observing.voices, services, who, sound, address)
        told = {"id": name, "different_voices_detected": found is not None}
        return told if found is None else told | {"url": _kept(base_of(request, services), found)}

    def listed(kind: str) -> Any:
        async def answer(request: Request) -> Any:
            asked, address = await json_of(request, Admin), guard.address_of(request, services)
            bearer = await in_thread(admin, services, asked.meeting_id, asked.admin_id, address)
            if bearer is None:
                raise Problem(401, NOT_ADMIN)
            return await in_thread(rows, services, bearer, kind, base_of(request, services))

        return answer

    return [
        *route(services, "POST", "/meetings", create),
        *route(services, "POST", "/meetings/{meeting_id}/participants", add),
        *route(services, "POST", "/is_admin/", is_admin),
        *route(services, "POST", "/detect_faces/", detect_faces),
        *route(services, "POST", "/multiple_faces_list/", listed(FACES)),
        *route(services, "POST", "/multiple_voices/", multiple_voices),
        *route(services, "POST", "/multiple_voices_list/", listed(VOICES)),
        *shown.routes(services),
    ]


def make(services: Services, title: str, address: str) -> dict[str, Any]:
    """Raises TooMany, Problem."""
    if services.settings.staff is not None:
        raise Problem(403, "Staff sign in on this server: meetings are made on its front page.")
    now = datetime.now(UTC)
    opened = services.create_meeting(
        title=title,
        opens_at=now,
        closes_at=now + OPEN_FOR,
        length_s=int(OPEN_FOR.total_seconds()),
        signals=("faces", "speakers"),
        preset="classic",
        address=address,
    )
    services.integration.guests.made(opened.meeting.id)
    at = now.isoformat().replace("+00:00", "Z")
    about = {"id": opened.meeting.id, "title": opened.meeting.title, "status": "ACTIVE"}
    return {
        "success": True,
        "data": about | {"created_at": at, "updated_at": at},
        "admin_id": opened.proctor_secret,
    }


def join(services: Services, meeting_id: str, name: str, address: str) -> dict[str, Any]:
    """Raises Unknown, Refused, NotNow, TooMany."""
    person, token = observing.joined(services, meeting_id, name, address)
    services.integration.guests.keep(meeting_id, person.id, person.id)
    at = person.joined_at.isoformat().replace("+00:00", "Z")
    about = {"id": person.id, "name": person.name, "token": token}
    return {"success": True, "data": about | {"created_at": at, "updated_at": at}}


def admin(services: Services, meeting_id: str, admin_id: str, address: str) -> Capability | None:
    """Raises TooMany. A proctor's secret of any meeting, where staff need not sign in."""
    if services.settings.staff is not None and not services.integration.guests.is_made(meeting_id):
        return None
    return services.admission.by_secret(WATCHES, meeting_id, admin_id, address)


def rows(services: Services, bearer: Capability, kind: str, base: str) -> list[list[str]]:
    """[time, meeting, participant, address of its evidence, words], the newest first: one for each
    incident, which is all of ten minutes."""
    store, meeting_id = services.store, bearer.meeting_id
    names = services.integration.guests.names(meeting_id)
    found = []
    for incident in store.feed(meeting_id).incidents:
        if incident.kind != kind:
            continue
        person = store.participant(incident.first.participant_id)
        known = names.get(person.id, person.id)
        refs = store.evidence_list([o.id for o in incident.occurrences])
        kept = next((ref.id for ref in refs if not ref.is_erased), None)
        words = f"Participant Name: {person.name} <> Anomaly: {CALLED[kind]}"
        at = incident.opened_at.astimezone(UTC).replace(tzinfo=None)
        url = shown.address(services, bearer, kept, base) if kept else ""
        found.append(
            [at.isoformat(), meeting_id, known, url, f"{words} <> Participant ID: {known}"]
        )
    return sorted(found, reverse=True)


def _kept(base: str, evidence_id: str) -> str:
    """For whoever sent it: the address alone, which opens nothing by itself."""
    return f"{base}/api/v1/evidence/{evidence_id}" if evidence_id else "not uploaded"

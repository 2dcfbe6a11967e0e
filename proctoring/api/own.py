"""A candidate's own exam afterwards: what is kept of it, what they say, and all of it to take away.

The bearer's participation alone: no route takes the name of another.
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from proctoring.access.tokens import SITS, Refused
from proctoring.acts import appeals
from proctoring.acts.appeals import CannotSay
from proctoring.api import guard
from proctoring.api.bodies import text_of
from proctoring.api.evidence import response
from proctoring.ids import is_id
from proctoring.language import ENGLISH, t
from proctoring.language.again import again
from proctoring.own import Kept, own
from proctoring.privacy import export
from proctoring.privacy.archive import zipped
from proctoring.review.dossier import read
from proctoring.services import Services
from proctoring.store import Rejected, StoreError, Unknown
from proctoring.types import Capability, Meeting, Participant

MOST_BYTES = 32 * 1024  # of what is said at once
WORKING = frozenset({"note", "review_note", "verdict", "claim"})
HEADERS = {"Cache-Control": "private, no-store"}

Said = dict[str, Any]


def routes(services: Services) -> list[BaseRoute]:
    record = OwnRecord(services)

    async def look(request: Request, bearer: Capability) -> Response:
        language = guard.language_asked(request)
        return await _answer(language, record.view, bearer, language)

    async def say(request: Request, bearer: Capability) -> Response:
        said = guard.parse(await text_of(request, MOST_BYTES))
        language = guard.language_asked(request)
        return await _answer(language, record.say, bearer, said, language)

    async def evidence(request: Request, bearer: Capability) -> Response:
        evidence_id = request.path_params["evidence_id"]
        found = await asyncio.to_thread(record.evidence, bearer, evidence_id)
        return response(found, request.headers.get("range", ""))

    async def take(request: Request, bearer: Capability) -> Response:
        packed = await asyncio.to_thread(record.export, bearer)
        name = 'attachment; filename="my-exam.zip"'
        headers = HEADERS | {"Content-Disposition": name}
        return Response(packed, headers=headers, media_type="application/zip")

    def guarded(answer: Any) -> guard.Endpoint:
        return guard.guarded(services, SITS, answer)

    return [
        Route("/api/own", guarded(look)),
        Route("/api/own", guarded(say), methods=["POST"]),
        Route("/api/own/export", guarded(take)),
        Route("/api/own/evidence/{evidence_id}", guarded(evidence)),
    ]


class OwnRecord:
    """Waits for the store: not to be called on the loop. Safe to call from any thread."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._store = services.store

    def view(self, bearer: Capability, language: str = ENGLISH) -> Said:
        """Raises Refused before the exam is finished: what is live is told by the strip."""
        meeting, person = self._finished(bearer)
        keeping, store = self._services.keeping, self._store
        held = bool(store.held(meeting.id))
        return own(
            read(store, meeting, person),
            store.audit_log(meeting.id),
            store.capabilities(meeting.id),
            {ref.id for ref in store.evidence_of(person.id)},
            Kept(keeping.evidence_days, keeping.records_days, held),
            datetime.now(UTC),
            language,
        )

    def say(self, bearer: Capability, said: Said, language: str = ENGLISH) -> Said:
        """Keep it, once, and show what there is now. Raises Refused, CannotSay, StoreError."""
        meeting, person = self._finished(bearer)
        match said:
            case {"kind": "appeal" | "explanation" as kind, "id": str(said_id), "text": str(text)}:
                incident = said.get("incident", "")
            case _:
                raise Refused
        if not is_id(said_id):
            raise Refused
        if kind == appeals.EXPLANATION:
            self._check_own(person, incident)
        known = self._store.acts(person.id)
        act = appeals.say(
            bearer,
            said_id,
            kind,
            text,
            incident=incident,
            known=known,
            until=appeals.open_until(meeting, self._services.keeping.evidence_days),
            now=datetime.now(UTC),
        )
        if act.id not in {one.id for one in known}:
            self._store.save_act(act)
        return self.view(bearer, language)

    def evidence(self, bearer: Capability, evidence_id: str) -> Any:
        """Raises Refused, Unknown."""
        _, person = self._finished(bearer)
        mine = {ref.id for ref in self._store.evidence_of(person.id) if not ref.is_erased}
        if evidence_id not in mine:
            raise Refused
        return self._store.evidence(evidence_id)

    def export(self, bearer: Capability) -> bytes:
        """A ZIP archive of everything that is kept of them, as far as it is settled."""
        _, person = self._finished(bearer)
        files = export.of_participant(self._store, person.id)
        return zipped((name, _without_working_notes(name, data)) for name, data in files)

    def _finished(self, bearer: Capability) -> tuple[Meeting, Participant]:
        person = self._store.participant(bearer.participant_id or "")
        if person.finished_at is None or person.erased_at is not None:
            raise Refused
        return self._store.meeting(person.meeting_id), person

    def _check_own(self, person: Participant, incident_id: object) -> None:
        if not isinstance(incident_id, str) or not is_id(incident_id):
            raise Refused
        if self._store.incident(incident_id).first.participant_id != person.id:
            raise Refused


def _without_working_notes(name: str, data: bytes) -> bytes:
    """What staff noted for themselves, and what one reviewer said before the others did, is not
    for the page; the exam office gives it to whoever asks."""
    if name != "participant.json":
        return data
    about = json.loads(data)
    about["acts"] = [act for act in about["acts"] if act["kind"] not in WORKING]
    return json.dumps(about, ensure_ascii=False, indent=2).encode(errors="surrogatepass")


async def _answer(language: str, do: Any, *arguments: Any) -> Response:
    """What cannot be kept is said in a sentence; what is not theirs is refused elsewhere."""
    try:
        return JSONResponse(await asyncio.to_thread(do, *arguments), headers=HEADERS)
    except CannotSay as problem:
        return JSONResponse({"problem": again(str(problem), language)}, 422, HEADERS)
    except (Unknown, Rejected):
        raise Refused from None
    except StoreError:
        problem_now = t(
            "The records cannot be read at this moment. Nothing is lost; try again.", language
        )
        return JSONResponse({"problem": problem_now}, 503, HEADERS)

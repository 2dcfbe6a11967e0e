"""The review desk: what there is to decide, and what a reviewer says of it.

An answer holds what this reviewer may see and nothing else. A verdict or a note comes with an id
made by the page, which may send it again until it is told that it is kept.
"""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime
from threading import Lock
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from proctoring import plaintext
from proctoring.access.tokens import READS, Refused
from proctoring.api import guard, review_plots, review_what_if
from proctoring.api.bodies import text_of
from proctoring.ids import is_id
from proctoring.review import reasons, ribbons, shown, sight, verdicts
from proctoring.review.dossier import Dossier, read
from proctoring.review.items import Item, items
from proctoring.review.verdicts import Unclear
from proctoring.services import Services
from proctoring.store import Rejected, StoreError, Unknown
from proctoring.types import Act, Capability, Incident, Meeting, Participant

MOST_BYTES = 16 * 1024  # of what is said at once
COVERAGE_FOR_S = 60.0  # it is known again: hundreds of candidates have many seconds each
HEADERS = {"Cache-Control": "private, no-store"}

Said = dict[str, Any]


def routes(services: Services) -> list[BaseRoute]:
    desk = ReviewDesk(services)

    async def meeting(request: Request, bearer: Capability) -> Response:
        if request.path_params["id"] != bearer.meeting_id:
            raise Refused
        return await _answer(desk.meeting, bearer)

    async def candidate(request: Request, bearer: Capability) -> Response:
        participant_id = _checked(request.path_params["id"])
        if request.method == "POST":
            said = guard.parse(await text_of(request, MOST_BYTES))
            return await _answer(desk.say, bearer, participant_id, said)
        return await _answer(desk.candidate, bearer, participant_id)

    return [
        Route("/api/review/meeting/{id}", guard.guarded(services, READS, meeting)),
        Route(
            "/api/review/candidate/{id}",
            guard.guarded(services, READS, candidate),
            methods=["GET", "POST"],
        ),
        *review_plots.routes(services),
        *review_what_if.routes(services),
    ]


class ReviewDesk:
    """Waits for the store: not to be called on the loop. Safe to call from any thread."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._store = services.store
        self._coverage: dict[str, tuple[float, list[ribbons.Ribbon]]] = {}  # by participant id
        self._lock = Lock()

    def meeting(self, bearer: Capability) -> shown.View:
        store, meeting_id, now = self._store, bearer.meeting_id, datetime.now(UTC)
        meeting = store.meeting(meeting_id)
        self._services.desks.log(bearer)
        incidents: dict[str, list[Incident]] = {}
        for incident in store.feed(meeting_id).incidents:
            incidents.setdefault(incident.first.participant_id, []).append(incident)
        acts: dict[str, list[Act]] = {}
        for act in store.act_feed(meeting_id).acts:
            acts.setdefault(act.participant_id, []).append(act)
        rows = []
        for participant in store.participants(meeting_id):
            own = tuple(incidents.get(participant.id, ()))
            told = tuple(sorted(acts.get(participant.id, ()), key=lambda a: (a.at, a.id)))
            seen = sight.look(own, told, bearer.id, now)
            found = self._ribbons(meeting, participant, own, told)
            score = reasons.score(own, seen.dismissed, ribbons.shares(found))
            rows.append(shown.candidate_row(participant, told, seen, score, ribbons.mean(found)))
        every_act = [act for told in acts.values() for act in told]
        every_item = {item.id for own in incidents.values() for item in items(own)}
        kappa, pairs = verdicts.agreement(every_act, every_item)
        return {
            "candidates": rows,
            "agreement": {"kappa": kappa, "pairs": pairs},
            "problem": self._services.problem,
        }

    def candidate(self, bearer: Capability, participant_id: str) -> shown.View:
        return self._candidate(bearer, self._dossier(bearer, participant_id))

    def say(self, bearer: Capability, participant_id: str, said: Said) -> shown.View:
        """Keep it, and show what there is now. Raises Refused, Unclear, Rejected, StoreError."""
        dossier = self._dossier(bearer, participant_id)
        known = {act.id for act in dossier.acts}
        for act in _acts(dossier, bearer, said):
            if act.id not in known:  # the page did not hear that it is kept, and says it again
                self._store.save_act(act)
        dossier = self._dossier(bearer, participant_id)
        return {"kept": said["id"], "candidate": self._candidate(bearer, dossier)}

    def _candidate(self, bearer: Capability, dossier: Dossier) -> shown.View:
        seen = sight.look(dossier.incidents, dossier.acts, bearer.id, datetime.now(UTC))
        names = shown.names(self._store.capabilities(bearer.meeting_id))
        return shown.candidate(dossier, seen, ribbons.ribbons(dossier), names)

    def _dossier(self, bearer: Capability, participant_id: str) -> Dossier:
        participant = self._store.participant(participant_id)
        if participant.meeting_id != bearer.meeting_id:
            raise Refused
        return read(self._store, self._store.meeting(bearer.meeting_id), participant)

    def _ribbons(
        self,
        meeting: Meeting,
        participant: Participant,
        incidents: tuple[Incident, ...],
        acts: tuple[Act, ...],
    ) -> list[ribbons.Ribbon]:
        """At most a minute old."""
        with self._lock:
            until, found = self._coverage.get(participant.id, (0.0, []))
        if time.monotonic() < until:
            return found
        known = Dossier.of_coverage(
            meeting, participant, incidents, acts, self._store.coverage(participant.id)
        )
        found = ribbons.ribbons(known)
        with self._lock:
            now = time.monotonic()
            self._coverage = {k: v for k, v in self._coverage.items() if v[0] > now}
            self._coverage[participant.id] = (now + COVERAGE_FOR_S, found)
        return found


async def _answer(do: Any, *arguments: Any) -> Response:
    """What cannot be kept is said in a sentence; what is not theirs is refused elsewhere."""
    try:
        return JSONResponse(await asyncio.to_thread(do, *arguments), headers=HEADERS)
    except Unclear as unclear:
        return JSONResponse({"problem": str(unclear)}, 422, HEADERS)
    except Unknown:
        raise
    except Rejected as rejected:
        return JSONResponse({"problem": str(rejected)}, 409, HEADERS)
    except StoreError as error:
        problem = f"The records cannot be used now. {error}"
        return JSONResponse({"problem": problem}, 503, HEADERS)


def _checked(text: str) -> str:
    if not is_id(text):
        raise Refused
    return text


def _acts(dossier: Dossier, bearer: Capability, said: Said) -> list[Act]:
    """A verdict is of all incidents of an item. Raises Refused, Unclear."""
    said_id, item = said.get("id"), _item(dossier, said.get("item"))
    if not isinstance(said_id, str) or not is_id(said_id):
        raise Refused
    match said:
        case {"kind": "verdict", "decision": str(decision)} if item:
            because, note = _text(said, "because"), _note(said)
            told = [
                verdicts.content(incident.id, decision, because, note)
                for incident in item.incidents
            ]
            kind = verdicts.KIND
        case {"kind": "note"}:
            text = _note(said)
            if not text:
                raise Unclear("A note is not empty.")
            if len(text) > verdicts.LONGEST_NOTE:
                raise Unclear(f"A note has at most {verdicts.LONGEST_NOTE} characters.")
            about = {"incident": item.id} if item else {}
            told = [json.dumps({"text": text} | about, ensure_ascii=False)]
            kind = sight.NOTE
        case _:
            raise Refused
    now = datetime.now(UTC)
    ids = [uuid5(NAMESPACE_OID, f"{bearer.id} {said_id} {number}") for number in range(len(told))]
    return [
        Act(str(act_id), dossier.participant.id, now, bearer.id, bearer.role, kind, content)
        for act_id, content in zip(ids, told, strict=True)
    ]


def _item(dossier: Dossier, item_id: Any) -> Item | None:
    """Raises Unclear for one that is there no longer: an earlier incident came late."""
    if item_id is None:
        return None
    found = next((one for one in items(dossier.incidents) if one.id == item_id), None)
    if found is None:
        raise Unclear("This has changed meanwhile. Look again, and then decide.")
    return found


def _text(said: Said, name: str) -> str:
    text = said.get(name, "")
    if not isinstance(text, str):
        raise Refused
    return text


def _note(said: Said) -> str:
    return plaintext.lines(_text(said, "note"), verdicts.LONGEST_NOTE + 1)

"""Incidents, their evidence, and what reviewers say of them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field
from starlette.responses import Response

from proctoring import views
from proctoring.access.tokens import READS
from proctoring.api import evidence as kept
from proctoring.api.review import ReviewDesk
from proctoring.api.v1.declared import Call, Operation
from proctoring.api.v1.forms import Anything, Asked, Page, Told, paged
from proctoring.api.v1.problems import Problem
from proctoring.audit import events
from proctoring.ids import is_id
from proctoring.pictures.rendition import Unshowable
from proctoring.pictures.shelf import Shelf
from proctoring.review.verdicts import Unclear
from proctoring.services import Services
from proctoring.store import EvidenceRef, Rejected
from proctoring.types import Incident

Decision = Literal["confirmed", "dismissed", "second_look", "withdrawn"]
Because = Literal["", "false_alarm", "allowed", "technical", "not_relevant"]
_seen, _shelf = kept.Seen(), Shelf()


class IncidentPage(Page):
    participant_id: str = Field("", max_length=64)
    after: int = Field(0, ge=0, le=2**53, description="only what changed after this `revision`")


class EvidenceTold(Told):
    id: str
    media_type: str
    captured_at: datetime


class OccurrenceTold(Told):
    id: str
    summary: str
    opened_at: datetime
    last_seen_at: datetime
    closed_at: datetime | None
    shown_at: datetime | None = Field(description="when the candidate was warned")
    evidence: list[EvidenceTold]


class IncidentTold(Told):
    """Occurrences of one kind within ten minutes: an observation, and no verdict."""

    id: str
    participant_id: str
    kind: str
    title: str
    category: str = Field(description="conduct, or technical: of the equipment, never scored")
    severity: str
    figure: str = Field(description="the measured error rate of this kind; empty without one")
    occurrences: list[OccurrenceTold]


class IncidentList(Told):
    incidents: list[IncidentTold]
    next: str
    revision: int = Field(description="to ask from next, by `after`")


class VerdictAsked(Asked):
    id: str = Field(
        pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        description="a UUID of yours: sent again, it is given once",
    )
    item: str = Field(max_length=64, description="an item's id: see `items` of the review")
    decision: Decision
    because: Because = Field("", description="of a dismissal")
    note: str = Field("", max_length=1000)


class Review(Told):
    """What the review desk shows of one candidate, for this reviewer's eyes."""

    candidate: Anything


def tell(services: Services, found: list[Incident]) -> list[IncidentTold]:
    ids = [o.id for incident in found for o in incident.occurrences]
    refs: dict[str, list[EvidenceRef]] = {}
    for ref in services.store.evidence_list(ids):
        if not ref.is_erased:
            refs.setdefault(ref.occurrence_id, []).append(ref)
    notices = {notice.occurrence_id: notice for notice in services.store.notices(ids)}
    return [IncidentTold(**views.incident(i, refs, notices)) for i in found]


def listed(call: Call) -> IncidentList:
    asked, store, meeting_id = call.sought(IncidentPage), call.services.store, call.right.meeting_id
    if asked.participant_id and (
        not is_id(asked.participant_id)
        or store.participant(asked.participant_id).meeting_id != meeting_id
    ):
        raise Problem(422, "This participant_id is of nobody in the meeting.")
    feed = store.feed(meeting_id, asked.after, asked.participant_id or None)
    found = [((i.opened_at.isoformat(), i.id), i) for i in feed.incidents]
    here, further = paged(found, asked)
    told = tell(call.services, here)
    return IncidentList(incidents=told, next=further, revision=feed.revision)


def read(call: Call) -> IncidentTold:
    return tell(call.services, [call.services.store.incident(call.path["incident_id"])])[0]


def evidence(call: Call) -> Response:
    """By the rules of the pages: the same rendition, and a line in the log."""
    services, bearer, evidence_id = call.services, call.right, call.path["evidence_id"]
    found = kept.of_meeting(services, bearer, evidence_id)
    if _seen.is_new(bearer.id, evidence_id):
        event = events.done(bearer.meeting_id, bearer.id, events.EVIDENCE_SEEN, evidence_id)
        services.journal.write(event)
    try:
        return kept.response(_shelf.shown(found), call.headers.get("range", ""))
    except Unshowable:
        raise Problem(422, "This picture cannot be shown.") from None


def review(call: Call) -> Review:
    desk = ReviewDesk(call.services)
    return Review(candidate=desk.candidate(call.right, call.path["participant_id"]))


def give(call: Call) -> Review:
    said = call.asked(VerdictAsked).model_dump() | {"kind": "verdict"}
    desk = ReviewDesk(call.services)
    try:
        told = desk.say(call.right, call.path["participant_id"], said)
    except Unclear as unclear:
        raise Problem(422, str(unclear)) from None
    except Rejected as rejected:
        raise Problem(409, str(rejected)) from None
    return Review(candidate=told["candidate"])


OPERATIONS = (
    Operation(
        "listIncidents",
        "GET",
        "/meetings/{meeting_id}/incidents",
        "incidents",
        "Incidents of a meeting or a candidate, in order of opening",
        READS,
        listed,
        query=IncidentPage,
        gives=IncidentList,
    ),
    Operation(
        "readIncident",
        "GET",
        "/incidents/{incident_id}",
        "incidents",
        "One incident",
        READS,
        read,
        gives=IncidentTold,
    ),
    Operation(
        "readEvidence",
        "GET",
        "/evidence/{evidence_id}",
        "incidents",
        "A picture, with everybody and everything else blurred, or a sound",
        READS,
        evidence,
        about="Takes Range. Looking is written into the meeting's log.",
        media_types=("image/jpeg", "audio/wav"),
        statuses=(206, 416),
        problems=(422,),
    ),
    Operation(
        "readReview",
        "GET",
        "/participants/{participant_id}/review",
        "verdicts",
        "What there is to decide about a candidate, and what was decided",
        READS,
        review,
        about="Verdicts of others are left out where this reviewer is still to decide unseen.",
        gives=Review,
    ),
    Operation(
        "giveVerdict",
        "POST",
        "/participants/{participant_id}/verdicts",
        "verdicts",
        "Say what an item was",
        READS,
        give,
        form=VerdictAsked,
        gives=Review,
        status=201,
        problems=(409,),
        example={
            "id": "0190c2a8-5a3b-7c3d-8e4f-0123456789ab",
            "item": "0190c2a8-5a3b-7c3d-8e4f-ba9876543210",
            "decision": "dismissed",
            "because": "allowed",
        },
    ),
)

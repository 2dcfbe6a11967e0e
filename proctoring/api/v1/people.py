"""Participants: who sits in a meeting, and what is done about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from proctoring.access.tokens import MANAGES, READS, SITS, WATCHES
from proctoring.acts.acting import TooSoon
from proctoring.acts.kinds import BadAct
from proctoring.api.v1.declared import Call, Operation
from proctoring.api.v1.forms import Asked, Line, Page, Told, link, paged
from proctoring.api.v1.problems import Problem, wait
from proctoring.live.ways import Way, way_of
from proctoring.services import Full
from proctoring.types import Participant

State = Literal["waiting", "running", "finished", "erased"]


class ParticipantAsked(Asked):
    name: Line
    consent_version: str = Field(
        min_length=1, max_length=64, description="of the text that they agreed to: readConsent"
    )


class ParticipantTold(Told):
    id: str
    meeting_id: str
    name: str
    state: State
    joined_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    finish_reason: str


class ParticipantRead(ParticipantTold):
    comes_by: Way = Field(
        description="by which way picture and sound come to the server that answers: WebRTC,"
        " directly or by a relay, or snapshots; empty where none do"
    )


class ParticipantMade(ParticipantTold):
    token: str = Field(description="theirs alone: a bearer token for /stream; told once")
    link: str = Field(description="to their own exam page")


class ParticipantList(Told):
    participants: list[ParticipantTold]
    next: str


class ActAsked(Asked):
    kind: str = Field(
        max_length=40, description="message, pause, resume, extra_time, let_in, end …"
    )
    content: dict[str, Any] = Field({}, description='such as {"text": "…"} or {"reason": "…"}')
    id: str = Field(
        "", pattern=r"^([0-9A-Za-z-]{8,64})?$", description="yours, if it may come twice"
    )


class ActTold(Told):
    id: str
    kind: str
    at: datetime


def told(person: Participant) -> ParticipantTold:
    return ParticipantTold(**_fields(person))


def _fields(person: Participant) -> dict[str, Any]:
    state: State = "waiting" if person.started_at is None else "running"
    state = "erased" if person.erased_at else "finished" if person.finished_at else state
    names = set(ParticipantTold.model_fields) - {"state"}
    return {name: getattr(person, name) for name in names} | {"state": state}


def add(call: Call) -> ParticipantMade:
    asked, meeting_id = call.asked(ParticipantAsked), call.right.meeting_id
    try:
        person, token = call.services.join(meeting_id, asked.name, asked.consent_version)
    except Full as full:
        raise Problem(409, str(full)) from None
    own = link(call.base, "exam", meeting=meeting_id, seat=token)
    return ParticipantMade(**_fields(person), token=token, link=own)


def listed(call: Call) -> ParticipantList:
    found = [
        ((person.joined_at.isoformat(), person.id), told(person))
        for person in call.services.store.participants(call.right.meeting_id)
    ]
    here, further = paged(found, call.sought(Page))
    return ParticipantList(participants=here, next=further)


def read(call: Call) -> ParticipantRead:
    person = call.services.store.participant(call.path["participant_id"])
    seat = call.services.seat(person.id)
    return ParticipantRead(**_fields(person), comes_by=way_of(seat) if seat else "")


def act(call: Call) -> ActTold:
    asked, person_id = call.asked(ActAsked), call.path["participant_id"]
    try:
        done = call.services.acting.act(call.right, person_id, asked.kind, asked.content, asked.id)
    except BadAct as error:
        raise Problem(422, str(error)) from None
    except TooSoon as too_soon:
        raise wait(too_soon.wait_s, "Too much at once for one candidate.") from None
    return ActTold(id=done.id, kind=done.kind, at=done.at)


OPERATIONS = (
    Operation(
        "addParticipant",
        "POST",
        "/meetings/{meeting_id}/participants",
        "participants",
        "Add a candidate who has agreed",
        MANAGES,
        add,
        about="Only while the meeting is open. Candidates who come by the meeting's own link need"
        " no such call.",
        form=ParticipantAsked,
        gives=ParticipantMade,
        status=201,
        problems=(409,),
        is_repeatable=True,
        example={"name": "Ada Lovelace", "consent_version": "0123456789ab"},
    ),
    Operation(
        "listParticipants",
        "GET",
        "/meetings/{meeting_id}/participants",
        "participants",
        "The candidates, in order of joining",
        READS,
        listed,
        query=Page,
        gives=ParticipantList,
    ),
    Operation(
        "readParticipant",
        "GET",
        "/participants/{participant_id}",
        "participants",
        "One candidate; their own token reads it, too",
        READS | SITS,
        read,
        gives=ParticipantRead,
    ),
    Operation(
        "actOnParticipant",
        "POST",
        "/participants/{participant_id}/acts",
        "participants",
        "Do what a proctor does: write, pause, give time, let in, end",
        WATCHES,
        act,
        form=ActAsked,
        gives=ActTold,
        status=201,
        problems=(409,),
        is_repeatable=True,
        example={"kind": "message", "content": {"text": "Please turn on the light."}},
    ),
)

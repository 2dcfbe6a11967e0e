"""Invitations: candidates by name, each with a personal link. They agree on their own page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import Field

from proctoring.access.tokens import MANAGES
from proctoring.api.v1.declared import Call, Operation
from proctoring.api.v1.forms import Asked, Line, Page, Told, link, paged
from proctoring.office import invitations
from proctoring.office.guests import LONGEST_EMAIL, LONGEST_REFERENCE, MOST_EXTRA_MIN, Guest
from proctoring.office.invitations import Invitation
from proctoring.plaintext import LONGEST_NAME, line
from proctoring.services import Services
from proctoring.types import Capability

MOST_AT_ONCE = 500


class GuestAsked(Asked):
    name: Line
    own_id: str = Field(
        "", max_length=LONGEST_REFERENCE, description="yours for them: they are invited once by it"
    )
    email: str = Field("", max_length=LONGEST_EMAIL, description="for your lists; nothing is sent")
    extra_min: int = Field(
        0, ge=0, le=MOST_EXTRA_MIN, description="minutes of working time more than others"
    )


class InvitationsAsked(Asked):
    guests: list[GuestAsked] = Field(min_length=1, max_length=MOST_AT_ONCE)


class InvitationTold(Told):
    id: str = Field(description="of the participant whom it becomes")
    name: str
    own_id: str
    state: str = Field(description="expected, joined, began, finished or revoked")
    invited_at: datetime


class InvitationMade(Told):
    id: str
    name: str
    own_id: str
    link: str = Field(description="theirs alone; told once")


class InvitationsMade(Told):
    invitations: list[InvitationMade]


class InvitationList(Told):
    invitations: list[InvitationTold]
    next: str


def links_for(
    services: Services, bearer: Capability, asked: Sequence[Guest]
) -> list[tuple[Invitation, str]]:
    """Each with the secret of their link: who is invited already gets a new one in place of the
    old. Raises Refused, Rejected, StoreError."""
    office = services.office
    known = invitations.invitations(services.store, bearer.meeting_id)
    new = invitations.new_among(known, asked)
    names = {(one.own_id, one.name) for one in asked if one not in new}
    again = [
        one
        for one in known
        if any(
            one.guest.own_id == own_id if own_id else one.guest.name == name
            for own_id, name in names
        )
    ]
    made = invitations.new_links(office, bearer, again) if again else []
    return made + (invitations.invite(office, bearer, new) if new else [])


def invite(call: Call) -> InvitationsMade:
    asked = list(dict.fromkeys(map(_guest, call.asked(InvitationsAsked).guests)))
    made, meeting_id = links_for(call.services, call.right, asked), call.right.meeting_id
    return InvitationsMade(
        invitations=[
            InvitationMade(
                id=one.id,
                name=one.guest.name,
                own_id=one.guest.own_id,
                link=link(call.base, "exam", meeting=meeting_id, personal=secret),
            )
            for one, secret in made
        ]
    )


def _guest(one: GuestAsked) -> Guest:
    return Guest(
        name=line(one.name, LONGEST_NAME),
        own_id=line(one.own_id, LONGEST_REFERENCE),
        email=line(one.email, LONGEST_EMAIL),
        extra_min=one.extra_min,
    )


def listed(call: Call) -> InvitationList:
    store, meeting_id = call.services.store, call.right.meeting_id
    came = {person.id: person for person in store.participants(meeting_id)}
    found = [
        (
            (one.invited_at.isoformat(), one.id),
            InvitationTold(
                id=one.id,
                name=one.guest.name,
                own_id=one.guest.own_id,
                state=invitations.state_of(one, came),
                invited_at=one.invited_at,
            ),
        )
        for one in invitations.invitations(store, meeting_id)
    ]
    here, further = paged(found, call.sought(Page))
    return InvitationList(invitations=here, next=further)


OPERATIONS = (
    Operation(
        "inviteCandidates",
        "POST",
        "/meetings/{meeting_id}/invitations",
        "invitations",
        "Invite candidates by name, each with a personal link",
        MANAGES,
        invite,
        about="They agree to the text on their own page. Who is invited already gets a new link,"
        " and goes on by it; the old one opens nothing then.",
        form=InvitationsAsked,
        gives=InvitationsMade,
        status=201,
        problems=(409,),
        is_repeatable=True,
        example={"guests": [{"name": "Ada Lovelace", "own_id": "s1234", "extra_min": 15}]},
    ),
    Operation(
        "listInvitations",
        "GET",
        "/meetings/{meeting_id}/invitations",
        "invitations",
        "Who is invited, and whether they have come",
        MANAGES,
        listed,
        query=Page,
        gives=InvitationList,
    ),
)

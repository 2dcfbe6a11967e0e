"""Links: who may do what in a meeting, besides those who sit in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from pydantic import Field

from proctoring.access.tokens import MANAGES
from proctoring.api.v1.declared import Call, Operation
from proctoring.api.v1.forms import Asked, Moment, Told, link
from proctoring.api.v1.problems import Problem
from proctoring.types import Role

PAGES = {Role.PROCTOR: "desk", Role.REVIEWER: "desk", Role.EXAMINER: "manage"}


class LinkAsked(Asked):
    role: Literal["proctor", "reviewer", "examiner"]
    expires_at: Moment | None = None
    replaces: bool = Field(False, description="end all earlier ones of this role")


class LinkMade(Told):
    role: str
    secret: str = Field(description="also a bearer token for this meeting; told once")
    link: str


class LinkTold(Told):
    id: str
    role: str
    participant_id: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class LinkList(Told):
    links: list[LinkTold]


class Done(Told):
    id: str


def make_link(call: Call) -> LinkMade:
    asked, office = call.asked(LinkAsked), call.services.office
    role = Role(asked.role)
    if asked.expires_at and asked.expires_at <= datetime.now(UTC):
        raise Problem(422, "expires_at is over already.")
    if asked.replaces and asked.expires_at:
        raise Problem(422, "A link that replaces others has no expires_at.")
    if asked.replaces:
        if role is Role.EXAMINER and call.key:
            raise Problem(422, "This would end the key's own right. Replace it on the manage page.")
        secret = office.replace_links(call.right, role)
    else:
        secret = office.make_link(call.right, role, asked.expires_at)
    own = link(call.base, PAGES[role], meeting=call.right.meeting_id, key=secret)
    return LinkMade(role=role.value, secret=secret, link=own)


def links(call: Call) -> LinkList:
    known = call.services.store.capabilities(call.right.meeting_id)
    names = set(LinkTold.model_fields) - {"role"}
    return LinkList(
        links=[
            LinkTold(role=one.role.value, **{name: getattr(one, name) for name in names})
            for one in known
        ]
    )


def revoke(call: Call) -> Done:
    call.services.office.revoke(call.right, call.path["link_id"])
    return Done(id=call.path["link_id"])


OPERATIONS = (
    Operation(
        "makeLink",
        "POST",
        "/meetings/{meeting_id}/links",
        "links",
        "Make a link for staff, or replace those there are",
        MANAGES,
        make_link,
        form=LinkAsked,
        gives=LinkMade,
        status=201,
        is_repeatable=True,
        example={"role": "reviewer"},
    ),
    Operation(
        "listLinks",
        "GET",
        "/meetings/{meeting_id}/links",
        "links",
        "All links and candidates' tokens, without their secrets",
        MANAGES,
        links,
        gives=LinkList,
    ),
    Operation(
        "revokeLink",
        "DELETE",
        "/meetings/{meeting_id}/links/{link_id}",
        "links",
        "End a link, or a candidate's token",
        MANAGES,
        revoke,
        gives=Done,
    ),
)

"""Meetings: made by a key, told to whoever manages, watches or reads them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field, model_validator

from proctoring.access import tokens
from proctoring.access.tokens import READS
from proctoring.analysers import choices
from proctoring.api.v1.declared import Call, Operation
from proctoring.api.v1.forms import Asked, Line, Moment, Page, Text, Told, link, paged
from proctoring.api.v1.policies import PolicyAsked, PolicyTold, allowed, told_policy
from proctoring.api.v1.problems import Problem
from proctoring.integration.keys import KeyRole
from proctoring.office.journey import BadJourney
from proctoring.services import NotNow
from proctoring.types import Journey, Meeting, Role

LONGEST_OPEN = timedelta(days=92)
DAY_S = 24 * 3600

Step = Literal["identity", "card", "voice", "room"]
Preset = Literal["standard", "classic"]


class JourneyForm(Asked):
    """How candidates come into the exam, and what they work on in it."""

    exam_url: str = Field("", max_length=2000, description="of an exam elsewhere, beside the strip")
    legal_basis: Text = ""
    check_in: list[Step] = Field([], max_length=4)
    needs_letting_in: bool = False
    full_screen: bool = False


class MeetingAsked(Asked):
    title: Line
    opens_at: Moment
    closes_at: Moment
    length_s: int = Field(ge=60, le=DAY_S, description="working time of one candidate")
    signals: list[str] | None = Field(
        None, max_length=50, description="what is measured; all, if left out: see /policies"
    )
    instructions: str = Field("", max_length=20_000, description="Markdown, for candidates")
    preset: Preset = "standard"
    policy: PolicyAsked = Field(default_factory=PolicyAsked.model_construct)
    journey: JourneyForm = Field(default_factory=JourneyForm.model_construct)

    @model_validator(mode="after")
    def _fits(self) -> MeetingAsked:
        open_for = self.closes_at - self.opens_at
        if not timedelta() < open_for <= LONGEST_OPEN:
            raise ValueError("closes_at has to be after opens_at, by at most 92 days")
        if timedelta(seconds=self.length_s) > open_for:
            raise ValueError("length_s does not fit between opens_at and closes_at")
        return self


class MeetingTold(Told):
    id: str
    title: str
    opens_at: datetime
    closes_at: datetime
    length_s: int
    signals: list[str]
    instructions: str
    preset: str
    policy: PolicyTold
    journey: JourneyForm
    created_at: datetime
    candidate_link: str = Field(description="for every candidate: each gets a seat of their own")


class MeetingMade(MeetingTold):
    """With two secrets that nobody can ask for again."""

    proctor_link: str
    examiner_link: str
    proctor_secret: str = Field(description="also a bearer token, for this meeting alone")
    examiner_secret: str


class MeetingList(Told):
    meetings: list[MeetingTold]
    next: str


def told(meeting: Meeting, base: str) -> MeetingTold:
    journey = asdict(meeting.journey)
    return MeetingTold(
        id=meeting.id,
        title=meeting.title,
        opens_at=meeting.opens_at,
        closes_at=meeting.closes_at,
        length_s=meeting.length_s,
        signals=list(meeting.signals),
        instructions=meeting.instructions,
        preset=meeting.preset,
        policy=told_policy(meeting.policy),
        journey=JourneyForm.model_construct(
            **{name: journey[name] for name in JourneyForm.model_fields if name != "check_in"},
            check_in=sorted(journey["check_in"]),
        ),
        created_at=meeting.created_at,
        candidate_link=link(base, "exam", meeting=meeting.id),
    )


def create(call: Call) -> MeetingMade:
    asked, services = call.asked(MeetingAsked), call.services
    known = [kind.name for kind in choices()]
    signals = known if asked.signals is None else asked.signals
    if unknown := sorted(set(signals).difference(known)):
        raise Problem(422, f"There is no signal {unknown[0]!r}; GET /policies lists them.")
    journey = asked.journey.model_dump() | {"check_in": frozenset(asked.journey.check_in)}
    try:
        opened = services.create_meeting(
            title=asked.title,
            opens_at=asked.opens_at,
            closes_at=asked.closes_at,
            length_s=asked.length_s,
            signals=tuple(signals),
            instructions=asked.instructions,
            preset=asked.preset,
            policy=allowed(asked.policy),
            journey=Journey(**journey),
        )
    except (BadJourney, NotNow) as error:
        raise Problem(422, str(error)) from None
    meeting = opened.meeting
    # The key's own right here; nobody has this secret, so that nothing but the key opens by it.
    own = tokens.capability(Role.EXAMINER, meeting.id, tokens.new_secret())
    services.store.add_capability(own)
    services.integration.keys.give(call.own_key.id, meeting.id, own.id)
    at = {"meeting": meeting.id}
    return MeetingMade(
        **dict(told(meeting, call.base)),
        proctor_link=link(call.base, "desk", **at, key=opened.proctor_secret),
        examiner_link=link(call.base, "manage", **at, key=opened.examiner_secret),
        proctor_secret=opened.proctor_secret,
        examiner_secret=opened.examiner_secret,
    )


def listed(call: Call) -> MeetingList:
    own = call.services.integration.keys.meetings(call.own_key.id)
    found = [
        ((meeting.created_at.isoformat(), meeting.id), told(meeting, call.base))
        for meeting in call.services.store.meetings()
        if meeting.id in own
    ]
    here, further = paged(found, call.sought(Page))
    return MeetingList(meetings=here, next=further)


def read(call: Call) -> MeetingTold:
    return told(call.services.store.meeting(call.right.meeting_id), call.base)


EXAMPLE = {
    "title": "Algebra I",
    "opens_at": "2027-02-01T09:00:00+01:00",
    "closes_at": "2027-02-01T12:00:00+01:00",
    "length_s": 5400,
    "signals": ["faces", "speakers"],
}

OPERATIONS = (
    Operation(
        "createMeeting",
        "POST",
        "/meetings",
        "meetings",
        "Make a meeting",
        KeyRole.EXAMINER,
        create,
        about="The key has an examiner's rights in it. Its two secrets are told once.",
        form=MeetingAsked,
        gives=MeetingMade,
        status=201,
        is_repeatable=True,
        example=EXAMPLE,
    ),
    Operation(
        "listMeetings",
        "GET",
        "/meetings",
        "meetings",
        "The key's own meetings, in order of making",
        KeyRole.EXAMINER,
        listed,
        query=Page,
        gives=MeetingList,
    ),
    Operation(
        "readMeeting",
        "GET",
        "/meetings/{meeting_id}",
        "meetings",
        "One meeting",
        READS,
        read,
        gives=MeetingTold,
    ),
)

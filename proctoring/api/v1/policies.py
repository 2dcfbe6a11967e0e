"""What an exam can measure and allow, and what is said to candidates about it."""

from __future__ import annotations

from pydantic import Field

from proctoring.access.tokens import READS
from proctoring.analysers import choices
from proctoring.analysers.phrases import PhraseError, check_phrases
from proctoring.api.v1.declared import ANYONE, Call, Operation
from proctoring.api.v1.forms import Asked, Line, Told
from proctoring.api.v1.problems import Problem
from proctoring.check_in.plan import plan_of
from proctoring.consent import consent
from proctoring.policy.allowances import ALLOWANCES, USUAL, policy_of
from proctoring.policy.presets import PRESETS
from proctoring.types import Policy


class PolicyAsked(Asked):
    """What is allowed leads to no incident."""

    allowed: list[str] = Field(sorted(USUAL), max_length=20, description="names: see GET /policies")
    challenges: bool = Field(True, description="in doubt, candidates may be asked to turn the head")
    phrases: list[Line] = Field([], max_length=20, description="English, listened for")


class PolicyTold(Told):
    allowed_objects: list[str]
    may_look_down: bool
    may_speak: bool
    challenges: bool
    phrases: list[str]


class SignalTold(Told):
    name: str
    title: str
    medium: str
    explains: str = Field(description="as candidates are told")
    kinds: list[str] = Field(description="of incidents")


class PresetTold(Told):
    name: str
    title: str
    about: str


class AllowanceTold(Told):
    name: str
    title: str


class Policies(Told):
    signals: list[SignalTold]
    presets: list[PresetTold]
    allowances: list[AllowanceTold]


class ConsentTold(Told):
    text: str = Field(description="Markdown: what is measured, kept and shown, to whom")
    version: str


def allowed(asked: PolicyAsked) -> Policy:
    """Raises Problem."""
    if unknown := sorted(set(asked.allowed).difference(ALLOWANCES)):
        raise Problem(422, f"Nothing is called {unknown[0]!r}; GET /policies lists what may be.")
    try:
        check_phrases(tuple(asked.phrases))
    except PhraseError as error:
        raise Problem(422, str(error)) from None
    found = policy_of(asked.allowed)
    return Policy(
        found.allowed_objects,
        found.may_look_down,
        found.may_speak,
        asked.challenges,
        tuple(asked.phrases),
    )


def told_policy(policy: Policy) -> PolicyTold:
    return PolicyTold(
        allowed_objects=sorted(policy.allowed_objects),
        may_look_down=policy.may_look_down,
        may_speak=policy.may_speak,
        challenges=policy.challenges,
        phrases=list(policy.phrases),
    )


def policies(call: Call) -> Policies:
    return Policies(
        signals=[
            SignalTold(
                name=kind.name,
                title=kind.title,
                medium=kind.medium,
                explains=kind.explains,
                kinds=[rule.kind for rule in kind.rules],
            )
            for kind in choices()
        ],
        presets=[PresetTold(name=p.name, title=p.title, about=p.about) for p in PRESETS.values()],
        allowances=[AllowanceTold(name=name, title=words) for name, words in ALLOWANCES.items()],
    )


def consent_to(call: Call) -> ConsentTold:
    meeting = call.services.store.meeting(call.right.meeting_id)
    made = consent(
        meeting.signals,
        meeting.policy,
        call.services.keeping,
        check_in=plan_of(meeting),
        legal_basis=meeting.journey.legal_basis,
    )
    return ConsentTold(text=made.text, version=made.version)


OPERATIONS = (
    Operation(
        "listPolicies",
        "GET",
        "/policies",
        "policies",
        "What a meeting can measure and allow",
        ANYONE,
        policies,
        gives=Policies,
    ),
    Operation(
        "readConsent",
        "GET",
        "/meetings/{meeting_id}/consent",
        "policies",
        "What candidates agree to",
        READS,
        consent_to,
        about="Show the text to each candidate before you add them, and send its version along.",
        gives=ConsentTold,
    ),
)

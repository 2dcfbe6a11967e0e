"""Webhooks: whom to tell what happened in a key's meetings."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from proctoring.api.v1.declared import Call, Operation
from proctoring.api.v1.forms import Asked, Told
from proctoring.api.v1.problems import NOT_HERE, Problem
from proctoring.integration import happenings
from proctoring.integration.hooks import Hook, TooManyHooks
from proctoring.integration.keys import KeyRole
from proctoring.integration.reach import LONGEST_URL, Unreachable


class HookAsked(Asked):
    url: str = Field(max_length=LONGEST_URL)
    events: list[str] = Field(
        list(happenings.TYPES), min_length=1, max_length=20, description="all, if left out"
    )


class HookTold(Told):
    id: str
    url: str
    events: list[str]
    created_at: datetime
    trouble: str = Field(description="why the newest delivery failed; empty if it did not")


class HookMade(HookTold):
    secret: str = Field(description="signs what is sent: HMAC-SHA-256 over time and body")


class HookList(Told):
    webhooks: list[HookTold]


class Removed(Told):
    id: str


def told(hook: Hook) -> HookTold:
    return HookTold(
        id=hook.id,
        url=hook.url,
        events=sorted(hook.events),
        created_at=hook.created_at,
        trouble=hook.trouble,
    )


def add(call: Call) -> HookMade:
    asked, hooks = call.asked(HookAsked), call.services.integration.hooks
    if unknown := sorted(set(asked.events).difference(happenings.TYPES)):
        raise Problem(422, f"No event is called {unknown[0]!r}: {', '.join(happenings.TYPES)}.")
    try:
        hook = hooks.add(call.own_key.id, asked.url, frozenset(asked.events))
    except (Unreachable, TooManyHooks) as error:
        raise Problem(422, str(error)) from None
    return HookMade(**dict(told(hook)), secret=hooks.secret(hook.id))


def listed(call: Call) -> HookList:
    found = call.services.integration.hooks.all(call.own_key.id)
    return HookList(webhooks=[told(hook) for hook in found])


def remove(call: Call) -> Removed:
    hook_id = call.path["webhook_id"]
    if not call.services.integration.hooks.remove(call.own_key.id, hook_id):
        raise Problem(404, NOT_HERE)
    return Removed(id=hook_id)


OPERATIONS = (
    Operation(
        "addWebhook",
        "POST",
        "/webhooks",
        "webhooks",
        "Be told what happens in the key's meetings",
        KeyRole.EXAMINER,
        add,
        form=HookAsked,
        gives=HookMade,
        status=201,
        is_repeatable=True,
        example={"url": "https://lms.example.org/proctoring", "events": ["incident.closed"]},
    ),
    Operation(
        "listWebhooks",
        "GET",
        "/webhooks",
        "webhooks",
        "The key's webhooks",
        KeyRole.EXAMINER,
        listed,
        gives=HookList,
    ),
    Operation(
        "removeWebhook",
        "DELETE",
        "/webhooks/{webhook_id}",
        "webhooks",
        "Be told no more",
        KeyRole.EXAMINER,
        remove,
        gives=Removed,
    ),
)

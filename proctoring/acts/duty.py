"""Who of several proctors is with a candidate, when somebody last looked, what they decided.

A fold over the acts, in their order, as `proctoring.acts.standing` is: all desks agree on it.
A claim is a desk's and not a link's: two proctors may have the same link.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from proctoring.acts.kinds import Content, content_of, in_order
from proctoring.types import Act, Role

CLAIMED_FOR = timedelta(minutes=15)  # without a sign; a desk that closes lets go at once
KINDS_OF_DUTY = frozenset({"claim", "release", "hand_over", "looked"})


@dataclass(frozen=True, slots=True)
class Claim:
    desk: str  # id of the desk
    name: str  # what its proctor is called
    at: datetime  # UTC, of its last sign

    def holds(self, now: datetime) -> bool:
        return now - self.at < CLAIMED_FOR


@dataclass(frozen=True, slots=True)
class Decision:
    """Somebody looked at one incident."""

    outcome: str  # "nothing" | "review"
    name: str
    at: datetime  # UTC


@dataclass(frozen=True, slots=True)
class Duty:
    """Of one candidate."""

    claim: Claim | None = None  # the last; see `Claim.holds`
    looked_at: datetime | None = None  # UTC
    decided: Mapping[str, Decision] = field(default_factory=lambda: MappingProxyType({}))


NOBODY = Duty()


def duty(acts: Iterable[Act]) -> Duty:
    """In whatever order they come, however often."""
    claim: Claim | None = None
    looked_at: datetime | None = None
    decided: dict[str, Decision] = {}
    for act in in_order(acts):
        content = content_of(act)
        if act.kind in KINDS_OF_DUTY:
            claim = _claimed(claim, act, content)
        if act.kind == "looked":
            looked_at = act.at
            if incident := str(content.get("incident", "")):
                name, outcome = str(content.get("name", "")), str(content.get("outcome", ""))
                decided[incident] = Decision(outcome, name, act.at)
    return Duty(claim, looked_at, MappingProxyType(decided))


def _claimed(claim: Claim | None, act: Act, content: Content) -> Claim | None:
    """Whoever comes first has it; only who has it lets go or hands over, or the server for them."""
    desk, name = str(content.get("desk", "")), str(content.get("name", ""))
    held = claim if claim and claim.holds(act.at) else None
    is_theirs = held is not None and held.desk == desk
    if act.kind == "claim":
        return Claim(desk, name, act.at) if held is None or is_theirs else held
    if not is_theirs:
        return held
    if act.kind == "release":
        return None
    if act.kind == "hand_over":
        return Claim(str(content.get("to", "")), str(content.get("to_name", "")), act.at)
    return Claim(desk, name, act.at) if act.role != Role.CANDIDATE else held

"""What reviewers said of an incident, and where it stands.

A verdict is an act of kind "verdict". Nothing changes one: a reviewer's newest counts, and one that
is withdrawn is a newer act, too. On a sample of the incidents two reviewers decide, and neither is
told what the other said, nor that they did, until their own verdict has stood for a while.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import combinations

from proctoring.review.agreement import cohens_kappa
from proctoring.types import Act

KIND = "verdict"
SAMPLED = 0.2  # share of the incidents that two reviewers decide
SETTLES_AFTER = timedelta(seconds=10)  # until then a verdict may be undone unseen
LONGEST_NOTE = 1000  # characters


class Decision(StrEnum):
    CONFIRMED = "confirmed"  # it was what it says, and it matters
    DISMISSED = "dismissed"
    SECOND_LOOK = "second_look"  # somebody else should say
    WITHDRAWN = "withdrawn"  # as if nothing had been said


class Because(StrEnum):
    """Why something was dismissed."""

    FALSE_ALARM = "false_alarm"  # it was not there
    ALLOWED = "allowed"  # it was there, and may be
    TECHNICAL = "technical"  # the equipment did it
    NOT_RELEVANT = "not_relevant"


class State(StrEnum):
    OPEN = "open"  # nobody decided
    SECOND = "second"  # waits for somebody else's decision
    DISAGREED = "disagreed"  # as many decided the one as the other
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Verdict:
    incident_id: str
    reviewer: str  # id of their capability
    at: datetime  # UTC
    decision: Decision
    because: Because | None  # of a dismissal
    note: str


class Unclear(ValueError):
    """It is no verdict; the message says what is missing."""


def content(incident_id: str, decision: str, because: str = "", note: str = "") -> str:
    """An act's. Raises Unclear."""
    if decision not in list(Decision):
        raise Unclear(f"A verdict is one of {', '.join(Decision)}.")
    if (decision == Decision.DISMISSED) != (because in list(Because)):
        raise Unclear(f"A dismissal, and nothing else, says why: one of {', '.join(Because)}.")
    if len(note) > LONGEST_NOTE:
        raise Unclear(f"A note has at most {LONGEST_NOTE} characters.")
    said = {"incident": incident_id, "decision": decision, "because": because, "note": note}
    return json.dumps(said, ensure_ascii=False)


def verdicts(acts: Iterable[Act]) -> dict[str, list[Verdict]]:
    """Per incident, each reviewer's newest, in the order of deciding; without the withdrawn."""
    newest: dict[tuple[str, str], Verdict] = {}
    for verdict in _in_order(acts):
        newest.pop((verdict.incident_id, verdict.reviewer), None)
        newest[verdict.incident_id, verdict.reviewer] = verdict
    found: dict[str, list[Verdict]] = {}
    for verdict in newest.values():
        if verdict.decision is not Decision.WITHDRAWN:
            found.setdefault(verdict.incident_id, []).append(verdict)
    return found


def is_sampled(item_id: str, share: float = SAMPLED) -> bool:
    """The same for everybody and at any time; nobody can choose it."""
    return hashlib.sha256(item_id.encode()).digest()[0] < share * 256


def state(item_id: str, given: Iterable[Verdict], share: float = SAMPLED) -> State:
    """`given`: of one incident. Incidents of one item are in the sample together.

    Where two disagree, a third one's verdict makes the most.
    """
    given = list(given)
    decided = [one.decision for one in given if one.decision is not Decision.SECOND_LOOK]
    if not given:
        return State.OPEN
    most = Counter(decided).most_common(2)
    if len(most) > 1 and most[0][1] == most[1][1]:
        return State.DISAGREED
    wants_two = is_sampled(item_id, share) or len(decided) < len(given)
    if len(decided) < 1 + wants_two:
        return State.SECOND
    return State(most[0][0].value)


def is_blind(
    reviewer: str,
    item_id: str,
    given: Iterable[Verdict],
    now: datetime | None = None,
    share: float = SAMPLED,
) -> bool:
    """Is this reviewer still to decide, or may they still undo it, unseen?

    `given`: of one incident of the item. Without `now` whatever was decided has settled.
    """
    has_settled = any(
        one.reviewer == reviewer
        and one.decision is not Decision.SECOND_LOOK
        and (now is None or now - one.at >= SETTLES_AFTER)
        for one in given
    )
    return is_sampled(item_id, share) and not has_settled


def agreement(
    acts: Iterable[Act], item_ids: Collection[str], share: float = SAMPLED
) -> tuple[float | None, int]:
    """Cohen's kappa over what two decided about the sample, each unseen, and of how many pairs.

    Of each item (by the id of its first incident) the first decision of a reviewer that settled
    counts: what they change later they may change because of the other. Of more than two
    reviewers each pair counts, and the one who decided first comes first.
    """
    sample = {item_id for item_id in item_ids if is_sampled(item_id, share)}
    said: dict[tuple[str, str], list[Verdict]] = {}
    for verdict in _in_order(acts):
        if verdict.incident_id in sample:
            said.setdefault((verdict.incident_id, verdict.reviewer), []).append(verdict)
    firsts: dict[str, list[Verdict]] = {}
    for (item_id, _), given in said.items():
        firsts.setdefault(item_id, []).extend(_first_settled(given))
    pairs = [
        (one.decision, other.decision)
        for found in firsts.values()
        for one, other in combinations(sorted(found, key=lambda verdict: verdict.at), 2)
    ]
    return cohens_kappa(pairs), len(pairs)


def _first_settled(given: list[Verdict]) -> list[Verdict]:
    """At most one: confirmed or dismissed, and nothing else said soon after."""
    for number, verdict in enumerate(given):
        later = given[number + 1].at if number + 1 < len(given) else None
        has_settled = later is None or later - verdict.at >= SETTLES_AFTER
        if has_settled and verdict.decision in (Decision.CONFIRMED, Decision.DISMISSED):
            return [verdict]
    return []


def _in_order(acts: Iterable[Act]) -> list[Verdict]:
    ordered = sorted(acts, key=lambda act: (act.at, act.id))
    return [_read(act) for act in ordered if act.kind == KIND]


def _read(act: Act) -> Verdict:
    said = json.loads(act.content)
    because = said.get("because")
    return Verdict(
        incident_id=str(said["incident"]),
        reviewer=act.actor,
        at=act.at,
        decision=Decision(said["decision"]),
        because=Because(because) if because else None,
        note=str(said.get("note", "")),
    )

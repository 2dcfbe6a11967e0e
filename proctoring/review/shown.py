"""What the review desk is told, as values that JSON can carry: for one reviewer's eyes.

Times are ISO 8601, UTC; the desk says them in the reviewer's own time zone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from proctoring import views
from proctoring.acts.kinds import Content, content_of
from proctoring.analysers import analyser_types
from proctoring.review import reasons, sentences
from proctoring.review.dossier import Dossier
from proctoring.review.items import Item
from proctoring.review.reasons import Score
from proctoring.review.ribbons import Ribbon, shares
from proctoring.review.sight import Seen, Sight, incident_of
from proctoring.review.verdicts import State, Verdict
from proctoring.store.settled import policy_hash
from proctoring.types import Act, Capability, Incident, Participant, Role

View = dict[str, Any]
NOT_BEGUN, CALM = "not_begun", "calm"  # marks of candidates besides those of OPEN_STATES
OPEN_STATES = (State.OPEN, State.SECOND, State.DISAGREED)
DECIDED, APPEALED = "decided", "appealed"
APPEAL = "appeal"  # the kind of an act: see `proctoring.acts.appeals`


# --- people ------------------------------------------------------------------------------------


def names(capabilities: Iterable[Capability]) -> dict[str, str]:
    """ "Proctor", "Reviewer 2": a link says what its bearer is, and not who."""
    staff = sorted((c for c in capabilities if c.role is not Role.CANDIDATE), key=lambda c: c.id)
    count, total = Counter[Role](), Counter(c.role for c in staff)
    found = {}
    for one in staff:
        count[one.role] += 1
        number = f" {count[one.role]}" if total[one.role] > 1 else ""
        found[one.id] = one.role.capitalize() + number
    return found


def said_by(actor: str, role: str, known: Mapping[str, str]) -> str:
    return known.get(actor, role.capitalize() if role else "Somebody")


# --- a list of candidates ----------------------------------------------------------------------


def candidate_row(
    participant: Participant,
    acts: Iterable[Act],
    sight: Sight,
    score: Score,
    coverage: float | None,
) -> View:
    """`marks` are all that is true of the candidate: the desk counts and filters by them."""
    states = [seen.state for seen in sight.to_decide]
    return {
        "id": participant.id,
        "name": participant.name,
        "started_at": iso(participant.started_at),
        "finished_at": iso(participant.finished_at),
        "marks": _marks(participant, states, is_appealed=_is_appealed(acts, sight)),
        "open": sum(state in OPEN_STATES for state in states),
        "items": len(states),
        "points": score.points,
        "withheld": score.withheld,
        "coverage": coverage,
    }


def _marks(participant: Participant, states: Sequence[State], *, is_appealed: bool) -> list[str]:
    if participant.started_at is None:
        return [NOT_BEGUN]
    marks = [state.value for state in OPEN_STATES if state in states]
    return [APPEALED] * is_appealed + (marks or [DECIDED if states else CALM])


def _is_appealed(acts: Iterable[Act], sight: Sight) -> bool:
    """And nobody has decided anything since, as far as may be seen."""
    appeals = [act.at for act in acts if act.kind == APPEAL]
    decided = [one.at for seen in sight.seen for one in seen.verdicts]
    return bool(appeals) and (not decided or max(appeals) > max(decided))


# --- one candidate -----------------------------------------------------------------------------


def candidate(
    dossier: Dossier, sight: Sight, ribbons: Sequence[Ribbon], known: Mapping[str, str]
) -> View:
    participant = dossier.participant
    score = reasons.score(dossier.incidents, sight.dismissed, shares(ribbons))
    return {
        "id": participant.id,
        "name": participant.name,
        "joined_at": iso(participant.joined_at),
        "started_at": iso(participant.started_at),
        "finished_at": iso(participant.finished_at),
        "finish_reason": participant.finish_reason,
        "end": iso(dossier.end),
        "preset": dossier.meeting.preset,
        "policy": policy_hash(dossier.meeting),
        "score": score_view(score),
        "ribbons": [ribbon_view(ribbon) for ribbon in ribbons],
        "milestones": milestones(dossier),
        "items": [_item(seen, dossier, sight, known) for seen in sight.seen],
        "appeals": [
            {"at": iso(act.at), "text": str(content_of(act).get("text", ""))}
            for act in dossier.acts
            if act.kind == APPEAL
        ],
        "notes": [note(act, sight.viewer, known) for act in sight.notes if not incident_of(act)],
    }


def score_view(score: Score) -> View:
    return {
        "points": score.points,
        "withheld": score.withheld,
        "coverage": score.coverage,
        "contributions": [
            {"kind": c.kind, "title": c.title, "times": c.times, "points": c.points}
            for c in score.contributions
        ],
    }


def ribbon_view(ribbon: Ribbon) -> View:
    return {
        "name": ribbon.name,
        "title": ribbon.title,
        "share": ribbon.share,
        "pieces": [
            {"from": iso(p.start), "to": iso(p.end), "state": p.state, "reason": p.reason}
            for p in ribbon.pieces
        ],
    }


def milestones(dossier: Dossier) -> list[View]:
    """What happened around the exam, by time."""
    participant = dossier.participant
    found = [("joined", participant.joined_at, ""), ("started", participant.started_at, "")]
    for pause in dossier.standing.pauses:
        found += [("paused", pause.start, pause.reason), ("resumed", pause.end, "")]
    found += [
        ("warned", act.at, str(content_of(act).get("text", "")))
        for act in dossier.acts
        if act.kind == "warning"
    ]
    found.append(("finished", participant.finished_at, participant.finish_reason))
    told = [(kind, at, text) for kind, at, text in found if at is not None]
    return [
        {"kind": kind, "at": iso(at), "text": text}
        for kind, at, text in sorted(told, key=lambda one: one[1])
    ]


def explanations(item: Item, acts: Iterable[Act]) -> list[tuple[datetime, Content]]:
    """What the candidate says to it."""
    ids = {o.id for incident in item.incidents for o in incident.occurrences}
    return [
        (act.at, content_of(act))
        for act in acts
        if act.kind == "explanation" and incident_of(act) in ids
    ]


def note(act: Act, viewer: str | None, known: Mapping[str, str]) -> View:
    return {
        "id": act.id,
        "at": iso(act.at),
        "by": said_by(act.actor, act.role, known),
        "is_mine": act.actor == viewer,
        "text": str(content_of(act).get("text", "")),
    }


def _item(seen: Seen, dossier: Dossier, sight: Sight, known: Mapping[str, str]) -> View:
    item = seen.item
    ids = {incident.id for incident in item.incidents}
    return {
        "id": item.id,
        "tab": item.tab,
        "severity": item.severity.name.lower(),
        "state": seen.state,
        "from": iso(item.opened_at),
        "to": iso(item.last_seen_at),
        "incidents": [_incident(incident, dossier, seen) for incident in item.incidents],
        "explanations": [
            {"at": iso(at), "text": str(said.get("text", ""))}
            for at, said in explanations(item, dossier.acts)
        ],
        "verdicts": [_verdict(one, sight.viewer, known) for one in seen.verdicts],
        "notes": [note(a, sight.viewer, known) for a in sight.notes if incident_of(a) in ids],
    }


def _incident(incident: Incident, dossier: Dossier, seen: Seen) -> View:
    view = views.incident(incident, dossier.evidence, dossier.notices, dossier.meeting)
    return view | {
        "state": seen.states[incident.id],
        "why": sentences.why(incident),
        "tested": sentences.tested(incident.kind, meeting=dossier.meeting),
        "weight": incident.first.weight,
        "analyser": _analyser_of().get(incident.kind, ""),
    }


@cache
def _analyser_of() -> dict[str, str]:
    """Kind of incident -> name of the analyser that tells it: the lane that it is shown in."""
    return {rule.kind: kind.name for kind in analyser_types() for rule in kind.rules}


def _verdict(verdict: Verdict, viewer: str | None, known: Mapping[str, str]) -> View:
    return {
        "by": said_by(verdict.reviewer, "", known),
        "is_mine": verdict.reviewer == viewer,
        "at": iso(verdict.at),
        "decision": verdict.decision,
        "because": verdict.because,
        "note": verdict.note,
    }


def iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None

"""What a candidate is shown of their own exam afterwards, as values that JSON can carry.

All that the examiner's people are shown of it, but for their working notes and for what they have
not settled yet. Times are ISO 8601, UTC; the page says them in the candidate's own time zone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from proctoring import appeals
from proctoring.acts import content_of
from proctoring.audit import events
from proctoring.review import sentences
from proctoring.review.dossier import Dossier
from proctoring.review.items import items
from proctoring.review.ribbons import ribbons
from proctoring.review.verdicts import State, Verdict, state, verdicts
from proctoring.types import Act, AuditEntry, Capability, Category, Incident, Role

View = dict[str, Any]
SEEN = {
    events.DESK_OPENED: "opened the exam’s desk",
    events.EVIDENCE_SEEN: "looked at a picture or sound of yours",
    events.EXPORTED: "exported what is kept of you",
    events.ARCHIVED: "made an archive of the exam",
}
MOST_SEEN = 200  # entries, the newest
DONE = {  # what staff did, in words; their messages stand with those of the exam
    "pause": "Your exam was paused",
    "resume": "Your exam went on",
    "extra_time": "You were given more time",
    "end": "Your exam was ended",
    "let_in": "You were let in",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """For how long, and whether something holds it longer."""

    evidence_days: int
    records_days: int
    is_held: bool


def own(
    dossier: Dossier,
    log: Iterable[AuditEntry],
    capabilities: Iterable[Capability],
    evidence_ids: Collection[str],
    kept: Kept,
    now: datetime,
) -> View:
    """`evidence_ids`: of all that was ever kept of them, what is erased included."""
    meeting, person = dossier.meeting, dossier.participant
    until = appeals.open_until(meeting, kept.evidence_days)
    return {
        "title": meeting.title,
        "name": person.name,
        "joined_at": _iso(person.joined_at),
        "consent": {"at": _iso(person.consent_at), "version": person.consent_version},
        "started_at": _iso(person.started_at),
        "end": _iso(dossier.end),
        "finished_at": _iso(person.finished_at),
        "finish_reason": person.finish_reason,
        "ribbons": [
            {
                "title": ribbon.title,
                "share": ribbon.share,
                "pieces": [
                    {
                        "from": _iso(piece.start),
                        "to": _iso(piece.end),
                        "state": piece.state,
                        "reason": piece.reason,
                    }
                    for piece in ribbon.pieces
                ],
            }
            for ribbon in ribbons(dossier)
        ],
        "incidents": _incidents(dossier),
        "done": _done(dossier.acts),
        "appeals": [
            {"at": _iso(act.at), "text": content_of(act).get("text", "")}
            for act in dossier.acts
            if act.kind == appeals.APPEAL
        ],
        "appeal_until": _iso(until),
        "may_speak": now < until and person.erased_at is None,
        "seen": _seen(log, capabilities, {meeting.id, person.id, *evidence_ids}),
        "kept": {
            "evidence_until": _iso(meeting.closes_at + timedelta(days=kept.evidence_days)),
            "records_until": _iso(meeting.closes_at + timedelta(days=kept.records_days)),
            "is_held": kept.is_held,
        },
    }


def _incidents(dossier: Dossier) -> list[View]:
    given = verdicts(dossier.acts)
    item_of = {one.id: item.id for item in items(dossier.incidents) for one in item.incidents}
    return [
        {
            "id": incident.id,
            "title": incident.first.title,
            "is_technical": incident.category is Category.TECHNICAL,
            "why": sentences.why(incident),
            "tested": sentences.tested(incident.kind),
            "opened_at": _iso(incident.opened_at),
            "last_seen_at": _iso(max(o.last_seen_at for o in incident.occurrences)),
            "shown_at": _iso(_first_shown(dossier, incident)),
            "evidence": [
                {"id": ref.id, "media_type": ref.media_type, "captured_at": _iso(ref.captured_at)}
                for o in incident.occurrences
                for ref in dossier.evidence.get(o.id, ())
            ],
            "explanations": _explanations(dossier.acts, incident.id),
            "verdict": _verdict(item_of[incident.id], given.get(incident.id, [])),
        }
        for incident in dossier.incidents
    ]


def _first_shown(dossier: Dossier, incident: Incident) -> datetime | None:
    shown = [dossier.notices[o.id] for o in incident.occurrences if o.id in dossier.notices]
    return min((notice.shown_at for notice in shown), default=None)


def _explanations(acts: Iterable[Act], incident_id: str) -> list[View]:
    said = ((act, content_of(act)) for act in acts if act.kind == appeals.EXPLANATION)
    return [
        {"at": _iso(act.at), "text": content.get("text", "")}
        for act, content in said
        if content.get("incident") == incident_id
    ]


def _verdict(item_id: str, given: Sequence[Verdict]) -> View:
    """Once it is settled; what single reviewers said, and whether, is not told before."""
    found = state(item_id, given)
    if found not in (State.CONFIRMED, State.DISMISSED):
        return {"is": "open"}
    same = [one for one in given if one.decision.value == found.value]
    because = same[-1].because
    return {
        "is": found.value,
        "because": because.value if because else "",
        "at": _iso(max(one.at for one in same)),
    }


def _done(acts: Iterable[Act]) -> list[View]:
    found = []
    for act in acts:
        if act.kind in DONE:
            content = content_of(act)
            minutes = round(int(content.get("seconds", 0)) / 60)
            more = f" ({minutes} min)" if minutes else ""
            words = f"{DONE[act.kind]}{more}"
            found.append({"at": _iso(act.at), "words": words, "reason": content.get("reason", "")})
    return found


def _seen(
    log: Iterable[AuditEntry], capabilities: Iterable[Capability], about: Collection[str]
) -> list[View]:
    """By role and time: a link says what its bearer is, and not who."""
    roles = {one.id: one.role for one in capabilities}
    found = []
    for entry in log:
        event, role = entry.event, roles.get(entry.event.actor)
        is_about = event.subject in about or event.action == events.DESK_OPENED
        if event.action in SEEN and is_about and role is not Role.CANDIDATE:
            who = (role or event.actor).capitalize()
            found.append({"at": _iso(event.at), "who": who, "did": SEEN[event.action]})
    return found[-MOST_SEEN:]


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None

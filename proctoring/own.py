"""What a candidate is shown of their own exam afterwards, as values that JSON can carry.

All that the examiner's people are shown of it, but for their working notes and for what they have
not settled yet. Times are ISO 8601, UTC; the page says them in the candidate's own time zone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from proctoring.acts import appeals, reveals
from proctoring.acts.kinds import content_of
from proctoring.audit import events
from proctoring.language import ENGLISH, t
from proctoring.language.again import again, parts_again
from proctoring.review import sentences
from proctoring.review.dossier import Dossier
from proctoring.review.items import items
from proctoring.review.ribbons import ribbons
from proctoring.review.verdicts import State, Verdict, state, verdicts
from proctoring.types import Act, AuditEntry, Capability, Category, Incident, Role

View = dict[str, Any]
MOST_SEEN = 200  # entries, the newest


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
    language: str = ENGLISH,
) -> View:
    """`evidence_ids`: of all that was ever kept of them, what is erased included.

    `language` is theirs: what the product says is said in it, and what people wrote as they did.
    """
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
                "title": again(ribbon.title, language),
                "share": ribbon.share,
                "pieces": [
                    {
                        "from": _iso(piece.start),
                        "to": _iso(piece.end),
                        "state": piece.state,
                        "reason": parts_again(piece.reason, language),
                    }
                    for piece in ribbon.pieces
                ],
            }
            for ribbon in ribbons(dossier)
        ],
        "incidents": _incidents(dossier, language),
        "done": _done(dossier.acts, language),
        "appeals": [
            {"at": _iso(act.at), "text": content_of(act).get("text", "")}
            for act in dossier.acts
            if act.kind == appeals.APPEAL
        ],
        "appeal_until": _iso(until),
        "may_speak": now < until and person.erased_at is None,
        "seen": _seen(
            log, capabilities, {meeting.id, person.id, *evidence_ids}, dossier.acts, language
        ),
        "kept": {
            "evidence_until": _iso(meeting.closes_at + timedelta(days=kept.evidence_days)),
            "records_until": _iso(meeting.closes_at + timedelta(days=kept.records_days)),
            "is_held": kept.is_held,
        },
    }


def _incidents(dossier: Dossier, language: str) -> list[View]:
    given = verdicts(dossier.acts)
    item_of = {one.id: item.id for item in items(dossier.incidents) for one in item.incidents}
    return [
        {
            "id": incident.id,
            "title": again(incident.first.title, language),
            "is_technical": incident.category is Category.TECHNICAL,
            "why": sentences.why(incident, language),
            "tested": sentences.tested(incident.kind, language, dossier.meeting),
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


def _done(acts: Iterable[Act], language: str) -> list[View]:
    """What staff did, in words; their messages stand with those of the exam."""
    said = {
        "pause": t("Your exam was paused", language),
        "resume": t("Your exam went on", language),
        "extra_time": t("You were given more time", language),
        "end": t("Your exam was ended", language),
        "let_in": t("You were let in", language),
    }
    found = []
    for act in acts:
        if act.kind in said:
            content = content_of(act)
            minutes = round(int(content.get("seconds", 0)) / 60)
            more = f" ({minutes} min)" if minutes else ""
            words = f"{said[act.kind]}{more}"
            found.append({"at": _iso(act.at), "words": words, "reason": content.get("reason", "")})
    return found


def _seen(
    log: Iterable[AuditEntry],
    capabilities: Iterable[Capability],
    about: Collection[str],
    acts: Iterable[Act],
    language: str,
) -> list[View]:
    """By role and time: a link says what its bearer is, and not who. What was seen unblurred has
    the reason with it."""
    did = {
        events.DESK_OPENED: t("opened the exam’s desk", language),
        events.EVIDENCE_SEEN: t("looked at a picture or sound of yours", language),
        events.STILLS_SEEN: t("looked at what you shared of your screen or room", language),
        events.EXPORTED: t("exported what is kept of you", language),
        events.ARCHIVED: t("made an archive of the exam", language),
    }
    names: dict[str, str] = {
        Role.PROCTOR: t("Proctor", language),
        Role.REVIEWER: t("Reviewer", language),
        Role.EXAMINER: t("Examiner", language),
        events.OPERATOR: t("Operator", language),
        events.SERVER: t("Server", language),
    }
    roles = {one.id: one.role for one in capabilities}
    found: list[tuple[datetime, View]] = []
    for entry in log:
        event, role = entry.event, roles.get(entry.event.actor)
        is_about = event.subject in about or event.action == events.DESK_OPENED
        if event.action in did and is_about and role is not Role.CANDIDATE:
            actor = role or event.actor
            who = names.get(actor) or actor.capitalize()
            found.append((event.at, {"who": who, "did": did[event.action]}))
    for act in (one for one in acts if one.kind == reveals.REVEAL):
        said = content_of(act)
        picture = {"at": said.get("captured_at"), "reason": said.get("reason", "")}
        found.append((act.at, {"who": names[Role(act.role)], "did": "", "revealed": picture}))
    found.sort(key=lambda one: one[0])
    return [{"at": _iso(at), **seen} for at, seen in found[-MOST_SEEN:]]


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None

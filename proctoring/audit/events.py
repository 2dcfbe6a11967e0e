"""What goes into a meeting's log, and by which words.

What the server keeps is told by its hash, so that the log proves it later. Such an event is
the same whenever it is made from the same record: appending it again changes nothing.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any

from proctoring import plaintext
from proctoring.ids import new_id
from proctoring.types import Act, AuditEvent, Capability, Meeting, Occurrence, Participant

SERVER = "server"  # the actors that are no capability
OPERATOR = "operator"  # at the command line

MEETING_CREATED = "meeting.created"
CAPABILITY_MADE = "capability.made"
CAPABILITY_REVOKED = "capability.revoked"
PARTICIPANT_JOINED = "participant.joined"
CONSENT_GIVEN = "consent.given"
INCIDENT_CLOSED = "incident.closed"
EVIDENCE_KEPT = "evidence.kept"
EVIDENCE_ERASED = "evidence.erased"
PARTICIPANT_ERASED = "participant.erased"
HOLD_SET = "hold.set"
HOLD_RELEASED = "hold.released"
EXPORTED = "exported"
ARCHIVED = "archived"
DESK_OPENED = "desk.opened"
EVIDENCE_SEEN = "evidence.seen"
STILLS_SEEN = "stills.seen"  # of a candidate: once for each link
ACT = "act."  # and its kind: "act.pause"


def done(meeting_id: str, actor: str, action: str, subject: str, detail: str = "") -> AuditEvent:
    """Something that somebody does now. `actor` is the id of a capability, or from above.

    `detail` may be what somebody typed, and is cleaned: a reason must not make an act fail.
    """
    now = datetime.now(UTC)
    return AuditEvent(new_id(), meeting_id, now, actor, action, subject, plaintext.detail(detail))


def kept(record: Meeting | Capability | Participant | Occurrence) -> tuple[AuditEvent, ...]:
    """What there is to log of a record that was kept: nothing of an occurrence that lasts."""
    match record:
        case Meeting(id=of, created_at=at):
            return (_kept(of, at, MEETING_CREATED, of, _hash(record)),)
        case Capability(meeting_id=of):
            made = _kept(of, record.created_at, CAPABILITY_MADE, record.id, record.role)
            ended = record.revoked_at and _kept(
                of, record.revoked_at, CAPABILITY_REVOKED, record.id, ""
            )
            return (made, ended) if ended else (made,)
        case Participant(meeting_id=of):
            joined = _kept(of, record.joined_at, PARTICIPANT_JOINED, record.id, "")
            agreed = record.consent_at and _kept(
                of, record.consent_at, CONSENT_GIVEN, record.id, record.consent_version
            )
            return (joined, agreed) if agreed else (joined,)
        case Occurrence(meeting_id=of):
            closed = record.closed_at and _kept(
                of, record.closed_at, INCIDENT_CLOSED, record.id, _hash(record)
            )
            return (closed,) if closed else ()


def evidence_kept(meeting_id: str, evidence_id: str, at: datetime, sha256: str) -> AuditEvent:
    """`sha256` is of the bytes as they are kept: sealed, if they are."""
    return _kept(meeting_id, at, EVIDENCE_KEPT, evidence_id, sha256)


def acted(meeting_id: str, act: Act) -> AuditEvent:
    """Its kind, its actor and its id: a hash of what was said in a few words would tell them."""
    return AuditEvent(
        f"act:{act.id}",
        meeting_id,
        act.at.astimezone(UTC),
        act.actor,
        ACT + act.kind,
        act.participant_id,
        act.id,
    )


def erased(meeting_id: str, participant_id: str, at: datetime, pieces: int) -> AuditEvent:
    """Name, answers, key, and so many pictures and sounds."""
    detail = f"name, answers, key, {pieces} pictures and sounds"
    return _kept(meeting_id, at, PARTICIPANT_ERASED, participant_id, detail)


def _kept(meeting_id: str, at: datetime, action: str, subject: str, detail: str) -> AuditEvent:
    """Its id is made of what it says."""
    at = at.astimezone(UTC)
    said = json.dumps([meeting_id, at.isoformat(), SERVER, action, subject, detail])
    name = hashlib.sha256(said.encode()).hexdigest()
    return AuditEvent(name, meeting_id, at, SERVER, action, subject, detail)


def _hash(record: Any) -> str:
    """Hex SHA-256 of all fields; equal records have equal ones, in whatever zone their times.

    A policy that is as by default is left out, as it was when there was none to speak of.
    """
    plain = {field.name: _plain(getattr(record, field.name)) for field in fields(record)}
    values = {name: value for name, value in plain.items() if value != {}}
    text = json.dumps(values, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    if is_dataclass(value):
        given = {field.name: (getattr(value, field.name), field.default) for field in fields(value)}
        return {name: _plain(one) for name, (one, default) in given.items() if one != default}
    return value

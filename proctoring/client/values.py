"""What the API tells, as values. Fields that a later server adds are left aside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Meeting:
    id: str
    title: str
    opens_at: datetime
    closes_at: datetime
    length_s: int
    signals: tuple[str, ...]
    created_at: datetime
    candidate_link: str
    proctor_link: str = ""  # these four are told once, to who makes the meeting
    examiner_link: str = ""
    proctor_secret: str = field(default="", repr=False)
    examiner_secret: str = field(default="", repr=False)

    @classmethod
    def of(cls, said: Said) -> Meeting:
        return cls(
            id=said["id"],
            title=said["title"],
            opens_at=_time(said["opens_at"]),
            closes_at=_time(said["closes_at"]),
            length_s=said["length_s"],
            signals=tuple(said["signals"]),
            created_at=_time(said["created_at"]),
            candidate_link=said["candidate_link"],
            proctor_link=said.get("proctor_link", ""),
            examiner_link=said.get("examiner_link", ""),
            proctor_secret=said.get("proctor_secret", ""),
            examiner_secret=said.get("examiner_secret", ""),
        )


@dataclass(frozen=True, slots=True)
class Participant:
    id: str
    meeting_id: str
    name: str
    state: str  # "waiting" | "running" | "finished" | "erased"
    joined_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    finish_reason: str
    comes_by: str = ""  # "direct" | "relay" | "snapshots", of one who is read while something comes
    link: str = ""  # these two are told once, to who adds them
    token: str = field(default="", repr=False)

    @classmethod
    def of(cls, said: Said) -> Participant:
        return cls(
            id=said["id"],
            meeting_id=said["meeting_id"],
            name=said["name"],
            state=said["state"],
            joined_at=_time(said["joined_at"]),
            started_at=_maybe(said["started_at"]),
            finished_at=_maybe(said["finished_at"]),
            finish_reason=said["finish_reason"],
            comes_by=said.get("comes_by", ""),
            link=said.get("link", ""),
            token=said.get("token", ""),
        )


@dataclass(frozen=True, slots=True)
class EvidenceRef:
    id: str
    media_type: str
    captured_at: datetime


@dataclass(frozen=True, slots=True)
class Occurrence:
    id: str
    summary: str
    opened_at: datetime
    last_seen_at: datetime
    closed_at: datetime | None
    shown_at: datetime | None  # when the candidate was warned
    evidence: tuple[EvidenceRef, ...]


@dataclass(frozen=True, slots=True)
class Incident:
    id: str
    participant_id: str
    kind: str
    title: str
    category: str  # "conduct" | "technical"
    severity: str
    figure: str  # the measured error rate of its kind
    occurrences: tuple[Occurrence, ...]

    @classmethod
    def of(cls, said: Said) -> Incident:
        names = ("id", "participant_id", "kind", "title", "category", "severity", "figure")
        return cls(
            **{name: said[name] for name in names},
            occurrences=tuple(map(_occurrence, said["occurrences"])),
        )


@dataclass(frozen=True, slots=True)
class Invitation:
    id: str  # of the participant whom it becomes
    name: str
    own_id: str
    link: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Link:
    role: str
    link: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Webhook:
    id: str
    url: str
    events: tuple[str, ...]
    trouble: str
    secret: str = field(default="", repr=False)  # told once

    @classmethod
    def of(cls, said: Said) -> Webhook:
        return cls(
            said["id"],
            said["url"],
            tuple(said["events"]),
            said["trouble"],
            said.get("secret", ""),
        )


def _occurrence(said: Said) -> Occurrence:
    return Occurrence(
        id=said["id"],
        summary=said["summary"],
        opened_at=_time(said["opened_at"]),
        last_seen_at=_time(said["last_seen_at"]),
        closed_at=_maybe(said["closed_at"]),
        shown_at=_maybe(said["shown_at"]),
        evidence=tuple(
            EvidenceRef(one["id"], one["media_type"], _time(one["captured_at"]))
            for one in said["evidence"]
        ),
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _maybe(text: str | None) -> datetime | None:
    return _time(text) if text else None

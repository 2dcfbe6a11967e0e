"""Where meetings, participants, incidents and evidence are kept.

Every save is an upsert by an id made by the caller, so that repeating one changes nothing.
A method that returns has saved: what it took survives the process and the machine's power.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from proctoring.types import (
    CoverageSpan,
    Evidence,
    Incident,
    Meeting,
    Notice,
    Occurrence,
    Participant,
)


class StoreError(Exception):
    """The store could not do it; the message says what to do."""


class Unknown(StoreError):
    """There is no such meeting, participant, incident or evidence."""


class Rejected(StoreError):
    """The store will never take this record, so that trying again is of no use."""


@dataclass(frozen=True, slots=True)
class Feed:
    """The incidents that changed after a revision, and the revision to ask from next."""

    incidents: tuple[Incident, ...]  # in the order in which their first occurrence arrived
    revision: int


class Store(Protocol):
    # meetings
    def add_meeting(self, meeting: Meeting, secret_hash: str) -> None: ...
    def meeting(self, meeting_id: str) -> Meeting: ...
    def proctor_secret_hash(self, meeting_id: str) -> str: ...

    # participants
    def add_participant(self, participant: Participant, resume_hash: str) -> None: ...
    def participant(self, participant_id: str) -> Participant: ...
    def participant_by_resume(self, meeting_id: str, resume_hash: str) -> Participant | None: ...
    def participants(self, meeting_id: str) -> list[Participant]: ...
    def start(self, participant_id: str, at: datetime) -> None: ...
    def finish(self, participant_id: str, at: datetime, reason: str) -> None: ...

    # incidents
    def save_occurrence(self, occurrence: Occurrence) -> str:
        """Give the id of the incident that it became part of (see `proctoring.folding`)."""
        ...

    def save_evidence(self, evidence: Evidence) -> None: ...
    def save_notice(self, notice: Notice) -> None: ...
    def feed(self, meeting_id: str, after: int = 0, participant_id: str | None = None) -> Feed: ...
    def incident(self, incident_id: str) -> Incident: ...
    def evidence(self, evidence_id: str) -> Evidence: ...
    def evidence_meeting(self, evidence_id: str) -> str:
        """The id of the meeting that this evidence belongs to."""
        ...

    def evidence_list(self, occurrence_ids: Sequence[str]) -> list[EvidenceRef]: ...
    def open_occurrences(self, participant_id: str) -> list[Occurrence]: ...
    def notices(self, occurrence_ids: Sequence[str]) -> list[Notice]: ...

    # coverage
    def save_coverage(self, spans: Sequence[CoverageSpan]) -> None: ...
    def coverage(self, participant_id: str) -> list[CoverageSpan]: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class EvidenceRef:
    """Evidence without its bytes: what a list needs."""

    id: str
    occurrence_id: str
    captured_at: datetime  # UTC
    media_type: str
    size: int  # bytes
    sha256: str  # hex

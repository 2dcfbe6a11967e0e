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
    Act,
    Answer,
    AnswerKey,
    AuditEntry,
    AuditEvent,
    Capability,
    CoverageSpan,
    Enrolled,
    Evidence,
    Incident,
    Meeting,
    Notice,
    Occurrence,
    OfficeRecord,
    Paper,
    Participant,
    Staff,
    Still,
    Trace,
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


@dataclass(frozen=True, slots=True)
class ActFeed:
    """The acts that came after a revision, and the revision to ask from next."""

    acts: tuple[Act, ...]  # in the order in which they arrived
    revision: int


class Store(Protocol):
    @property
    def problem(self) -> str:
        """Empty when all is well, or sentences for the proctor and the operator."""
        ...

    # meetings
    def add_meeting(self, meeting: Meeting, *capabilities: Capability) -> None:
        """The meeting and who may do what in it, or nothing."""
        ...

    def meeting(self, meeting_id: str) -> Meeting: ...
    def meetings(self) -> list[Meeting]: ...

    # who may do what
    def add_capability(self, capability: Capability) -> None: ...
    def capability(self, capability_id: str) -> Capability: ...
    def capability_by_token(self, token_hash: str) -> Capability | None:
        """Whatever its state: the caller asks whether it is valid."""
        ...

    def capabilities(self, meeting_id: str) -> list[Capability]: ...
    def revoke(self, capability_id: str, at: datetime) -> None: ...

    # participants
    def add_participant(self, participant: Participant, *capabilities: Capability) -> None: ...
    def participant(self, participant_id: str) -> Participant: ...
    def participants(self, meeting_id: str) -> list[Participant]: ...
    def start(self, participant_id: str, at: datetime) -> None: ...
    def finish(self, participant_id: str, at: datetime, reason: str) -> None: ...

    # the exam paper
    def save_paper(self, paper: Paper, key: AnswerKey) -> None:
        """Both or neither. Rejected unless its revision is the highest yet; saving the same
        contents again changes nothing."""
        ...

    def paper(self, meeting_id: str, after: int = 0) -> Paper | None:
        """The newest; None if there is none of a revision above `after`."""
        ...

    def answer_key(self, meeting_id: str, after: int = 0) -> AnswerKey | None:
        """As `paper`. For whoever marks, and never for a candidate."""
        ...

    # what an examiner keeps beside an exam
    def save_office(self, records: Sequence[OfficeRecord], *, before_anyone: bool = False) -> None:
        """All or nothing. Of each id the highest revision counts, in whatever order they come.
        Rejected if the same revision says something else, once erased, and with `before_anyone` if
        somebody has begun, or has agreed to what is measured."""
        ...

    def office(self, meeting_id: str, *kinds: str) -> list[OfficeRecord]:
        """By the first saving, then by id; those that were erased are left out."""
        ...

    def office_by_token(self, token_hash: str) -> list[OfficeRecord]:
        """As `office`, of all meetings."""
        ...

    def invited(self, meeting_id: str) -> list[str]:
        """Ids of the invitations whose links open, which are those of who comes by them."""
        ...

    def erase_office(self, record_id: str) -> None:
        """Its content and its link. Rejected on hold."""
        ...

    # answers
    def save_answer(self, answer: Answer) -> None:
        """The highest revision counts, in whatever order they come. Rejected once erased."""
        ...

    def answers(self, participant_id: str) -> list[Answer]:
        """The newest to each question, by question id."""
        ...

    # what people do about one candidate's exam
    def save_act(self, act: Act) -> None:
        """Repeating it changes nothing. Rejected if another has its id, and once erased."""
        ...

    def acts(self, participant_id: str) -> list[Act]:
        """By time, then by id."""
        ...

    def act_feed(self, meeting_id: str, after: int = 0) -> ActFeed: ...

    # what a candidate is known again by
    def save_enrolment(self, enrolled: Enrolled) -> None:
        """The newest of each kind counts, in whatever order they come. Nothing is kept of who has
        finished or was erased: `finish` and `erase` destroy what there is, hold or not."""
        ...

    def enrolments(self, participant_id: str) -> list[Enrolled]:
        """By kind. StoreError if another server may know more and cannot be asked."""
        ...

    def enrolled(self, meeting_id: str) -> list[str]:
        """Ids of the participants of whom something is kept."""
        ...

    def erase_enrolments(self, participant_id: str) -> None: ...

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

    # what was observed, minute by minute
    def save_trace(self, trace: Trace) -> None:
        """Repeating it changes nothing. Rejected if another has its id, and once erased. They go
        with the pictures: `erase_evidence` and `erase` destroy them."""
        ...

    def traces(self, participant_id: str) -> list[Trace]:
        """By beginning, then by id. StoreError if other servers may have some and cannot be
        asked."""
        ...

    def traced(self, meeting_id: str) -> list[str]:
        """Ids of the participants of whom there are any."""
        ...

    # what candidates share: their screen, their room
    def save_still(self, still: Still) -> None:
        """As `save_trace`: they go with the pictures, too."""
        ...

    def still(self, still_id: str) -> Still: ...
    def stills(self, participant_id: str) -> list[StillRef]:
        """By time, then by id. StoreError if other servers may have some and cannot be asked."""
        ...

    def with_stills(self, meeting_id: str) -> list[str]:
        """Ids of the participants of whom there are any."""
        ...

    # coverage
    def save_coverage(self, spans: Sequence[CoverageSpan]) -> None: ...
    def coverage(self, participant_id: str) -> list[CoverageSpan]: ...

    # the log of a meeting
    def append_audit(self, event: AuditEvent) -> None:
        """At the end of its meeting's chain: see `proctoring.audit.chain`."""
        ...

    def audit_log(self, meeting_id: str, after: int = 0) -> list[AuditEntry]: ...

    # erasure
    def add_key(self, participant_id: str, wrapped: str) -> str:
        """Keep this key unless there is one; the one that is kept. Rejected once erased."""
        ...

    def key(self, participant_id: str) -> str | None: ...
    def hold(self, meeting_id: str, reason: str) -> None:
        """Until the reason is "", nothing of this meeting is erased."""
        ...

    def held(self, meeting_id: str) -> str: ...
    def evidence_of(self, participant_id: str) -> list[EvidenceRef]: ...
    def erase_evidence(self, participant_id: str) -> int:
        """Destroy the pictures and sounds; how many. Their records stay; traces and stills go.
        Rejected on hold."""
        ...

    def erase(self, participant_id: str, at: datetime) -> None:
        """Destroy key, name, invitation, answers, acts, enrolments, traces, stills, pictures and
        sounds, and end their token. Rejected on hold."""
        ...

    # staff
    def save_staff(self, staff: Staff) -> None:
        """In place of what the entry was before."""
        ...

    def remove_staff(self, entry: str) -> None: ...
    def staff(self) -> list[Staff]:
        """By entry."""
        ...

    # which servers are in it
    def save_presence(self, replica: str, held: Sequence[Presence]) -> None:
        """All that this server holds now, in place of what it said before."""
        ...

    def presence(self, meeting_id: str) -> list[Presence]:
        """What each server said last of this meeting, however long ago."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class EvidenceRef:
    """Evidence without its bytes: what a list needs, and what is left of erased evidence."""

    id: str
    occurrence_id: str
    captured_at: datetime  # UTC
    media_type: str
    size: int  # bytes
    sha256: str  # hex
    is_erased: bool = False


@dataclass(frozen=True, slots=True)
class StillRef:
    """A still without its bytes: what a list needs."""

    id: str
    participant_id: str
    at: datetime  # UTC
    source: str
    width: int  # px
    height: int  # px
    size: int  # bytes
    sha256: str  # hex


@dataclass(frozen=True, slots=True)
class Presence:
    """The candidates of one meeting whose pictures and sound arrive at one server."""

    replica: str  # the server's name
    meeting_id: str
    url: str  # where the other servers reach it: "http://10.0.0.2:8501"
    participant_ids: tuple[str, ...]
    seen_at: datetime  # UTC, by that server's clock

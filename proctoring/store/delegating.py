"""A store that does nothing by itself: what is put around another inherits it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from proctoring.store import ActFeed, EvidenceRef, Feed, Presence, StillRef, Store
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


class DelegatingStore:
    """See `proctoring.store.Store` for what each method promises: the inner one keeps it."""

    def __init__(self, inner: Store) -> None:
        self.inner = inner

    @property
    def problem(self) -> str:
        return self.inner.problem

    def add_meeting(self, meeting: Meeting, *capabilities: Capability) -> None:
        self.inner.add_meeting(meeting, *capabilities)

    def meeting(self, meeting_id: str) -> Meeting:
        return self.inner.meeting(meeting_id)

    def meetings(self) -> list[Meeting]:
        return self.inner.meetings()

    def add_capability(self, capability: Capability) -> None:
        self.inner.add_capability(capability)

    def capability(self, capability_id: str) -> Capability:
        return self.inner.capability(capability_id)

    def capability_by_token(self, token_hash: str) -> Capability | None:
        return self.inner.capability_by_token(token_hash)

    def capabilities(self, meeting_id: str) -> list[Capability]:
        return self.inner.capabilities(meeting_id)

    def revoke(self, capability_id: str, at: datetime) -> None:
        self.inner.revoke(capability_id, at)

    def add_participant(self, participant: Participant, *capabilities: Capability) -> None:
        self.inner.add_participant(participant, *capabilities)

    def participant(self, participant_id: str) -> Participant:
        return self.inner.participant(participant_id)

    def participants(self, meeting_id: str) -> list[Participant]:
        return self.inner.participants(meeting_id)

    def start(self, participant_id: str, at: datetime) -> None:
        self.inner.start(participant_id, at)

    def finish(self, participant_id: str, at: datetime, reason: str) -> None:
        self.inner.finish(participant_id, at, reason)

    def save_paper(self, paper: Paper, key: AnswerKey) -> None:
        self.inner.save_paper(paper, key)

    def paper(self, meeting_id: str, after: int = 0) -> Paper | None:
        return self.inner.paper(meeting_id, after)

    def answer_key(self, meeting_id: str, after: int = 0) -> AnswerKey | None:
        return self.inner.answer_key(meeting_id, after)

    def save_answer(self, answer: Answer) -> None:
        self.inner.save_answer(answer)

    def answers(self, participant_id: str) -> list[Answer]:
        return self.inner.answers(participant_id)

    def save_act(self, act: Act) -> None:
        self.inner.save_act(act)

    def acts(self, participant_id: str) -> list[Act]:
        return self.inner.acts(participant_id)

    def act_feed(self, meeting_id: str, after: int = 0) -> ActFeed:
        return self.inner.act_feed(meeting_id, after)

    def save_enrolment(self, enrolled: Enrolled) -> None:
        self.inner.save_enrolment(enrolled)

    def enrolments(self, participant_id: str) -> list[Enrolled]:
        return self.inner.enrolments(participant_id)

    def enrolled(self, meeting_id: str) -> list[str]:
        return self.inner.enrolled(meeting_id)

    def erase_enrolments(self, participant_id: str) -> None:
        self.inner.erase_enrolments(participant_id)

    def save_occurrence(self, occurrence: Occurrence) -> str:
        return self.inner.save_occurrence(occurrence)

    def save_evidence(self, evidence: Evidence) -> None:
        self.inner.save_evidence(evidence)

    def save_notice(self, notice: Notice) -> None:
        self.inner.save_notice(notice)

    def feed(self, meeting_id: str, after: int = 0, participant_id: str | None = None) -> Feed:
        return self.inner.feed(meeting_id, after, participant_id)

    def incident(self, incident_id: str) -> Incident:
        return self.inner.incident(incident_id)

    def evidence(self, evidence_id: str) -> Evidence:
        return self.inner.evidence(evidence_id)

    def evidence_meeting(self, evidence_id: str) -> str:
        return self.inner.evidence_meeting(evidence_id)

    def evidence_list(self, occurrence_ids: Sequence[str]) -> list[EvidenceRef]:
        return self.inner.evidence_list(occurrence_ids)

    def open_occurrences(self, participant_id: str) -> list[Occurrence]:
        return self.inner.open_occurrences(participant_id)

    def notices(self, occurrence_ids: Sequence[str]) -> list[Notice]:
        return self.inner.notices(occurrence_ids)

    def save_trace(self, trace: Trace) -> None:
        self.inner.save_trace(trace)

    def traces(self, participant_id: str) -> list[Trace]:
        return self.inner.traces(participant_id)

    def traced(self, meeting_id: str) -> list[str]:
        return self.inner.traced(meeting_id)

    def save_still(self, still: Still) -> None:
        self.inner.save_still(still)

    def still(self, still_id: str) -> Still:
        return self.inner.still(still_id)

    def stills(self, participant_id: str) -> list[StillRef]:
        return self.inner.stills(participant_id)

    def with_stills(self, meeting_id: str) -> list[str]:
        return self.inner.with_stills(meeting_id)

    def save_office(self, records: Sequence[OfficeRecord], *, before_anyone: bool = False) -> None:
        self.inner.save_office(records, before_anyone=before_anyone)

    def office(self, meeting_id: str, *kinds: str) -> list[OfficeRecord]:
        return self.inner.office(meeting_id, *kinds)

    def office_by_token(self, token_hash: str) -> list[OfficeRecord]:
        return self.inner.office_by_token(token_hash)

    def invited(self, meeting_id: str) -> list[str]:
        return self.inner.invited(meeting_id)

    def erase_office(self, record_id: str) -> None:
        self.inner.erase_office(record_id)

    def save_coverage(self, spans: Sequence[CoverageSpan]) -> None:
        self.inner.save_coverage(spans)

    def coverage(self, participant_id: str) -> list[CoverageSpan]:
        return self.inner.coverage(participant_id)

    def append_audit(self, event: AuditEvent) -> None:
        self.inner.append_audit(event)

    def audit_log(self, meeting_id: str, after: int = 0) -> list[AuditEntry]:
        return self.inner.audit_log(meeting_id, after)

    def add_key(self, participant_id: str, wrapped: str) -> str:
        return self.inner.add_key(participant_id, wrapped)

    def key(self, participant_id: str) -> str | None:
        return self.inner.key(participant_id)

    def hold(self, meeting_id: str, reason: str) -> None:
        self.inner.hold(meeting_id, reason)

    def held(self, meeting_id: str) -> str:
        return self.inner.held(meeting_id)

    def evidence_of(self, participant_id: str) -> list[EvidenceRef]:
        return self.inner.evidence_of(participant_id)

    def erase_evidence(self, participant_id: str) -> int:
        return self.inner.erase_evidence(participant_id)

    def erase(self, participant_id: str, at: datetime) -> None:
        self.inner.erase(participant_id, at)

    def save_staff(self, staff: Staff) -> None:
        self.inner.save_staff(staff)

    def remove_staff(self, entry: str) -> None:
        self.inner.remove_staff(entry)

    def staff(self) -> list[Staff]:
        return self.inner.staff()

    def save_presence(self, replica: str, held: Sequence[Presence]) -> None:
        self.inner.save_presence(replica, held)

    def presence(self, meeting_id: str) -> list[Presence]:
        return self.inner.presence(meeting_id)

    def close(self) -> None:
        self.inner.close()

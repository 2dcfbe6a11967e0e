"""Writes into a meeting's log what is kept of it, with the hash that proves it.

The record comes first and its event second. A process that dies between the two leaves a
record without an event, which a repeated save mends and which the audit counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from proctoring.audit import papers
from proctoring.audit.events import acted, evidence_kept, kept
from proctoring.store.settled import SettledStore
from proctoring.types import (
    Act,
    AnswerKey,
    AuditEvent,
    Capability,
    Evidence,
    Meeting,
    Occurrence,
    Paper,
    Participant,
)


class LoggedStore(SettledStore):
    """To be put around a `SealedStore`: so the log has the hashes of what is on the disk."""

    def add_meeting(self, meeting: Meeting, *capabilities: Capability) -> None:
        self.inner.add_meeting(meeting, *capabilities)
        self._log(kept(meeting))
        self._log_made(capabilities)

    def add_capability(self, capability: Capability) -> None:
        self.inner.add_capability(capability)
        self._log_made([capability])

    def revoke(self, capability_id: str, at: datetime) -> None:
        self.inner.revoke(capability_id, at)
        self._log(kept(self.inner.capability(capability_id)))  # with the time that counts

    def add_participant(self, participant: Participant, *capabilities: Capability) -> None:
        self.inner.add_participant(participant, *capabilities)
        self._log(kept(participant))
        self._log_made(capabilities)

    def save_paper(self, paper: Paper, key: AnswerKey) -> None:
        self.inner.save_paper(paper, key)
        self._log([papers.saved(paper, key)])

    def save_act(self, act: Act) -> None:
        """That it was done and by whom; what was said is nobody's but theirs."""
        self.inner.save_act(act)
        self._log([acted(self.inner.participant(act.participant_id).meeting_id, act)])

    def save_occurrence(self, occurrence: Occurrence) -> str:
        incident_id = self.inner.save_occurrence(occurrence)
        self._log(kept(occurrence))
        return incident_id

    def save_evidence(self, evidence: Evidence) -> None:
        self.inner.save_evidence(evidence)
        meeting_id = self.inner.evidence_meeting(evidence.id)
        for ref in self.inner.evidence_list([evidence.occurrence_id]):
            if ref.id == evidence.id:
                self._log([evidence_kept(meeting_id, ref.id, ref.captured_at, ref.sha256)])

    def _log_made(self, capabilities: Iterable[Capability]) -> None:
        for capability in capabilities:
            self._log(kept(capability)[:1])

    def _log(self, events: Iterable[AuditEvent]) -> None:
        for event in events:
            self.inner.append_audit(event)

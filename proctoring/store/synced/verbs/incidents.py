"""Incidents with their evidence, and for which seconds there could have been some."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial

from proctoring.store import EvidenceRef, Feed, StoreError
from proctoring.store.embedded.files import Damaged
from proctoring.store.synced.verbs.base import Verbs
from proctoring.types import CoverageSpan, Evidence, Incident, Notice, Occurrence


class IncidentVerbs(Verbs):
    # --- incidents -----------------------------------------------------------------------

    def save_occurrence(self, occurrence: Occurrence) -> str:
        save = partial(self._local.save_occurrence, occurrence)
        return self._write("participant", occurrence.participant_id, save)

    def save_evidence(self, evidence: Evidence) -> None:
        save = partial(self._local.save_evidence, evidence)
        self._write("occurrence", evidence.occurrence_id, save)

    def save_notice(self, notice: Notice) -> None:
        save = partial(self._local.save_notice, notice)
        self._write("occurrence", notice.occurrence_id, save)

    def feed(self, meeting_id: str, after: int = 0, participant_id: str | None = None) -> Feed:
        ask = partial(self._local.feed, meeting_id, after, participant_id)
        return self._followed(meeting_id, ask)

    def incident(self, incident_id: str) -> Incident:
        return self._known("occurrence", incident_id, partial(self._local.incident, incident_id))

    def evidence(self, evidence_id: str) -> Evidence:
        """From here, or from the remote store; its hash is proved either way."""
        try:
            return self._known("evidence", evidence_id, partial(self._local.evidence, evidence_id))
        except Damaged:  # most often it is another server's
            found = self._remote().evidence(evidence_id)
        if hashlib.sha256(found.data).hexdigest() != found.sha256:
            raise StoreError(f"The evidence {evidence_id} was changed in {self._name}.")
        return found

    def evidence_meeting(self, evidence_id: str) -> str:
        ask = partial(self._local.evidence_meeting, evidence_id)
        return self._known("evidence", evidence_id, ask)

    def evidence_list(self, occurrence_ids: Sequence[str]) -> list[EvidenceRef]:
        return self._local.evidence_list(occurrence_ids)

    def open_occurrences(self, participant_id: str) -> list[Occurrence]:
        meeting_id = self.participant(participant_id).meeting_id
        return self._followed(meeting_id, partial(self._local.open_occurrences, participant_id))

    def notices(self, occurrence_ids: Sequence[str]) -> list[Notice]:
        return self._local.notices(occurrence_ids)

    # --- coverage ------------------------------------------------------------------------

    def save_coverage(self, spans: Sequence[CoverageSpan]) -> None:
        for participant_id in {span.participant_id for span in spans}:
            self.participant(participant_id)
        self._local.save_coverage(spans)
        self._drainer.wake()

    def coverage(self, participant_id: str) -> list[CoverageSpan]:
        meeting_id = self.participant(participant_id).meeting_id
        self._puller.follow_coverage(participant_id)
        return self._followed(meeting_id, partial(self._local.coverage, participant_id))

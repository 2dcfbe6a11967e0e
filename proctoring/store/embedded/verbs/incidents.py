"""Incidents with their evidence, and for which seconds there could have been some."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from sqlite3 import Connection
from typing import Any

from proctoring.store import EvidenceRef, Feed, Rejected, Unknown
from proctoring.store.embedded import coverage, erasure, incidents, outbox
from proctoring.store.embedded.files import EXTENSIONS
from proctoring.store.embedded.rows import insert, names, one, several, to_row
from proctoring.store.embedded.verbs.base import Verbs
from proctoring.types import (
    CoverageSpan,
    Evidence,
    Incident,
    Meeting,
    Notice,
    Occurrence,
    Participant,
)

# One bound value whatever the number of ids: SQLite limits how many there may be.
_AMONG = "occurrence_id IN (SELECT value FROM json_each(?))"


class IncidentVerbs(Verbs):
    # --- incidents -----------------------------------------------------------------------

    def save_occurrence(self, occurrence: Occurrence) -> str:
        with self._database.write() as db:
            _check_member(db, occurrence.meeting_id, occurrence.participant_id)
            of = occurrence
            outbox.put(db, "save_occurrence", of.id, of.meeting_id, of.participant_id)
            return incidents.save(db, occurrence)

    def save_evidence(self, evidence: Evidence) -> None:
        ref = EvidenceRef(**_shared(evidence), size=len(evidence.data))
        if hashlib.sha256(evidence.data).hexdigest() != ref.sha256:
            raise Rejected(f"The hash of evidence {ref.id} is not the hash of its data.")
        if ref.media_type not in EXTENSIONS:
            raise Rejected(f"Evidence of type {ref.media_type!r} cannot be kept.")
        with self._database.read() as db:  # before its file is written
            owner = one(db, Occurrence, "occurrence", ref.occurrence_id)
            erasure.check_not_erased(db, owner.participant_id)
        with self._database.explained():
            self._files.write(evidence.data, ref.sha256, EXTENSIONS[ref.media_type])
        with self._database.write() as db:
            if insert(db, "evidence", to_row(ref)):
                incidents.mark_changed(db, [incidents.of_occurrence(db, ref.occurrence_id)])
            elif replace(one(db, EvidenceRef, "evidence", ref.id), is_erased=False) != ref:
                raise Rejected(f"The id {ref.id} belongs to other evidence.")
            outbox.put(db, "save_evidence", ref.id, owner.meeting_id, owner.participant_id)

    def save_notice(self, notice: Notice) -> None:
        with self._database.write() as db:
            incidents.save_notice(db, notice)
            of = one(db, Occurrence, "occurrence", notice.occurrence_id)
            outbox.put(db, "save_notice", of.id, of.meeting_id, of.participant_id)

    def feed(self, meeting_id: str, after: int = 0, participant_id: str | None = None) -> Feed:
        where, values = "incident.meeting_id = :meeting_id", {"meeting_id": meeting_id}
        with self._database.read() as db:
            one(db, Meeting, "meeting", meeting_id)
            if participant_id is not None:
                _check_member(db, meeting_id, participant_id)
                where, values = "incident.participant_id = :id", {"id": participant_id}
            latest = incidents.revision(db)
            if after > latest:  # the database was replaced by a backup: begin anew
                after = 0
            found = incidents.select(
                db, f"{where} AND incident.revision > :after", {**values, "after": after}
            )
            return Feed(tuple(found), latest)

    def incident(self, incident_id: str) -> Incident:
        """Any of its occurrences names it, so a link still works if a late one comes first."""
        with self._database.read() as db:
            found = incidents.of_occurrence(db, incident_id)
            return next(incidents.select(db, "incident.id = :id", {"id": found}))

    def evidence(self, evidence_id: str) -> Evidence:
        with self._database.read() as db:
            ref = one(db, EvidenceRef, "evidence", evidence_id)
        if ref.is_erased:
            raise Unknown(f"Evidence {evidence_id!r} was erased.")
        with self._database.explained():
            data = self._files.read(ref.sha256, EXTENSIONS[ref.media_type])
        return Evidence(**_shared(ref), data=data)

    def evidence_meeting(self, evidence_id: str) -> str:
        with self._database.read() as db:
            ref = one(db, EvidenceRef, "evidence", evidence_id)
            return one(db, Occurrence, "occurrence", ref.occurrence_id).meeting_id

    def evidence_list(self, occurrence_ids: Sequence[str]) -> list[EvidenceRef]:
        """In the order of capture."""
        where = f"{_AMONG} ORDER BY captured_at, id"
        with self._database.read() as db:
            return several(db, EvidenceRef, "evidence", where, json.dumps(list(occurrence_ids)))

    def open_occurrences(self, participant_id: str) -> list[Occurrence]:
        """Those that last, in the order of opening."""
        where = "participant_id = ? AND closed_at IS NULL ORDER BY opened_at, id"
        with self._database.read() as db:
            one(db, Participant, "participant", participant_id)
            return several(db, Occurrence, "occurrence", where, participant_id)

    def notices(self, occurrence_ids: Sequence[str]) -> list[Notice]:
        """In the order of showing."""
        where = f"{_AMONG} ORDER BY shown_at, occurrence_id"
        with self._database.read() as db:
            return several(db, Notice, "notice", where, json.dumps(list(occurrence_ids)))

    # --- coverage ------------------------------------------------------------------------

    def save_coverage(self, spans: Sequence[CoverageSpan]) -> None:
        """All of them or none."""
        with self._database.write() as db:
            for participant_id in {span.participant_id for span in spans}:
                one(db, Participant, "participant", participant_id)
            coverage.save(db, spans)
            for span in spans:
                of = one(db, Participant, "participant", span.participant_id)
                outbox.put(db, "save_coverage", span.id, of.meeting_id, of.id)

    def coverage(self, participant_id: str) -> list[CoverageSpan]:
        """In the order of starting."""
        with self._database.read() as db:
            one(db, Participant, "participant", participant_id)
            where = "participant_id = ? ORDER BY started_at, signal, id"
            return several(db, CoverageSpan, "coverage_span", where, participant_id)


def _check_member(db: Connection, meeting_id: str, participant_id: str) -> None:
    if one(db, Participant, "participant", participant_id).meeting_id != meeting_id:
        raise Unknown(f"Meeting {meeting_id!r} has no participant {participant_id!r}.")


def _shared(value: Evidence | EvidenceRef) -> dict[str, Any]:
    """What evidence and its reference both tell."""
    return {name: getattr(value, name) for name in names(EvidenceRef) if hasattr(Evidence, name)}

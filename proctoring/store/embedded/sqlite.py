"""The embedded store: one folder with one SQLite database and the evidence files.

Files come first and rows second, so that a row never speaks of a file that is not there.
Several processes may use one folder at once. Each write puts into the outbox what a remote
store has to be told, in the same transaction; without a remote store, that does nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from proctoring.store import EvidenceRef, Feed, Presence, Rejected, StoreError, Unknown
from proctoring.store.embedded import (
    audit,
    capabilities,
    coverage,
    erasure,
    incidents,
    outbox,
    presence,
)
from proctoring.store.embedded.database import Database
from proctoring.store.embedded.files import EXTENSIONS, EvidenceFiles, make_folder
from proctoring.store.embedded.rows import insert, names, one, several, to_microseconds, to_row
from proctoring.types import (
    AuditEntry,
    AuditEvent,
    Capability,
    CoverageSpan,
    Evidence,
    Incident,
    Meeting,
    Notice,
    Occurrence,
    Participant,
)

DATABASE = "openproctor.db"
EVIDENCE = "evidence"

# One bound value whatever the number of ids: SQLite limits how many there may be.
_AMONG = "occurrence_id IN (SELECT value FROM json_each(?))"


class SqliteStore:
    """See `proctoring.store.Store` for what each method promises."""

    def __init__(self, data_dir: Path, *, busy_timeout_s: float = 10.0) -> None:
        try:
            make_folder(data_dir / EVIDENCE)
        except OSError as error:
            raise StoreError(f"The data folder cannot be made: {error}.") from error
        self._files = EvidenceFiles(data_dir / EVIDENCE)
        self._files.remove_abandoned()
        self._database = Database(data_dir / DATABASE, busy_timeout_s)
        self.data_dir = data_dir

    @property
    def database(self) -> Database:
        """For what brings this store and a remote one together."""
        return self._database

    @property
    def problem(self) -> str:
        """None that lasts: what fails is raised to whoever asks."""
        return ""

    def close(self) -> None:
        self._database.close()

    # --- meetings ------------------------------------------------------------------------

    def add_meeting(self, meeting: Meeting, *given: Capability) -> None:
        with self._database.write() as db:
            insert(db, "meeting", to_row(meeting))
            if one(db, Meeting, "meeting", meeting.id) != meeting:
                raise Rejected(f"There is another meeting {meeting.id!r} already.")
            outbox.put(db, "add_meeting", meeting.id, meeting.id)
            capabilities.add(db, given)

    def meeting(self, meeting_id: str) -> Meeting:
        with self._database.read() as db:
            return one(db, Meeting, "meeting", meeting_id)

    def meetings(self) -> list[Meeting]:
        """In the order of making."""
        with self._database.read() as db:
            return several(db, Meeting, "meeting", "true ORDER BY created_at, id")

    # --- who may do what -----------------------------------------------------------------

    def add_capability(self, capability: Capability) -> None:
        with self._database.write() as db:
            one(db, Meeting, "meeting", capability.meeting_id)
            capabilities.add(db, [capability])

    def capability(self, capability_id: str) -> Capability:
        with self._database.read() as db:
            return one(db, Capability, "capability", capability_id)

    def capability_by_token(self, token_hash: str) -> Capability | None:
        with self._database.read() as db:
            return capabilities.by_token(db, token_hash)

    def capabilities(self, meeting_id: str) -> list[Capability]:
        """In the order of making."""
        with self._database.read() as db:
            one(db, Meeting, "meeting", meeting_id)
            return capabilities.of_meeting(db, meeting_id)

    def revoke(self, capability_id: str, at: datetime) -> None:
        with self._database.write() as db:
            of = one(db, Capability, "capability", capability_id)
            capabilities.revoke(db, capability_id, at)
            outbox.put(db, "revoke", of.id, of.meeting_id, of.participant_id)

    # --- participants --------------------------------------------------------------------

    def add_participant(self, participant: Participant, *given: Capability) -> None:
        with self._database.write() as db:
            one(db, Meeting, "meeting", participant.meeting_id)
            insert(db, "participant", to_row(participant))
            if not _is_same(one(db, Participant, "participant", participant.id), participant):
                raise Rejected(f"There is another participant {participant.id!r} already.")
            outbox.put(
                db, "add_participant", participant.id, participant.meeting_id, participant.id
            )
            capabilities.add(db, given)

    def participant(self, participant_id: str) -> Participant:
        with self._database.read() as db:
            return one(db, Participant, "participant", participant_id)

    def participants(self, meeting_id: str) -> list[Participant]:
        """In the order of joining."""
        with self._database.read() as db:
            one(db, Meeting, "meeting", meeting_id)
            where = "meeting_id = ? ORDER BY joined_at, id"
            return several(db, Participant, "participant", where, meeting_id)

    def start(self, participant_id: str, at: datetime) -> None:
        """The first start counts: coming back does not set the clock again."""
        with self._database.write() as db:
            of = one(db, Participant, "participant", participant_id)
            outbox.put(db, "start", of.id, of.meeting_id, of.id)
            db.execute(
                "UPDATE participant SET started_at = coalesce(started_at, ?) WHERE id = ?",
                (to_microseconds(at), participant_id),
            )

    def finish(self, participant_id: str, at: datetime, reason: str) -> None:
        """The first finish counts, with its reason."""
        with self._database.write() as db:
            of = one(db, Participant, "participant", participant_id)
            outbox.put(db, "finish", of.id, of.meeting_id, of.id)
            db.execute(
                "UPDATE participant SET finished_at = ?, finish_reason = ?"
                " WHERE id = ? AND finished_at IS NULL",
                (to_microseconds(at), reason, participant_id),
            )

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

    # --- the log of a meeting ------------------------------------------------------------

    def append_audit(self, event: AuditEvent) -> None:
        with self._database.write() as db:
            one(db, Meeting, "meeting", event.meeting_id)
            audit.append(db, event)
            outbox.put(db, "append_audit", event.id, event.meeting_id)

    def audit_log(self, meeting_id: str, after: int = 0) -> list[AuditEntry]:
        with self._database.read() as db:
            one(db, Meeting, "meeting", meeting_id)
            return audit.entries(db, meeting_id, after)

    # --- erasure -------------------------------------------------------------------------

    def add_key(self, participant_id: str, wrapped: str) -> str:
        with self._database.write() as db:
            kept = erasure.add_key(db, participant_id, wrapped)
            of = one(db, Participant, "participant", participant_id)
            outbox.put(db, "add_key", of.id, of.meeting_id, of.id)
            return kept

    def key(self, participant_id: str) -> str | None:
        with self._database.read() as db:
            one(db, Participant, "participant", participant_id)
            return erasure.key(db, participant_id)

    def hold(self, meeting_id: str, reason: str) -> None:
        with self._database.write() as db:
            one(db, Meeting, "meeting", meeting_id)
            erasure.hold(db, meeting_id, reason)
            outbox.put(db, "hold", meeting_id, meeting_id)

    def held(self, meeting_id: str) -> str:
        with self._database.read() as db:
            one(db, Meeting, "meeting", meeting_id)
            return erasure.held(db, meeting_id)

    def evidence_of(self, participant_id: str) -> list[EvidenceRef]:
        with self._database.read() as db:
            one(db, Participant, "participant", participant_id)
            return erasure.evidence_of(db, participant_id)

    def erase_evidence(self, participant_id: str) -> int:
        with self._database.write() as db:
            of = one(db, Participant, "participant", participant_id)
            erasure.check_not_held(db, of)
            outbox.put(db, "erase_evidence", of.id, of.meeting_id, of.id)
            count, alone = erasure.mark_evidence(db, participant_id)
        self.remove_files(alone)
        return count

    def erase(self, participant_id: str, at: datetime) -> None:
        with self._database.write() as db:
            of = one(db, Participant, "participant", participant_id)
            erasure.check_not_held(db, of)
            erasure.forget(db, participant_id, at)
            outbox.put(db, "erase", of.id, of.meeting_id, of.id)
            _, alone = erasure.mark_evidence(db, participant_id)
        self.remove_files(alone)
        self._database.compact_log()

    # --- which servers are in it ---------------------------------------------------------

    def save_presence(self, replica: str, held: Sequence[Presence]) -> None:
        """Never put into the outbox: what is true of now is of no use later."""
        with self._database.write() as db:
            presence.replace(db, replica, held)

    def presence(self, meeting_id: str) -> list[Presence]:
        """In the order of their names."""
        with self._database.read() as db:
            return presence.of_meeting(db, meeting_id)

    # -------------------------------------------------------------------------------------

    def remove_files(self, refs: Sequence[EvidenceRef]) -> None:
        """Those of `erasure`, once the rows say that the bytes are gone."""
        with self._database.explained():
            for ref in refs:
                self._files.remove(ref.sha256, EXTENSIONS[ref.media_type])

    def has_file(self, ref: EvidenceRef) -> bool:
        """Are its bytes here? Those of another server's evidence are in the remote store."""
        return self._files.has(ref.sha256, EXTENSIONS[ref.media_type])


def _check_member(db: Connection, meeting_id: str, participant_id: str) -> None:
    if one(db, Participant, "participant", participant_id).meeting_id != meeting_id:
        raise Unknown(f"Meeting {meeting_id!r} has no participant {participant_id!r}.")


def _is_same(known: Participant, given: Participant) -> bool:
    """Times of starting and finishing may have come since, and a name may have gone."""
    was_erased = known.erased_at is not None
    return (
        known.meeting_id == given.meeting_id
        and known.joined_at == given.joined_at
        and (was_erased or known.name == given.name)
    )


def _shared(value: Evidence | EvidenceRef) -> dict[str, Any]:
    """What evidence and its reference both tell."""
    return {name: getattr(value, name) for name in names(EvidenceRef) if hasattr(Evidence, name)}

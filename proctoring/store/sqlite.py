"""The embedded store: one folder with one SQLite database and the evidence files.

Files come first and rows second, so that a row never speaks of a file that is not there.
Several processes may use one folder at once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from sqlite3 import Connection

from proctoring.store import EvidenceRef, Feed, Rejected, StoreError, Unknown, incidents
from proctoring.store.database import Database
from proctoring.store.files import EvidenceFiles, make_folder
from proctoring.store.rows import insert, names, one, several, to_microseconds, to_row
from proctoring.types import (
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
LONGEST_NAME = 120  # characters
EXTENSIONS = {"image/jpeg": "jpg", "audio/wav": "wav"}

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

    def close(self) -> None:
        self._database.close()

    # --- meetings ------------------------------------------------------------------------

    def add_meeting(self, meeting: Meeting, secret_hash: str) -> None:
        with self._database.write() as db:
            insert(db, "meeting", to_row(meeting))
            insert(db, "meeting_secret", {"meeting_id": meeting.id, "secret_hash": secret_hash})
            same = _secret(db, meeting.id) == secret_hash
            if not same or one(db, Meeting, "meeting", meeting.id) != meeting:
                raise Rejected(f"There is another meeting {meeting.id!r} already.")

    def meeting(self, meeting_id: str) -> Meeting:
        with self._database.read() as db:
            return one(db, Meeting, "meeting", meeting_id)

    def proctor_secret_hash(self, meeting_id: str) -> str:
        with self._database.read() as db:
            return _secret(db, meeting_id)

    # --- participants --------------------------------------------------------------------

    def add_participant(self, participant: Participant, resume_hash: str) -> None:
        if not 1 <= len(participant.name) <= LONGEST_NAME:
            raise Rejected(f"A name has from 1 to {LONGEST_NAME} characters.")
        secret = {
            "participant_id": participant.id,
            "meeting_id": participant.meeting_id,
            "resume_hash": resume_hash,
        }
        with self._database.write() as db:
            one(db, Meeting, "meeting", participant.meeting_id)
            insert(db, "participant", to_row(participant))
            insert(db, "participant_secret", secret)
            if _by_resume(db, participant.meeting_id, resume_hash) != participant.id:
                raise Rejected(f"There is another participant {participant.id!r} already.")

    def participant(self, participant_id: str) -> Participant:
        with self._database.read() as db:
            return one(db, Participant, "participant", participant_id)

    def participant_by_resume(self, meeting_id: str, resume_hash: str) -> Participant | None:
        with self._database.read() as db:
            found = _by_resume(db, meeting_id, resume_hash)
            return None if found is None else one(db, Participant, "participant", found)

    def participants(self, meeting_id: str) -> list[Participant]:
        """In the order of joining."""
        with self._database.read() as db:
            one(db, Meeting, "meeting", meeting_id)
            where = "meeting_id = ? ORDER BY joined_at, id"
            return several(db, Participant, "participant", where, meeting_id)

    def start(self, participant_id: str, at: datetime) -> None:
        """The first start counts: coming back does not set the clock again."""
        with self._database.write() as db:
            one(db, Participant, "participant", participant_id)
            db.execute(
                "UPDATE participant SET started_at = coalesce(started_at, ?) WHERE id = ?",
                (to_microseconds(at), participant_id),
            )

    def finish(self, participant_id: str, at: datetime, reason: str) -> None:
        """The first finish counts, with its reason."""
        with self._database.write() as db:
            one(db, Participant, "participant", participant_id)
            db.execute(
                "UPDATE participant SET finished_at = ?, finish_reason = ?"
                " WHERE id = ? AND finished_at IS NULL",
                (to_microseconds(at), reason, participant_id),
            )

    # --- incidents -----------------------------------------------------------------------

    def save_occurrence(self, occurrence: Occurrence) -> str:
        with self._database.write() as db:
            _check_member(db, occurrence.meeting_id, occurrence.participant_id)
            return incidents.save(db, occurrence)

    def save_evidence(self, evidence: Evidence) -> None:
        given = {name: getattr(evidence, name) for name in names(EvidenceRef) if name != "size"}
        ref = EvidenceRef(**given, size=len(evidence.data))
        if hashlib.sha256(evidence.data).hexdigest() != ref.sha256:
            raise Rejected(f"The hash of evidence {ref.id} is not the hash of its data.")
        if ref.media_type not in EXTENSIONS:
            raise Rejected(f"Evidence of type {ref.media_type!r} cannot be kept.")
        with self._database.read() as db:
            incidents.of_occurrence(db, ref.occurrence_id)  # before its file is written
        with self._database.explained():
            self._files.write(evidence.data, ref.sha256, EXTENSIONS[ref.media_type])
        with self._database.write() as db:
            if insert(db, "evidence", to_row(ref)):
                incidents.mark_changed(db, [incidents.of_occurrence(db, ref.occurrence_id)])
            elif one(db, EvidenceRef, "evidence", ref.id) != ref:
                raise Rejected(f"The id {ref.id} belongs to other evidence.")

    def save_notice(self, notice: Notice) -> None:
        """The first showing counts, whatever comes first."""
        with self._database.write() as db:
            incident_id = incidents.of_occurrence(db, notice.occurrence_id)
            earlier = "UPDATE SET shown_at = :shown_at WHERE shown_at > :shown_at"
            if insert(db, "notice", to_row(notice), earlier):
                incidents.mark_changed(db, [incident_id])

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
        with self._database.explained():
            data = self._files.read(ref.sha256, EXTENSIONS[ref.media_type])
        given = {name: getattr(ref, name) for name in names(EvidenceRef) if name != "size"}
        return Evidence(**given, data=data)

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
        """All of them or none. A span grows: the state that ends last is kept."""
        later = (
            "UPDATE SET state = :state, reason = :reason, ended_at = :ended_at"
            " WHERE ended_at <= :ended_at"
        )
        with self._database.write() as db:
            for participant_id in {span.participant_id for span in spans}:
                one(db, Participant, "participant", participant_id)
            for span in spans:
                insert(db, "coverage_span", to_row(span), later)

    def coverage(self, participant_id: str) -> list[CoverageSpan]:
        """In the order of starting."""
        with self._database.read() as db:
            one(db, Participant, "participant", participant_id)
            where = "participant_id = ? ORDER BY started_at, signal, id"
            return several(db, CoverageSpan, "coverage_span", where, participant_id)


def _check_member(db: Connection, meeting_id: str, participant_id: str) -> None:
    if one(db, Participant, "participant", participant_id).meeting_id != meeting_id:
        raise Unknown(f"Meeting {meeting_id!r} has no participant {participant_id!r}.")


def _secret(db: Connection, meeting_id: str) -> str:
    query = "SELECT secret_hash FROM meeting_secret WHERE meeting_id = ?"
    row = db.execute(query, (meeting_id,)).fetchone()
    if row is None:
        raise Unknown(f"There is no meeting {meeting_id!r}.")
    return str(row[0])


def _by_resume(db: Connection, meeting_id: str, resume_hash: str) -> str | None:
    row = db.execute(
        "SELECT participant_id FROM participant_secret WHERE meeting_id = ? AND resume_hash = ?",
        (meeting_id, resume_hash),
    ).fetchone()
    return None if row is None else str(row[0])

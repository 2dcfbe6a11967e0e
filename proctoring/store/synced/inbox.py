"""Takes into the local store what other servers wrote into the remote one.

Nothing of it is put into the outbox: it comes from where that would be sent. Where the first
time counts (starting, finishing, revoking, erasing), the remote store decides which was first.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from proctoring.store import EvidenceRef, Feed
from proctoring.store.embedded import (
    acts,
    answers,
    coverage,
    enrolments,
    erasure,
    incidents,
    office,
    outbox,
    papers,
    staff,
)
from proctoring.store.embedded.rows import insert, one, several, to_microseconds, to_row
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.store.synced.requeue import put_everything
from proctoring.types import (
    Act,
    Answer,
    AnswerKey,
    Capability,
    CoverageSpan,
    Enrolled,
    Meeting,
    Notice,
    OfficeRecord,
    Paper,
    Participant,
    Staff,
)


class Inbox:
    def __init__(self, local: SqliteStore) -> None:
        self._local = local
        self._database = local.database

    def revision(self, meeting_id: str) -> int | None:
        """Of the remote feed that was taken in; None if the meeting was never pulled."""
        query = "SELECT latest FROM remote_revision WHERE meeting_id = ?"
        with self._database.read() as db:
            row = db.execute(query, (meeting_id,)).fetchone()
        return int(row[0]) if row else None

    def knows_participants(self, participant_ids: Iterable[str]) -> bool:
        query = "SELECT 1 FROM json_each(?) WHERE value NOT IN (SELECT id FROM participant)"
        with self._database.read() as db:
            return db.execute(query, (json.dumps(list(participant_ids)),)).fetchone() is None

    def take_meetings(self, meetings: Iterable[Meeting]) -> None:
        with self._database.write() as db:
            for meeting in meetings:
                insert(db, "meeting", to_row(meeting))

    def take_participants(self, participants: Iterable[Participant]) -> None:
        orphans: list[EvidenceRef] = []
        erased = False
        with self._database.write() as db:
            for given in participants:
                insert(db, "participant", to_row(given))
                _take_times(db, given)
                known = one(db, Participant, "participant", given.id)
                if enrolments.is_over(known):
                    erased |= enrolments.forget(db, given.id)
                if given.erased_at and (known.erased_at is None or erasure.key(db, given.id)):
                    erasure.forget(db, given.id, given.erased_at)
                    orphans += erasure.mark_evidence(db, given.id)[1]
                    erased = True
        self._local.remove_files(orphans)
        if erased:
            self._database.compact_log()

    def take_capabilities(self, capabilities: Iterable[Capability]) -> None:
        """Those of participants that are here."""
        with self._database.write() as db:
            for given in capabilities:
                if given.participant_id is None or _is_here(db, given.participant_id):
                    row = to_row(given)
                    insert(db, "capability", row)
                    db.execute(
                        "UPDATE capability SET revoked_at = coalesce(:revoked_at, revoked_at)"
                        " WHERE id = :id AND revoked_at IS NOT :revoked_at",
                        row,
                    )

    def take_key(self, participant_id: str, wrapped: str) -> str:
        """The key that is kept here then."""
        with self._database.write() as db:
            return erasure.add_key(db, participant_id, wrapped)

    def take_hold(self, meeting_id: str, reason: str) -> None:
        with self._database.write() as db:
            if erasure.held(db, meeting_id) != reason:
                erasure.hold(db, meeting_id, reason)

    def paper_revision(self, meeting_id: str) -> int:
        """Of the paper that is here; 0 if there is none."""
        with self._database.read() as db:
            known = papers.paper_of(db, meeting_id)
        return known.revision if known else 0

    def take_paper(self, paper: Paper, key: AnswerKey) -> None:
        with self._database.write() as db:
            known = papers.paper_of(db, paper.meeting_id)
            if known and papers.is_same(known, papers.key_of(db, paper.meeting_id), paper, key):
                return
            if known is None or known.revision <= paper.revision:
                papers.put(db, paper, key)

    def take_office(self, given: Iterable[OfficeRecord]) -> None:
        with self._database.write() as db:
            office.take(db, given)

    def take_answers(self, participant_id: str, given: Iterable[Answer]) -> None:
        """Unless they were erased here meanwhile."""
        with self._database.write() as db:
            if one(db, Participant, "participant", participant_id).erased_at is None:
                for answer in given:
                    answers.take(db, answer)

    def take_acts(self, given: Iterable[Act]) -> None:
        """Of those who are here and were not erased."""
        with self._database.write() as db:
            for act in given:
                if _is_here(db, act.participant_id, "AND erased_at IS NULL"):
                    acts.take(db, act)

    def take_enrolments(self, participant_id: str, given: Iterable[Enrolled]) -> None:
        """Unless the exam is over for them, or the remote store is still to erase them."""
        with self._database.write() as db:
            is_over = enrolments.is_over(one(db, Participant, "participant", participant_id))
            if not (is_over or outbox.has(db, "erase_enrolments", participant_id)):
                for enrolled in given:
                    enrolments.save(db, enrolled)

    def take_staff(self, given: Iterable[Staff]) -> None:
        with self._database.write() as db:
            staff.take(db, given)

    def take_feed(
        self,
        meeting_id: str,
        after: int,
        feed: Feed,
        refs: Iterable[EvidenceRef],
        notices: Iterable[Notice],
    ) -> None:
        """All of it, and how far it goes, or nothing. `after` is what was asked for."""
        orphans: list[EvidenceRef] = []
        with self._database.write() as db:
            for incident in feed.incidents:
                for occurrence in incident.occurrences:
                    incidents.save(db, occurrence)
            for ref in refs:
                orphans += _take_ref(db, ref)
            for notice in notices:
                incidents.save_notice(db, notice)
            newest = "UPDATE SET latest = max(latest, :latest)"
            if feed.revision < after:  # a backup took the place of the remote store
                put_everything(db, self._local.has_file, meeting_id)
                newest = "UPDATE SET latest = :latest"
            row: dict[str, Any] = {"meeting_id": meeting_id, "latest": feed.revision}
            insert(db, "remote_revision", row, newest)
        self._local.remove_files(orphans)

    def occurrences_with_bytes(self, meeting_id: str) -> list[str]:
        """Ids of those that have evidence that is not erased."""
        query = """SELECT DISTINCT o.id FROM evidence JOIN occurrence AS o ON o.id = occurrence_id
                   WHERE o.meeting_id = ? AND NOT is_erased"""
        with self._database.read() as db:
            return [str(row[0]) for row in db.execute(query, (meeting_id,))]

    def take_evidence_states(self, refs: Iterable[EvidenceRef]) -> None:
        """What was erased elsewhere is erased here."""
        with self._database.write() as db:
            orphans = [orphan for ref in refs if ref.is_erased for orphan in _take_ref(db, ref)]
        self._local.remove_files(orphans)

    def finish_erasures(self) -> None:
        """Remove the files that whoever erased their records died before removing."""
        with self._database.read() as db:
            refs = several(db, EvidenceRef, "evidence", "is_erased = 1")
            orphans = erasure.orphans(db, refs)
        self._local.remove_files([ref for ref in orphans if self._local.has_file(ref)])

    def take_coverage(self, spans: Iterable[CoverageSpan]) -> None:
        with self._database.write() as db:
            coverage.save(db, spans)


def _take_times(db: sqlite3.Connection, given: Participant) -> None:
    row = {
        "id": given.id,
        "started_at": given.started_at and to_microseconds(given.started_at),
        "finished_at": given.finished_at and to_microseconds(given.finished_at),
        "finish_reason": given.finish_reason,
    }
    db.execute(
        "UPDATE participant SET started_at = :started_at"
        " WHERE id = :id AND :started_at NOT NULL AND started_at IS NOT :started_at",
        row,
    )
    db.execute(
        "UPDATE participant SET finished_at = :finished_at, finish_reason = :finish_reason"
        " WHERE id = :id AND :finished_at NOT NULL AND finished_at IS NOT :finished_at",
        row,
    )


def _take_ref(db: sqlite3.Connection, ref: EvidenceRef) -> list[EvidenceRef]:
    """Its bytes stay where they are. Those whose files are to go."""
    if insert(db, "evidence", to_row(ref)):
        incidents.mark_changed(db, [incidents.of_occurrence(db, ref.occurrence_id)])
    elif ref.is_erased:
        db.execute("UPDATE evidence SET is_erased = 1 WHERE id = ?", (ref.id,))
        return erasure.orphans(db, [ref])
    return []


def _is_here(db: sqlite3.Connection, participant_id: str, also: str = "") -> bool:
    query = f"SELECT 1 FROM participant WHERE id = ? {also}"
    return db.execute(query, (participant_id,)).fetchone() is not None

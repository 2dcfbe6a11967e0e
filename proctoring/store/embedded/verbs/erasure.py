"""Keys, holds, and the end of what is kept."""

from __future__ import annotations

from datetime import datetime

from proctoring.store import EvidenceRef
from proctoring.store.embedded import erasure, outbox
from proctoring.store.embedded.rows import one
from proctoring.store.embedded.verbs.base import Verbs
from proctoring.types import Meeting, Participant


class ErasureVerbs(Verbs):
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
        self._database.compact_log()
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

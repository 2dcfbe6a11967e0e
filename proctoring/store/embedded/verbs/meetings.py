"""Meetings: who may do what in them, their papers, their logs, and the servers in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from proctoring.store import Presence, Rejected
from proctoring.store.contents import check_paper
from proctoring.store.embedded import audit, capabilities, outbox, papers, presence
from proctoring.store.embedded.rows import insert, one, several, to_row
from proctoring.store.embedded.verbs.base import Verbs
from proctoring.types import AnswerKey, AuditEntry, AuditEvent, Capability, Meeting, Paper


class MeetingVerbs(Verbs):
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

    # --- the exam paper ------------------------------------------------------------------

    def save_paper(self, paper: Paper, key: AnswerKey) -> None:
        check_paper(paper, key)
        with self._database.write() as db:
            one(db, Meeting, "meeting", paper.meeting_id)
            papers.save(db, paper, key)
            outbox.put(db, "save_paper", paper.meeting_id, paper.meeting_id)

    def paper(self, meeting_id: str, after: int = 0) -> Paper | None:
        with self._database.read() as db:
            one(db, Meeting, "meeting", meeting_id)
            return papers.paper_of(db, meeting_id, after)

    def answer_key(self, meeting_id: str, after: int = 0) -> AnswerKey | None:
        with self._database.read() as db:
            one(db, Meeting, "meeting", meeting_id)
            return papers.key_of(db, meeting_id, after)

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

    # --- which servers are in it ---------------------------------------------------------

    def save_presence(self, replica: str, held: Sequence[Presence]) -> None:
        """Never put into the outbox: what is true of now is of no use later."""
        with self._database.write() as db:
            presence.replace(db, replica, held)

    def presence(self, meeting_id: str) -> list[Presence]:
        """In the order of their names."""
        with self._database.read() as db:
            return presence.of_meeting(db, meeting_id)

"""Meetings: who may do what in them, their papers, their logs, and the servers in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from proctoring.audit.chain import check_text
from proctoring.store import Presence
from proctoring.store.contents import check_paper
from proctoring.store.supabase.rows import from_json
from proctoring.store.supabase.verbs.base import Verbs
from proctoring.types import AnswerKey, AuditEntry, AuditEvent, Capability, Meeting, Paper


class MeetingVerbs(Verbs):
    # --- meetings ------------------------------------------------------------------------

    def add_meeting(self, meeting: Meeting, *given: Capability) -> None:
        self._client.call("add_meeting", meeting=meeting, capabilities=given)

    def meeting(self, meeting_id: str) -> Meeting:
        return self._one(Meeting, "meeting", meeting_id)

    def meetings(self) -> list[Meeting]:
        """In the order of making."""
        return self._several(Meeting, "meetings")

    # --- who may do what -----------------------------------------------------------------

    def add_capability(self, capability: Capability) -> None:
        self._client.call("add_capability", capability=capability)

    def capability(self, capability_id: str) -> Capability:
        return self._one(Capability, "capability", capability_id)

    def capability_by_token(self, token_hash: str) -> Capability | None:
        row = self._client.find("capability", "token_hash", token_hash)
        return None if row is None else from_json(Capability, row)

    def capabilities(self, meeting_id: str) -> list[Capability]:
        """In the order of making."""
        return self._several(Capability, "capabilities", meeting_id=meeting_id)

    def revoke(self, capability_id: str, at: datetime) -> None:
        self._client.call("revoke", capability_id=capability_id, at=at)

    # --- the exam paper ------------------------------------------------------------------

    def save_paper(self, paper: Paper, key: AnswerKey) -> None:
        check_paper(paper, key)
        self._client.call("save_paper", paper=paper, key=key)

    def paper(self, meeting_id: str, after: int = 0) -> Paper | None:
        found = self._client.call("paper", meeting_id=meeting_id, after=after)
        return None if found is None else from_json(Paper, found)

    def answer_key(self, meeting_id: str, after: int = 0) -> AnswerKey | None:
        found = self._client.call("answer_key", meeting_id=meeting_id, after=after)
        return None if found is None else from_json(AnswerKey, found)

    # --- the log of a meeting ------------------------------------------------------------

    def append_audit(self, event: AuditEvent) -> None:
        check_text(event)
        self._client.call("append_audit", event=event)

    def audit_log(self, meeting_id: str, after: int = 0) -> list[AuditEntry]:
        rows = self._client.call("audit_log", meeting_id=meeting_id, after=after)
        return [
            AuditEntry(from_json(AuditEvent, row), int(row["number"]), str(row["hash"]))
            for row in rows
        ]

    # --- which servers are in it ---------------------------------------------------------

    def save_presence(self, replica: str, held: Sequence[Presence]) -> None:
        self._client.call("save_presence", replica=replica, held=list(held))

    def presence(self, meeting_id: str) -> list[Presence]:
        """In the order of their names."""
        return self._several(Presence, "presence", meeting_id=meeting_id)

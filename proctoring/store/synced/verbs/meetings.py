"""Meetings: who may do what in them, their papers, their logs, and the servers in them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

from proctoring.store import Presence, Rejected, StoreError
from proctoring.store.synced.verbs.base import Verbs
from proctoring.types import AnswerKey, AuditEntry, AuditEvent, Capability, Meeting, Paper

LOG_WAIT_S = 5.0  # for this server's own entries to reach the log that is read


class MeetingVerbs(Verbs):
    # --- meetings ------------------------------------------------------------------------

    def add_meeting(self, meeting: Meeting, *capabilities: Capability) -> None:
        self._local.add_meeting(meeting, *capabilities)
        self._drainer.wake()

    def meetings(self) -> list[Meeting]:
        """Those of other servers too, unless the remote store cannot be reached now."""
        with suppress(StoreError):  # `problem` tells, if it lasts
            self._inbox.take_meetings(self._remote().meetings())
        return self._local.meetings()

    # --- who may do what -----------------------------------------------------------------

    def add_capability(self, capability: Capability) -> None:
        add = partial(self._local.add_capability, capability)
        self._write("meeting", capability.meeting_id, add)

    def capability(self, capability_id: str) -> Capability:
        ask = partial(self._local.capability, capability_id)
        self._puller.follow(self._known("capability", capability_id, ask).meeting_id)
        return ask()

    def capability_by_token(self, token_hash: str) -> Capability | None:
        found = self._local.capability_by_token(token_hash)
        if found is not None:
            self._puller.follow(found.meeting_id)
        elif elsewhere := self._remote().capability_by_token(token_hash):
            self._puller.pull(elsewhere.meeting_id)
        return self._local.capability_by_token(token_hash)

    def capabilities(self, meeting_id: str) -> list[Capability]:
        return self._followed(meeting_id, partial(self._local.capabilities, meeting_id))

    def revoke(self, capability_id: str, at: datetime) -> None:
        self._write("capability", capability_id, partial(self._local.revoke, capability_id, at))

    # --- the exam paper ------------------------------------------------------------------

    def save_paper(self, paper: Paper, key: AnswerKey) -> None:
        """The remote store first: it knows what other servers have saved."""
        meeting_id = self.meeting(paper.meeting_id).id
        with self._drainer.paused(meeting_id):
            try:
                self._remote().save_paper(paper, key)
            except Rejected:
                raise
            except StoreError:  # Unknown, too
                if not self._outbox.has("add_meeting", meeting_id):
                    raise
                self._local.save_paper(paper, key)  # nobody else knows the meeting
            else:
                self._inbox.take_paper(paper, key)
        self._drainer.wake()

    def paper(self, meeting_id: str, after: int = 0) -> Paper | None:
        return self._followed(meeting_id, partial(self._local.paper, meeting_id, after))

    def answer_key(self, meeting_id: str, after: int = 0) -> AnswerKey | None:
        return self._followed(meeting_id, partial(self._local.answer_key, meeting_id, after))

    # --- the log of a meeting ------------------------------------------------------------

    def append_audit(self, event: AuditEvent) -> None:
        self._write("meeting", event.meeting_id, partial(self._local.append_audit, event))

    def audit_log(self, meeting_id: str, after: int = 0) -> list[AuditEntry]:
        """As the remote store has it, once this server's own entries are in it."""
        deadline = time.monotonic() + LOG_WAIT_S
        while self._outbox.rows(meeting_id, 1) and time.monotonic() < deadline:
            self._drainer.wake()
            time.sleep(0.02)
        if self._outbox.rows(meeting_id, 1):
            raise StoreError(
                f"Entries of this server have not reached {self._name} yet, so that the log"
                " is not whole: read it again later."
            )
        return self._remote().audit_log(meeting_id, after)

    # --- which servers are in it ---------------------------------------------------------

    def save_presence(self, replica: str, held: Sequence[Presence]) -> None:
        """To the remote store alone: what is true of now is of no use later."""
        self._remote().save_presence(replica, held)

    def presence(self, meeting_id: str) -> list[Presence]:
        """From the remote store. Raises StoreError without it."""
        return self._remote().presence(meeting_id)

"""Keys, holds, and the end of what is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from proctoring.store import EvidenceRef, Store, StoreError, Unknown
from proctoring.store.synced.verbs.base import Verbs


class ErasureVerbs(Verbs):
    def add_key(self, participant_id: str, wrapped: str) -> str:
        """The first over all servers: see `proctoring.store.synced.store`."""
        if kept := self.key(participant_id):
            return kept
        with self._drainer.paused(participant_id):
            try:
                agreed = self._remote().add_key(participant_id, wrapped)
            except Unknown:
                pass
            except StoreError:
                if not self._outbox.has("add_participant", participant_id):
                    raise
            else:
                return self._inbox.take_key(participant_id, agreed)
            kept = self._local.add_key(participant_id, wrapped)
        self._drainer.wake()
        return kept

    def key(self, participant_id: str) -> str | None:
        ask = partial(self._local.key, participant_id)
        found = self._known("participant", participant_id, ask)
        if found or self._local.participant(participant_id).erased_at:
            return found
        try:
            elsewhere = self._remote().key(participant_id)
        except Unknown:
            return None
        except StoreError:
            if self._outbox.has("add_participant", participant_id):
                return None
            raise
        return self._inbox.take_key(participant_id, elsewhere) if elsewhere else None

    def hold(self, meeting_id: str, reason: str) -> None:
        self.meeting(meeting_id)
        with self._drainer.paused(meeting_id):
            try:
                self._remote().hold(meeting_id, reason)
            except Unknown:  # it waits in the outbox, so nobody else can erase anything of it
                self._local.hold(meeting_id, reason)
            else:
                self._inbox.take_hold(meeting_id, reason)
        self._drainer.wake()

    def held(self, meeting_id: str) -> str:
        return self._followed(meeting_id, partial(self._local.held, meeting_id))

    def evidence_of(self, participant_id: str) -> list[EvidenceRef]:
        meeting_id = self.participant(participant_id).meeting_id
        return self._followed(meeting_id, partial(self._local.evidence_of, participant_id))

    def erase_evidence(self, participant_id: str) -> int:
        # Counted before: what the remote store erased may be pulled before it is erased here.
        count = sum(not ref.is_erased for ref in self.evidence_of(participant_id))
        self._erase("erase_evidence", participant_id, lambda s: s.erase_evidence(participant_id))
        return count

    def erase(self, participant_id: str, at: datetime) -> None:
        self._erase("erase", participant_id, lambda store: store.erase(participant_id, at))

    def _erase(self, verb: str, participant_id: str, erase: Callable[[Store], object]) -> None:
        """The remote store first: it knows every hold, and it refuses and erases at once."""
        meeting_id = self.participant(participant_id).meeting_id
        with self._drainer.paused(participant_id):  # so that nothing is sent after it
            try:
                remote = self._remote()
                erase(remote)
            except Unknown:  # they wait in the outbox: nobody else knows them
                erase(self._local)
            else:
                self._inbox.take_hold(meeting_id, remote.held(meeting_id))
                erase(self._local)
                self._outbox.drop(verb, participant_id)
        self._drainer.wake()

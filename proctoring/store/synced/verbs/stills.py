"""What candidates share, as stills."""

from __future__ import annotations

from functools import partial

from proctoring.store import StillRef, StoreError, Unknown
from proctoring.store.synced.verbs.base import Verbs
from proctoring.types import Still


class StillVerbs(Verbs):
    def save_still(self, still: Still) -> None:
        self._write("participant", still.participant_id, partial(self._local.save_still, still))

    def still(self, still_id: str) -> Still:
        """From here, or from the remote store: what other servers took is not kept here."""
        try:
            return self._local.still(still_id)
        except Unknown:
            return self._remote().still(still_id)

    def stills(self, participant_id: str) -> list[StillRef]:
        """Those of all servers. Raises StoreError if the remote store cannot be asked: a part of
        them would pass for all."""
        self.participant(participant_id)
        found: dict[str, StillRef] = {}
        was_asked = self._puller.ask(
            lambda remote: found.update((one.id, one) for one in remote.stills(participant_id))
        )
        if not (was_asked or self._outbox.has("add_participant", participant_id)):
            raise StoreError(f"{self._name} cannot be asked what else was shared.")
        found |= {one.id: one for one in self._local.stills(participant_id)}
        return sorted(found.values(), key=lambda one: (one.at, one.id))

    def with_stills(self, meeting_id: str) -> list[str]:
        """Also those that the remote store alone has, while it can be reached."""
        self.meeting(meeting_id)
        found = set(self._local.with_stills(meeting_id))
        self._puller.ask(lambda remote: found.update(remote.with_stills(meeting_id)))
        return sorted(found)

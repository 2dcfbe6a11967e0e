"""What was observed of candidates, minute by minute."""

from __future__ import annotations

from functools import partial

from proctoring.store import StoreError
from proctoring.store.synced.verbs.base import Verbs
from proctoring.types import Trace


class TraceVerbs(Verbs):
    def save_trace(self, trace: Trace) -> None:
        self._write("participant", trace.participant_id, partial(self._local.save_trace, trace))

    def traces(self, participant_id: str) -> list[Trace]:
        """Those of all servers. Raises StoreError if the remote store cannot be asked: a part of
        them would pass for all. What others wrote is not kept here."""
        self.participant(participant_id)
        found: dict[str, Trace] = {}
        was_asked = self._puller.ask(
            lambda remote: found.update((one.id, one) for one in remote.traces(participant_id))
        )
        if not (was_asked or self._outbox.has("add_participant", participant_id)):
            raise StoreError(f"{self._name} cannot be asked what else was observed.")
        found |= {one.id: one for one in self._local.traces(participant_id)}
        return sorted(found.values(), key=lambda one: (one.started_at, one.id))

    def traced(self, meeting_id: str) -> list[str]:
        """Also those that the remote store alone has, while it can be reached."""
        self.meeting(meeting_id)
        found = set(self._local.traced(meeting_id))
        self._puller.ask(lambda remote: found.update(remote.traced(meeting_id)))
        return sorted(found)

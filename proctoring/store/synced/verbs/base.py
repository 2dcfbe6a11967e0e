"""Where the verbs of the synced store look: here, or else in the remote store."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal, TypeVar

from proctoring.store import StoreError, Unknown
from proctoring.store.embedded.outbox import Outbox
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.store.synced.drainer import Drainer
from proctoring.store.synced.inbox import Inbox
from proctoring.store.synced.puller import Puller
from proctoring.store.synced.remote import Remote
from proctoring.types import Meeting, Participant

T = TypeVar("T")
Kind = Literal["meeting", "participant", "capability", "occurrence", "evidence"]


class Verbs:
    """See `proctoring.store.synced.store` for what is asked where."""

    _local: SqliteStore
    _remote: Remote
    _name: str  # of the remote store, for people
    _outbox: Outbox
    _inbox: Inbox
    _drainer: Drainer
    _puller: Puller

    def meeting(self, meeting_id: str) -> Meeting:
        return self._known("meeting", meeting_id, partial(self._local.meeting, meeting_id))

    def participant(self, participant_id: str) -> Participant:
        ask = partial(self._local.participant, participant_id)
        return self._known("participant", participant_id, ask)

    def _write(self, kind: Kind, key: str, write: Callable[[], T]) -> T:
        result = self._known(kind, key, write)
        self._drainer.wake()
        return result

    def _followed(self, meeting_id: str, ask: Callable[[], T]) -> T:
        self.meeting(meeting_id)
        self._puller.follow(meeting_id)
        return ask()

    def _known(self, kind: Kind, key: str, ask: Callable[[], T]) -> T:
        """What is Unknown here is looked for in the remote store, and its meeting pulled."""
        try:
            return ask()
        except Unknown as here:
            try:
                self._puller.pull(self._meeting_elsewhere(kind, key))
            except Unknown:
                raise here from None
            except StoreError as elsewhere:
                try:  # it may have come before the line failed
                    return ask()
                except Unknown:
                    raise elsewhere from None
            return ask()

    def _meeting_elsewhere(self, kind: Kind, key: str) -> str:
        """Raises Unknown if the remote store does not know it either."""
        remote = self._remote()
        match kind:
            case "meeting":
                return remote.meeting(key).id
            case "participant":
                return remote.participant(key).meeting_id
            case "capability":
                return remote.capability(key).meeting_id
            case "occurrence":
                return remote.incident(key).first.meeting_id
            case "evidence":
                return remote.evidence_meeting(key)

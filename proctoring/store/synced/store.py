"""Records kept here first and in a remote store as well, which several servers share.

A write is on this server's disk, with its row in the outbox, when the method returns; the
remote store has it soon after, or once it can be reached. What is read is what is here, and
what other servers wrote comes in by pulling. So an exam goes on while the network is down.

Some things need the remote store at once, and raise StoreError without it. Erasing asks it
first, because a hold that was set elsewhere must not be overlooked, and so does holding. So
does saving a paper, because two servers must not ask different questions, and changing the list
of staff, because whoever is taken off it is off it everywhere. The key of a participant whom it
knows is agreed with it before it is given out, so that nothing is ever sealed with a key that
loses; of one whom it does not know yet, there is no other key. The log of a meeting is read
from it alone: it is the remote store that numbers it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from proctoring.store import Store, StoreError
from proctoring.store.embedded.outbox import Outbox
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.store.synced.drainer import Drainer
from proctoring.store.synced.inbox import Inbox
from proctoring.store.synced.problems import problem
from proctoring.store.synced.puller import PULL_EVERY_S, Puller
from proctoring.store.synced.remote import Remote
from proctoring.store.synced.requeue import connect
from proctoring.store.synced.verbs.acts import ActVerbs
from proctoring.store.synced.verbs.erasure import ErasureVerbs
from proctoring.store.synced.verbs.incidents import IncidentVerbs
from proctoring.store.synced.verbs.meetings import MeetingVerbs
from proctoring.store.synced.verbs.office import OfficeVerbs
from proctoring.store.synced.verbs.participants import ParticipantVerbs
from proctoring.store.synced.verbs.staff import StaffVerbs
from proctoring.store.synced.verbs.stills import StillVerbs
from proctoring.store.synced.verbs.traces import TraceVerbs

CLOSING_S = 5.0  # for sending what waits


class SyncedStore(
    MeetingVerbs,
    ParticipantVerbs,
    ActVerbs,
    IncidentVerbs,
    TraceVerbs,
    StillVerbs,
    OfficeVerbs,
    ErasureVerbs,
    StaffVerbs,
):
    """See `proctoring.store.Store` for what each method promises.

    `remote` makes the remote store and may raise StoreError for as long as it cannot; it is
    called again until it could. `address` tells one remote store from another: a new one is
    sent everything that is here. May be used from any thread.
    """

    def __init__(
        self,
        local: SqliteStore,
        remote: Callable[[], Store],
        *,
        name: str = "Supabase",
        address: str = "",
        pull_every_s: float = PULL_EVERY_S,
    ) -> None:
        self._local = local
        self._remote = Remote(remote)
        self._name = name
        self._is_closed = False
        connect(local.database, address or name, local.has_file)
        self._outbox = Outbox(local.database)
        self._outbox.hurry(refused_too=True)  # whoever starts anew may have mended something
        self._inbox = Inbox(local)
        self._drainer = Drainer(local, self._remote)
        self._puller = Puller(local, self._remote, every_s=pull_every_s)

    def close(self) -> None:
        """Sends what waits for a few seconds at most; the rest is sent after the next start."""
        if self._is_closed:
            return
        self._is_closed = True
        self._remote.make_no_more()
        self._puller.close()
        self._drainer.close(CLOSING_S)
        self._local.close()
        self._remote.close()

    # --- how it goes ---------------------------------------------------------------------

    @property
    def waiting(self) -> int:
        """Records that the remote store does not have yet."""
        return self._outbox.summary().waiting

    @property
    def refused(self) -> int:
        """Records that it will never take; they are kept here."""
        return self._outbox.summary().refused

    @property
    def problem(self) -> str:
        """Empty when all is well, or sentences for the proctor and the operator."""
        try:
            summary = self._outbox.summary()
        except StoreError as error:
            return f"The records of this server cannot be read now. {error}"
        return problem(self._name, summary, self._puller.failing_since, datetime.now(UTC))

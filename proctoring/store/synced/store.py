"""Records kept here first and in a remote store as well, which several servers share.

A write is on this server's disk, with its row in the outbox, when the method returns; the
remote store has it soon after, or once it can be reached. What is read is what is here, and
what other servers wrote comes in by pulling. So an exam goes on while the network is down.

Two things need the remote store at once, and raise StoreError without it. Erasing asks it
first, because a hold that was set elsewhere must not be overlooked, and so does holding. The
key of a participant whom it knows is agreed with it before it is given out, so that nothing is
ever sealed with a key that loses; of one whom it does not know yet, there is no other key.
The log of a meeting is read from it alone: it is the remote store that numbers it.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Literal, TypeVar

from proctoring.store import EvidenceRef, Feed, Presence, Store, StoreError, Unknown
from proctoring.store.embedded.files import Damaged
from proctoring.store.embedded.outbox import Outbox
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.store.synced.drainer import Drainer
from proctoring.store.synced.inbox import Inbox
from proctoring.store.synced.problems import problem
from proctoring.store.synced.puller import PULL_EVERY_S, Puller
from proctoring.store.synced.requeue import connect
from proctoring.types import (
    AuditEntry,
    AuditEvent,
    Capability,
    CoverageSpan,
    Evidence,
    Incident,
    Meeting,
    Notice,
    Occurrence,
    Participant,
)

CLOSING_S = 5.0  # for sending what waits
LOG_WAIT_S = 5.0  # for this server's own entries to reach the log that is read

T = TypeVar("T")
Kind = Literal["meeting", "participant", "capability", "occurrence", "evidence"]


class SyncedStore:
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
        self._make_remote = remote
        self._made: Store | None = None
        self._making = threading.Lock()
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
        self._puller.close()
        self._drainer.close(CLOSING_S)
        self._local.close()
        if self._made:
            self._made.close()

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

    # --- meetings ------------------------------------------------------------------------

    def add_meeting(self, meeting: Meeting, *capabilities: Capability) -> None:
        self._local.add_meeting(meeting, *capabilities)
        self._drainer.wake()

    def meeting(self, meeting_id: str) -> Meeting:
        return self._known("meeting", meeting_id, partial(self._local.meeting, meeting_id))

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

    # --- participants --------------------------------------------------------------------

    def add_participant(self, participant: Participant, *capabilities: Capability) -> None:
        add = partial(self._local.add_participant, participant, *capabilities)
        self._write("meeting", participant.meeting_id, add)

    def participant(self, participant_id: str) -> Participant:
        ask = partial(self._local.participant, participant_id)
        return self._known("participant", participant_id, ask)

    def participants(self, meeting_id: str) -> list[Participant]:
        return self._followed(meeting_id, partial(self._local.participants, meeting_id))

    def start(self, participant_id: str, at: datetime) -> None:
        self._write("participant", participant_id, partial(self._local.start, participant_id, at))

    def finish(self, participant_id: str, at: datetime, reason: str) -> None:
        finish = partial(self._local.finish, participant_id, at, reason)
        self._write("participant", participant_id, finish)

    # --- incidents -----------------------------------------------------------------------

    def save_occurrence(self, occurrence: Occurrence) -> str:
        save = partial(self._local.save_occurrence, occurrence)
        return self._write("participant", occurrence.participant_id, save)

    def save_evidence(self, evidence: Evidence) -> None:
        save = partial(self._local.save_evidence, evidence)
        self._write("occurrence", evidence.occurrence_id, save)

    def save_notice(self, notice: Notice) -> None:
        save = partial(self._local.save_notice, notice)
        self._write("occurrence", notice.occurrence_id, save)

    def feed(self, meeting_id: str, after: int = 0, participant_id: str | None = None) -> Feed:
        ask = partial(self._local.feed, meeting_id, after, participant_id)
        return self._followed(meeting_id, ask)

    def incident(self, incident_id: str) -> Incident:
        return self._known("occurrence", incident_id, partial(self._local.incident, incident_id))

    def evidence(self, evidence_id: str) -> Evidence:
        """From here, or from the remote store; its hash is proved either way."""
        try:
            return self._known("evidence", evidence_id, partial(self._local.evidence, evidence_id))
        except Damaged:  # most often it is another server's
            found = self._remote().evidence(evidence_id)
        if hashlib.sha256(found.data).hexdigest() != found.sha256:
            raise StoreError(f"The evidence {evidence_id} was changed in {self._name}.")
        return found

    def evidence_meeting(self, evidence_id: str) -> str:
        ask = partial(self._local.evidence_meeting, evidence_id)
        return self._known("evidence", evidence_id, ask)

    def evidence_list(self, occurrence_ids: Sequence[str]) -> list[EvidenceRef]:
        return self._local.evidence_list(occurrence_ids)

    def open_occurrences(self, participant_id: str) -> list[Occurrence]:
        meeting_id = self.participant(participant_id).meeting_id
        return self._followed(meeting_id, partial(self._local.open_occurrences, participant_id))

    def notices(self, occurrence_ids: Sequence[str]) -> list[Notice]:
        return self._local.notices(occurrence_ids)

    # --- coverage ------------------------------------------------------------------------

    def save_coverage(self, spans: Sequence[CoverageSpan]) -> None:
        for participant_id in {span.participant_id for span in spans}:
            self.participant(participant_id)
        self._local.save_coverage(spans)
        self._drainer.wake()

    def coverage(self, participant_id: str) -> list[CoverageSpan]:
        meeting_id = self.participant(participant_id).meeting_id
        self._puller.follow_coverage(participant_id)
        return self._followed(meeting_id, partial(self._local.coverage, participant_id))

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

    # --- erasure -------------------------------------------------------------------------

    def add_key(self, participant_id: str, wrapped: str) -> str:
        """The first over all servers: see the top of this file."""
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

    # --- which servers are in it ---------------------------------------------------------

    def save_presence(self, replica: str, held: Sequence[Presence]) -> None:
        """To the remote store alone: what is true of now is of no use later."""
        self._remote().save_presence(replica, held)

    def presence(self, meeting_id: str) -> list[Presence]:
        """From the remote store. Raises StoreError without it."""
        return self._remote().presence(meeting_id)

    # --- here, or else there -------------------------------------------------------------

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

    def _remote(self) -> Store:
        with self._making:
            if self._is_closed and self._made is None:
                raise StoreError("The store is closed.")
            if self._made is None:
                self._made = self._make_remote()
            return self._made

"""Follows, in the remote store, the meetings that are used here: what other servers wrote.

Whoever reads of a meeting says so by `follow`. The first waits for one pull; afterwards a
thread pulls, until nobody has read of the meeting for a minute. An erasure has to reach the
meetings that nobody reads, too: a sweep over all of them sees to it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from proctoring.store import Store, StoreError, Unknown
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.store.synced.inbox import Inbox

PULL_EVERY_S = 0.5
PARTICIPANTS_EVERY_S = 2.0
RIGHTS_EVERY_S = 5.0  # capabilities, the hold and the paper; coverage, too
SWEEP_EVERY_S = 600.0
FOLLOWED_FOR_S = 60.0  # after the last reading
SPARED_FOR_S = 5.0  # after a failure, unless one worked since, readers do not wait for another
IDS_PER_CALL = 200
FOLLOWED_OFFICE = ("policy", "state")  # what of an examiner's records says how an exam is

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Followed:
    """A meeting, or a participant for their coverage. Times are monotonic, in s."""

    used: float = float("-inf")
    participants_due: float = 0.0
    rights_due: float = 0.0
    acts: int = 0  # the revision of the remote feed of acts that was taken in
    pulling: threading.Lock = field(default_factory=threading.Lock)


class Puller:
    """Lives as long as the store. `remote` gives the remote store, or raises StoreError."""

    def __init__(
        self,
        local: SqliteStore,
        remote: Callable[[], Store],
        *,
        every_s: float = PULL_EVERY_S,
        sweep_every_s: float = SWEEP_EVERY_S,
    ) -> None:
        self._local = local
        self._remote = remote
        self._inbox = Inbox(local)
        self._every_s = every_s
        self._sweep_every_s = sweep_every_s
        self._meetings: dict[str, _Followed] = {}
        self._covered: dict[str, _Followed] = {}  # by participant id
        self._lock = threading.Lock()  # guards the two above
        self._failed = float("-inf")  # monotonic, s, of the last failure
        self.failing_since: datetime | None = None  # UTC; None after a success
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="remote-puller", daemon=True)
        self._thread.start()

    def follow(self, meeting_id: str) -> None:
        """Somebody reads of this meeting. What cannot be pulled now is pulled later."""
        followed = self._use(self._meetings, meeting_id)
        if followed:
            self._spare(partial(self._pull, meeting_id, followed))

    def follow_coverage(self, participant_id: str) -> None:
        if self._use(self._covered, participant_id):
            self._spare(partial(self._pull_coverage, participant_id))

    def pull_answers(self, participant_id: str) -> None:
        """Now. What cannot be pulled is left as it is here."""
        self._spare(partial(self._pull_answers, participant_id))

    def ask(self, question: Callable[[Store], object]) -> bool:
        """Now. Did it work? What the remote store does not know may wait in the outbox."""

        def tell() -> None:
            with suppress(Unknown):
                question(self._remote())

        return self._spare(tell)

    def pull_staff(self) -> None:
        """As `pull_answers`."""
        self._spare(self._pull_staff)

    def pull(self, meeting_id: str) -> None:
        """All that is new of a meeting, which need not be known here. Raises StoreError."""
        with self._lock:
            followed = self._meetings.setdefault(meeting_id, _Followed())
        followed.participants_due = followed.rights_due = 0.0
        followed.used = time.monotonic()
        self._told(partial(self._pull, meeting_id, followed))

    def close(self) -> None:
        self._stopped.set()
        self._thread.join(2.0)

    def _use(self, table: dict[str, _Followed], key: str) -> _Followed | None:
        """Gives it back if nobody has followed it of late."""
        now = time.monotonic()
        with self._lock:
            followed = table.setdefault(key, _Followed())
            was_followed, followed.used = now - followed.used < FOLLOWED_FOR_S, now
        return None if was_followed else followed

    def _spare(self, pull: Callable[[], None]) -> bool:
        """Did it work?"""
        if self.failing_since is None or time.monotonic() - self._failed > SPARED_FOR_S:
            try:
                self._told(pull)
                return True
            except StoreError as error:
                _log.info("could not be pulled now: %s", error)
        return False

    def _told(self, pull: Callable[[], None]) -> None:
        """Note whether the remote store can be reached."""
        try:
            pull()
        except Unknown:
            raise
        except StoreError:
            self._failed = time.monotonic()
            self.failing_since = self.failing_since or datetime.now(UTC)
            raise
        self.failing_since = None

    def _run(self) -> None:
        coverage_due = sweep_due = 0.0
        while not self._stopped.wait(self._every_s):
            for meeting_id, followed in self._followed(self._meetings):
                self._try(partial(self._pull, meeting_id, followed))
            if time.monotonic() >= coverage_due:
                coverage_due = time.monotonic() + RIGHTS_EVERY_S
                for participant_id, _ in self._followed(self._covered):
                    self._try(partial(self._pull_coverage, participant_id))
            if time.monotonic() >= sweep_due and self._try(self._sweep):
                sweep_due = time.monotonic() + self._sweep_every_s

    def _try(self, pull: Callable[[], None]) -> bool:
        """Did it work? One that fails holds up no other."""
        if self._stopped.is_set():
            return False
        try:
            self._told(pull)
        except StoreError as error:
            _log.info("could not be pulled now: %s", error)
            return False
        except Exception:
            _log.exception("pulling stumbled")
            return False
        return True

    def _followed(self, table: dict[str, _Followed]) -> list[tuple[str, _Followed]]:
        now = time.monotonic()
        with self._lock:
            for key in [k for k, f in table.items() if now - f.used > FOLLOWED_FOR_S]:
                del table[key]
            return list(table.items())

    def _pull(self, meeting_id: str, followed: _Followed) -> None:
        with followed.pulling:
            try:
                self._pull_meeting(meeting_id, followed)
            except Unknown:
                self._local.meeting(meeting_id)  # raises Unknown, or it waits in the outbox

    def _pull_meeting(self, meeting_id: str, followed: _Followed) -> None:
        remote, now = self._remote(), time.monotonic()
        after = self._inbox.revision(meeting_id)
        if after is None:
            self._inbox.take_meetings([remote.meeting(meeting_id)])
        if now >= followed.participants_due:
            self._inbox.take_participants(remote.participants(meeting_id))
            followed.participants_due = now + PARTICIPANTS_EVERY_S
        if now >= followed.rights_due:
            self._inbox.take_capabilities(remote.capabilities(meeting_id))
            self._inbox.take_hold(meeting_id, remote.held(meeting_id))
            self._pull_paper(meeting_id)
            self._inbox.take_office(remote.office(meeting_id, *FOLLOWED_OFFICE))
            followed.rights_due = now + RIGHTS_EVERY_S
        feed = remote.feed(meeting_id, after or 0)
        occurrences = [o for incident in feed.incidents for o in incident.occurrences]
        if not self._inbox.knows_participants({o.participant_id for o in occurrences}):
            self._inbox.take_participants(remote.participants(meeting_id))
        if feed.revision != after:
            ids = [occurrence.id for occurrence in occurrences]
            parts = list(_parts(ids))
            refs = [ref for part in parts for ref in remote.evidence_list(part)]
            notices = [notice for part in parts for notice in remote.notices(part)]
            self._inbox.take_feed(meeting_id, after or 0, feed, refs, notices)

        self._pull_acts(meeting_id, followed)

    def _pull_acts(self, meeting_id: str, followed: _Followed) -> None:
        feed = self._remote().act_feed(meeting_id, followed.acts)
        if feed.acts:
            if not self._inbox.knows_participants({act.participant_id for act in feed.acts}):
                self._inbox.take_participants(self._remote().participants(meeting_id))
            self._inbox.take_acts(feed.acts)
        followed.acts = feed.revision

    def _pull_paper(self, meeting_id: str) -> None:
        known = self._inbox.paper_revision(meeting_id)
        if paper := self._remote().paper(meeting_id, known):
            key = self._remote().answer_key(meeting_id, known)
            if key and key.revision == paper.revision:  # or a newer one came between: next time
                self._inbox.take_paper(paper, key)

    def _pull_answers(self, participant_id: str) -> None:
        try:
            self._inbox.take_answers(participant_id, self._remote().answers(participant_id))
        except Unknown:
            self._local.participant(participant_id)  # raises Unknown, or they wait in the outbox

    def _pull_staff(self) -> None:
        self._inbox.take_staff(self._remote().staff())

    def _pull_coverage(self, participant_id: str) -> None:
        try:
            self._inbox.take_coverage(self._remote().coverage(participant_id))
        except Unknown:
            self._local.participant(participant_id)  # raises Unknown, or they wait in the outbox

    def _sweep(self) -> None:
        """Erase here what was erased elsewhere."""
        self._inbox.finish_erasures()
        for meeting in self._local.meetings():
            try:
                self._inbox.take_participants(self._remote().participants(meeting.id))
                ids = self._inbox.occurrences_with_bytes(meeting.id)
                for part in _parts(ids):
                    self._inbox.take_evidence_states(self._remote().evidence_list(part))
            except Unknown:
                continue  # it waits in the outbox
            if self._stopped.is_set():
                return


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[i : i + IDS_PER_CALL] for i in range(0, len(ids), IDS_PER_CALL))

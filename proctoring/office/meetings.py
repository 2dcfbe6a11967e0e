"""What an examiner does to a meeting: its links, its hold, its exports, its erasures.

The log says first what was asked for, and by whom; the store adds what was kept of it. Every
act can be repeated without harm, so that one that failed halfway is simply asked for again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from proctoring.access import tokens
from proctoring.access.tokens import MANAGES, Refused
from proctoring.audit import events
from proctoring.audit.journal import Journal
from proctoring.plaintext import LONGEST_REASON, line
from proctoring.privacy.archive import zipped
from proctoring.privacy.export import of_participant
from proctoring.privacy.retention import erase_participant
from proctoring.store import Rejected, Store
from proctoring.types import Capability, Role

ASKED_LINK = "asked.link"
ASKED_REVOKE = "asked.revoke"
ASKED_ERASE = "asked.erase"


class Office:
    """Acts for the bearer of an examiner's capability, within its meeting. Else raises Refused."""

    def __init__(self, store: Store, journal: Journal, stand_up: Callable[[str], None]) -> None:
        """`stand_up` ends the running session of a participant."""
        self.store = store
        self.journal = journal
        self._stand_up = stand_up

    def make_link(self, bearer: Capability, role: Role, expires_at: datetime | None = None) -> str:
        """The secret of a new link, which nobody can ask for again."""
        self.check(bearer, bearer.meeting_id)
        if role is Role.CANDIDATE:  # theirs are made by joining
            raise Refused
        secret = tokens.new_secret()
        made = tokens.capability(role, bearer.meeting_id, secret, expires_at=expires_at)
        self.write(bearer, ASKED_LINK, made.id, role)
        self.store.add_capability(made)
        return secret

    def replace_links(self, bearer: Capability, role: Role) -> str:
        """The secret of the only link of its role from now on: the new one is there first."""
        old = [c for c in self.store.capabilities(bearer.meeting_id) if c.role is role]
        secret = self.make_link(bearer, role)
        # The bearer's own comes last: until then it entitles to the rest.
        for capability in sorted(old, key=lambda c: c.id == bearer.id):
            if capability.revoked_at is None:
                self.revoke(bearer, capability.id)
        return secret

    def revoke(self, bearer: Capability, capability_id: str) -> None:
        """From now on, and for desks that are open within two seconds."""
        found = self.store.capability(capability_id)
        self.check(bearer, found.meeting_id)
        self.write(bearer, ASKED_REVOKE, capability_id, found.role)
        self.store.revoke(capability_id, datetime.now(UTC))

    def hold(self, bearer: Capability, reason: str) -> None:
        """Nothing of the meeting can be erased until it is released. The reason is not empty."""
        self.check(bearer, bearer.meeting_id)
        reason = line(reason, LONGEST_REASON)
        if not reason:
            raise ValueError("a hold needs a reason")
        self.store.hold(bearer.meeting_id, reason)
        self.write(bearer, events.HOLD_SET, bearer.meeting_id, reason)

    def release(self, bearer: Capability) -> None:
        self.check(bearer, bearer.meeting_id)
        reason = self.store.held(bearer.meeting_id)
        self.store.hold(bearer.meeting_id, "")
        self.write(bearer, events.HOLD_RELEASED, bearer.meeting_id, reason)

    def erase(self, bearer: Capability, participant_id: str, reason: str) -> None:
        """Name, pictures and sounds go for good. Raises Rejected while the meeting is held."""
        self.check(bearer, self.store.participant(participant_id).meeting_id)
        if held := self.store.held(bearer.meeting_id):
            raise Rejected(f"The exam is on hold ({held}): nothing of it can be erased.")
        self.write(bearer, ASKED_ERASE, participant_id, line(reason, LONGEST_REASON))
        self._stand_up(participant_id)
        erase_participant(self.store, participant_id, datetime.now(UTC))
        self._stand_up(participant_id)  # a page that came back meanwhile

    def export(self, bearer: Capability, participant_id: str) -> bytes:
        """A ZIP archive of all that is kept of a candidate, opened; the log tells of it."""
        self.check(bearer, self.store.participant(participant_id).meeting_id)
        archive = zipped(of_participant(self.store, participant_id))
        self.write(bearer, events.EXPORTED, participant_id, "")
        return archive

    def check(self, bearer: Capability, meeting_id: str) -> None:
        """Raises Refused. By what the store says at this moment, however long a page has been
        open."""
        now = self.store.capability(bearer.id)
        is_current = now.is_valid(datetime.now(UTC))
        if now.role not in MANAGES or now.meeting_id != meeting_id or not is_current:
            raise Refused

    def write(self, bearer: Capability, action: str, subject: str, detail: str) -> None:
        event = events.done(bearer.meeting_id, bearer.id, action, subject, str(detail))
        self.journal.write(event)

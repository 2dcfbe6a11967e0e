"""Who comes in: by the exam's own link, or by a personal one.

A personal link's secret becomes that of the seat, so it also resumes the exam elsewhere. What is
different for somebody is done before they can begin, and again at each opening, so that a server
that died in between leaves nobody without.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from proctoring.access import tokens
from proctoring.access.admission import MOST_CANDIDATES, Admission
from proctoring.acts.acting import Acting
from proctoring.ids import new_id
from proctoring.live.seats import NotNow, check_can_listen, check_open
from proctoring.office.invitations import Invitation, acts_of, by_secret
from proctoring.plaintext import LONGEST_NAME, line
from proctoring.store import Rejected, Store, Unknown
from proctoring.types import Meeting, Participant, Role


class Full(NotNow):
    """There are as many candidates as there may be."""


class NotInvited(NotNow):
    """This exam is for those who have a personal link."""


class Door:
    def __init__(self, store: Store, admission: Admission, acting: Callable[[], Acting]) -> None:
        self._store = store
        self._admission = admission
        self._acting = acting

    def join(
        self,
        meeting_id: str,
        name: str,
        consent_version: str,
        address: str | None = None,
        personal: str = "",
    ) -> tuple[Participant, str]:
        """See `Services.join`."""
        meeting, now = self._store.meeting(meeting_id), datetime.now(UTC)
        check_open(meeting, now)
        check_can_listen(meeting.policy)
        invitation = self.invitation(meeting_id, personal)
        if invitation is None and (personal or meeting.journey.invited_only):
            raise NotInvited("This exam is for those who have a personal link.")
        if address is not None:
            self._admission.check_joining(meeting_id, address)
        if invitation is None:
            self._check_room(meeting)
            token, guest = tokens.new_secret(), new_id()
            return self._add(meeting, guest, name, consent_version, now, token), token
        person = self._come(meeting, invitation, consent_version, now, personal)
        self._adjust(person, invitation, now)
        return person, personal

    def invitation(self, meeting_id: str, personal: str) -> Invitation | None:
        return by_secret(self._store, meeting_id, personal)

    def resume(self, invitation: Invitation) -> Participant | None:
        """Whoever came by it before, with what is different for them; None if nobody did."""
        try:
            person = self._store.participant(invitation.id)
        except Unknown:
            return None
        if person.started_at is None:
            self._adjust(person, invitation, datetime.now(UTC))
        return person

    def _check_room(self, meeting: Meeting) -> None:
        """Who is invited has a place. Raises Full."""
        known = self._store.capabilities(meeting.id)  # cheaper than names, which may be sealed
        if sum(one.role is Role.CANDIDATE for one in known) >= MOST_CANDIDATES:
            raise Full("This exam takes no more candidates. Ask your exam office.")

    def _come(
        self,
        meeting: Meeting,
        invitation: Invitation,
        consent_version: str,
        now: datetime,
        secret: str,
    ) -> Participant:
        """Two devices at once make one participant."""
        try:
            return self._add(
                meeting, invitation.id, invitation.guest.name, consent_version, now, secret
            )
        except Rejected:
            try:
                return self._store.participant(invitation.id)
            except Unknown:
                raise NotInvited("This link does not open the exam any more.") from None

    def _add(
        self,
        meeting: Meeting,
        participant_id: str,
        name: str,
        consent_version: str,
        now: datetime,
        secret: str,
    ) -> Participant:
        participant = Participant(
            id=participant_id,
            meeting_id=meeting.id,
            name=line(name, LONGEST_NAME),
            joined_at=now,
            consent_at=now,
            consent_version=consent_version,
        )
        own = tokens.capability(Role.CANDIDATE, meeting.id, secret, participant.id)
        self._store.add_participant(participant, own)
        return participant

    def _adjust(self, person: Participant, invitation: Invitation, now: datetime) -> None:
        known = {act.id for act in self._store.acts(person.id)}
        for act in acts_of(invitation, now):
            if act.id not in known:
                self._acting().by_server(person, act)

"""What there is to tell a desk about one meeting: its candidates, its incidents, as they change."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from proctoring import views
from proctoring.acts import talk
from proctoring.acts.standing import Standing
from proctoring.api.desk_duty import duty_message
from proctoring.api.recent import recent_message
from proctoring.live.session import Still
from proctoring.services import Services
from proctoring.store import EvidenceRef, Feed, Unknown
from proctoring.types import Category, Incident, Participant

Message = dict[str, Any]


class Room:
    """What there is to tell of one meeting. Waits for the store: not to be called on the loop."""

    def __init__(self, services: Services, meeting_id: str) -> None:
        self._services = services
        self._store = services.store
        self._meeting = self._store.meeting(meeting_id)
        self._incidents: dict[str, Incident] = {}  # all of the meeting, by id
        self._people: list[Participant] = []  # as they were told last
        self._shown: dict[str, set[str]] = {}  # by participant: occurrences that they were told of
        self._revision = 0

    @property
    def problem(self) -> str:
        return self._services.problem

    def still(self, participant_id: str) -> Still | None:
        seat = self._services.seat(participant_id)
        return seat.session.still if seat else None

    def begin(self, after: int) -> Message:
        """What changed after the revision that the desk has; everything, if it has none."""
        everything = self._store.feed(self._meeting.id)
        self._take(everything)
        if not 0 < after <= everything.revision:
            return self._say(everything, is_whole=True)
        missed = self._store.feed(self._meeting.id, after)
        message = self._say(missed)
        self._take(missed)
        return message

    def news(self) -> Message | None:
        """What changed since the last call; None if nothing did."""
        feed = self._store.feed(self._meeting.id, self._revision)
        is_replaced = feed.revision < self._revision  # by a backup: its feed begins anew
        is_news = bool(feed.incidents) or is_replaced
        message = self._say(feed, is_whole=is_replaced) if is_news else None
        if is_replaced:
            self._incidents.clear()
        self._take(feed)  # last: what could not be said is said the next time
        return message

    def candidates(self, *, only_here: bool = False) -> Message:
        """`only_here`: those alone who have a seat at this server."""
        now = datetime.now(UTC)
        incidents: dict[str, list[Incident]] = {}
        for incident in self._incidents.values():
            incidents.setdefault(incident.first.participant_id, []).append(incident)
        self._people = self._store.participants(self._meeting.id)
        return {
            "type": "candidates",
            "now": now.isoformat(),
            "candidates": [
                self._candidate(participant, incidents.get(participant.id, ()), now)
                for participant in self._people
                if not only_here or self._services.seat(participant.id)
            ],
        }

    def _candidate(
        self, participant: Participant, incidents: Collection[Incident], now: datetime
    ) -> Message:
        held, seat = self._held(participant, now), self._services.seat(participant.id)
        warnings = len(self._shown.get(participant.id, ())) + held.warned
        return views.candidate(participant, self._meeting, seat, incidents, now, held, warnings)

    def duty(self) -> Message:
        """What needs a person, of those who were told last."""
        known, now = list(self._incidents.values()), datetime.now(UTC)
        return duty_message(self._services, self._meeting.id, known, self._people, now)

    def recent(self, participant_id: str) -> Message | None:
        """None for somebody who is none of this meeting's."""
        if participant_id not in {one.id for one in self._people}:
            return None
        return recent_message(self._services, self._meeting, participant_id, datetime.now(UTC))

    def talk(self, participant_id: str) -> Message | None:
        """All acts of a candidate of this meeting."""
        try:
            participant = self._store.participant(participant_id)
        except Unknown:
            return None
        if participant.meeting_id != self._meeting.id:
            return None
        acts = self._services.ledger.acts(self._meeting.id, participant_id)
        return {"type": "talk", "participant_id": participant_id, "acts": talk.for_desk(acts)}

    def acts_revision(self) -> int:
        return self._services.ledger.revision(self._meeting.id)

    def explanations(self) -> Message:
        """What candidates say of incidents, all of them."""
        found = self._services.ledger.all_acts(self._meeting.id)
        return {"type": "explanations", "explanations": talk.explanations(found)}

    def _held(self, participant: Participant, now: datetime) -> Standing:
        if participant.erased_at:
            self._services.ledger.forget(self._meeting.id, participant.id)
        return self._services.ledger.standing(self._meeting.id, participant.id, now)

    def coverage(self, participant_id: str, *, is_elsewhere: bool = False) -> Message | None:
        """None for somebody who has not begun, or is none of this meeting's.

        `is_elsewhere`: they have a seat at another server.
        """
        try:
            participant = self._store.participant(participant_id)
        except Unknown:
            return None
        if participant.meeting_id != self._meeting.id or participant.started_at is None:
            return None
        spans = self._store.coverage(participant_id)
        start = participant.started_at
        end = participant.finished_at or datetime.now(UTC)
        if is_elsewhere or self._services.seat(
            participant_id
        ):  # the newest seconds are not settled yet
            end = max((span.ended_at for span in spans), default=start)
        return {
            "type": "coverage",
            "participant_id": participant_id,
            "from": start.isoformat(),
            "to": end.isoformat(),
            "signals": views.coverage(self._meeting, spans, start, max(start, end)),
        }

    def _take(self, feed: Feed) -> None:
        """An incident whose first occurrence is now part of another is no more."""
        for incident in feed.incidents:
            for occurrence in incident.occurrences:
                self._incidents.pop(occurrence.id, None)
            self._incidents[incident.id] = incident
        conduct = {
            one.id: one.participant_id
            for incident in feed.incidents
            for one in incident.occurrences
            if one.category is Category.CONDUCT
        }
        for notice in self._store.notices(list(conduct)):
            self._shown.setdefault(conduct[notice.occurrence_id], set()).add(notice.occurrence_id)
        self._revision = feed.revision

    def _say(self, feed: Feed, *, is_whole: bool = False) -> Message:
        ids = [o.id for incident in feed.incidents for o in incident.occurrences]
        evidence: dict[str, list[EvidenceRef]] = {}
        for ref in self._store.evidence_list(ids):
            evidence.setdefault(ref.occurrence_id, []).append(ref)
        notices = {notice.occurrence_id: notice for notice in self._store.notices(ids)}
        return {
            "type": "incidents",
            "whole": is_whole,
            "revision": feed.revision,
            "replica": self._services.settings.replica,  # whose revision it is
            "incidents": [
                views.incident(i, evidence, notices, self._meeting) for i in feed.incidents
            ],
        }

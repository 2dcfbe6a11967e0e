"""The hourly round: settles what was left open, and erases what has been kept too long.

What a candidate is known again by goes when they finish; of those who did not, here.

What is the matter with one meeting, or with one candidate, never keeps the others from it.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from proctoring.acts.ledger import Ledger
from proctoring.acts.standing import deadline
from proctoring.privacy import retention
from proctoring.privacy.retention import Failure, Policy
from proctoring.store import Store, StoreError
from proctoring.types import Meeting, Participant

NOT_BACK = "did not come back"
ABSENT_FOR = timedelta(days=2)  # after the closing of a meeting they are looked for

_log = logging.getLogger(__name__)


class Upkeep:
    def __init__(self, store: Store, policy: Policy, ledger: Ledger) -> None:
        self._store = store
        self._ledger = ledger
        self._policy = policy
        self.failures: tuple[Failure, ...] = ()  # of the newest round; the next one tries again

    def run(self, now: datetime) -> None:
        """Raises StoreError if the meetings themselves cannot be listed."""
        failures: list[Failure] = []
        for meeting in self._store.meetings():
            if meeting.closes_at <= now < meeting.closes_at + ABSENT_FOR:
                self._finish_the_absent(meeting, now, failures)
            self._forget_whose_time_is_over(meeting, now, failures)
        retention.run(self._store, now, self._policy, failures.append)
        for one in failures:
            trace = None if isinstance(one.error, StoreError) else one.error
            _log.error("Left for the next hour: %s", one, exc_info=trace)
        self.failures = tuple(failures)

    def _finish_the_absent(self, meeting: Meeting, now: datetime, failures: list[Failure]) -> None:
        """Who left and never came back has finished when their time was up."""
        try:
            people = self._store.participants(meeting.id)
        except Exception as error:  # whatever it is, the next meeting is not to wait for it
            failures.append(Failure(meeting.id, "", error))
            return
        for one in people:
            if one.started_at and not one.finished_at and not one.erased_at:
                try:
                    ended_at = self._time_up(meeting, one, now)
                    if ended_at <= now:
                        self._store.finish(one.id, ended_at, NOT_BACK)
                except Exception as error:
                    failures.append(Failure(meeting.id, one.id, error))

    def _forget_whose_time_is_over(
        self, meeting: Meeting, now: datetime, failures: list[Failure]
    ) -> None:
        one = ""
        try:
            for one in self._store.enrolled(meeting.id):
                if self._is_over(self._store.participant(one), meeting, now):
                    self._store.erase_enrolments(one)
        except Exception as error:
            failures.append(Failure(meeting.id, one, error))

    def _is_over(self, person: Participant, meeting: Meeting, now: datetime) -> bool:
        """Here, or as another server knows."""
        if person.finished_at or person.erased_at:
            return True
        return now >= self._time_up(meeting, person, now)

    def _time_up(self, meeting: Meeting, person: Participant, now: datetime) -> datetime:
        if person.started_at is None:
            return meeting.closes_at
        held = self._ledger.standing(meeting.id, person.id, now)
        return deadline(meeting, person.started_at, held, now)

"""Participants, what they answer, and what they are known again by."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from proctoring.store import StoreError
from proctoring.store.embedded.enrolments import is_over
from proctoring.store.synced.verbs.base import Verbs
from proctoring.types import Answer, Capability, Enrolled, Participant


class ParticipantVerbs(Verbs):
    # --- participants --------------------------------------------------------------------

    def add_participant(self, participant: Participant, *capabilities: Capability) -> None:
        add = partial(self._local.add_participant, participant, *capabilities)
        self._write("meeting", participant.meeting_id, add)

    def participants(self, meeting_id: str) -> list[Participant]:
        return self._followed(meeting_id, partial(self._local.participants, meeting_id))

    def start(self, participant_id: str, at: datetime) -> None:
        self._write("participant", participant_id, partial(self._local.start, participant_id, at))

    def finish(self, participant_id: str, at: datetime, reason: str) -> None:
        finish = partial(self._local.finish, participant_id, at, reason)
        self._write("participant", participant_id, finish)

    # --- answers -------------------------------------------------------------------------

    def save_answer(self, answer: Answer) -> None:
        self._write("participant", answer.participant_id, partial(self._local.save_answer, answer))

    def answers(self, participant_id: str) -> list[Answer]:
        """Asks the remote store every time: what was answered elsewhere must not be answered
        anew here under a lower revision. While it cannot be reached, those that are here."""
        self.participant(participant_id)
        self._puller.pull_answers(participant_id)
        return self._local.answers(participant_id)

    # --- what a candidate is known again by ----------------------------------------------

    def save_enrolment(self, enrolled: Enrolled) -> None:
        save = partial(self._local.save_enrolment, enrolled)
        self._write("participant", enrolled.participant_id, save)

    def enrolments(self, participant_id: str) -> list[Enrolled]:
        """As `answers`. Raises StoreError if there is nothing here, and another server may have
        some: whoever sits down there is not to be learned as somebody new."""
        if is_over(self.participant(participant_id)):
            return []
        was_asked = self._puller.ask(
            lambda remote: self._inbox.take_enrolments(
                participant_id, remote.enrolments(participant_id)
            )
        )
        found = self._local.enrolments(participant_id)
        if not (was_asked or found or self._outbox.has("add_participant", participant_id)):
            raise StoreError(f"{self._name} cannot be asked how this candidate is known.")
        return found

    def enrolled(self, meeting_id: str) -> list[str]:
        """Also those that the remote store alone has, while it can be reached."""
        self.meeting(meeting_id)
        found = set(self._local.enrolled(meeting_id))
        self._puller.ask(lambda remote: found.update(remote.enrolled(meeting_id)))
        return sorted(found)

    def erase_enrolments(self, participant_id: str) -> None:
        erase = partial(self._local.erase_enrolments, participant_id)
        self._write("participant", participant_id, erase)

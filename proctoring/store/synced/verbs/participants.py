"""Participants, and what they answer."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from proctoring.store.synced.verbs.base import Verbs
from proctoring.types import Answer, Capability, Participant


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

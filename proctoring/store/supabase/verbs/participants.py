"""Participants, and what they answer."""

from __future__ import annotations

from datetime import datetime

from proctoring.store.contents import check_answer
from proctoring.store.supabase.verbs.base import Verbs
from proctoring.types import Answer, Capability, Participant


class ParticipantVerbs(Verbs):
    # --- participants --------------------------------------------------------------------

    def add_participant(self, participant: Participant, *given: Capability) -> None:
        self._client.call("add_participant", participant=participant, capabilities=given)

    def participant(self, participant_id: str) -> Participant:
        return self._one(Participant, "participant", participant_id)

    def participants(self, meeting_id: str) -> list[Participant]:
        """In the order of joining."""
        return self._several(Participant, "participants", meeting_id=meeting_id)

    def start(self, participant_id: str, at: datetime) -> None:
        """The first start counts: coming back does not set the clock again."""
        self._client.call("start", participant_id=participant_id, at=at)

    def finish(self, participant_id: str, at: datetime, reason: str) -> None:
        """The first finish counts, with its reason."""
        self._client.call("finish", participant_id=participant_id, at=at, reason=reason)

    # --- answers -------------------------------------------------------------------------

    def save_answer(self, answer: Answer) -> None:
        check_answer(answer)
        self._client.call("save_answer", answer=answer)

    def answers(self, participant_id: str) -> list[Answer]:
        """By question id."""
        return self._several(Answer, "answers", participant_id=participant_id)

"""Participants, what they answer, and what they are known again by."""

from __future__ import annotations

from datetime import datetime

from proctoring.store.contents import check_answer, check_enrolled
from proctoring.store.supabase.rows import text_from_json
from proctoring.store.supabase.verbs.base import Verbs
from proctoring.types import Answer, Capability, Enrolled, Participant


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

    # --- what a candidate is known again by ----------------------------------------------

    def save_enrolment(self, enrolled: Enrolled) -> None:
        check_enrolled(enrolled)
        self._client.call("save_enrolment", enrolled=enrolled)

    def enrolments(self, participant_id: str) -> list[Enrolled]:
        """By kind."""
        return self._several(Enrolled, "enrolments", participant_id=participant_id)

    def enrolled(self, meeting_id: str) -> list[str]:
        """By id."""
        found = self._client.call("enrolled", meeting_id=meeting_id)
        return [text_from_json(participant_id) for participant_id in found]

    def erase_enrolments(self, participant_id: str) -> None:
        self._client.call("erase_enrolments", participant_id=participant_id)

"""Participants, what they answer, and what they are known again by."""

from __future__ import annotations

from datetime import datetime

from proctoring.store import Rejected
from proctoring.store.contents import check_answer, check_enrolled
from proctoring.store.embedded import answers, capabilities, enrolments, erasure, outbox
from proctoring.store.embedded.rows import insert, one, several, to_microseconds, to_row
from proctoring.store.embedded.verbs.base import Verbs
from proctoring.types import Answer, Capability, Enrolled, Meeting, Participant


class ParticipantVerbs(Verbs):
    # --- participants --------------------------------------------------------------------

    def add_participant(self, participant: Participant, *given: Capability) -> None:
        with self._database.write() as db:
            one(db, Meeting, "meeting", participant.meeting_id)
            insert(db, "participant", to_row(participant))
            if not _is_same(one(db, Participant, "participant", participant.id), participant):
                raise Rejected(f"There is another participant {participant.id!r} already.")
            outbox.put(
                db, "add_participant", participant.id, participant.meeting_id, participant.id
            )
            capabilities.add(db, given)

    def participant(self, participant_id: str) -> Participant:
        with self._database.read() as db:
            return one(db, Participant, "participant", participant_id)

    def participants(self, meeting_id: str) -> list[Participant]:
        """In the order of joining."""
        with self._database.read() as db:
            one(db, Meeting, "meeting", meeting_id)
            where = "meeting_id = ? ORDER BY joined_at, id"
            return several(db, Participant, "participant", where, meeting_id)

    def start(self, participant_id: str, at: datetime) -> None:
        """The first start counts: coming back does not set the clock again."""
        with self._database.write() as db:
            of = one(db, Participant, "participant", participant_id)
            outbox.put(db, "start", of.id, of.meeting_id, of.id)
            db.execute(
                "UPDATE participant SET started_at = coalesce(started_at, ?) WHERE id = ?",
                (to_microseconds(at), participant_id),
            )

    def finish(self, participant_id: str, at: datetime, reason: str) -> None:
        """The first finish counts, with its reason."""
        with self._database.write() as db:
            of = one(db, Participant, "participant", participant_id)
            outbox.put(db, "finish", of.id, of.meeting_id, of.id)
            db.execute(
                "UPDATE participant SET finished_at = ?, finish_reason = ?"
                " WHERE id = ? AND finished_at IS NULL",
                (to_microseconds(at), reason, participant_id),
            )
            was_enrolled = enrolments.forget(db, participant_id)
        if was_enrolled:
            self._database.compact_log()

    # --- answers -------------------------------------------------------------------------

    def save_answer(self, answer: Answer) -> None:
        check_answer(answer)
        with self._database.write() as db:
            erasure.check_not_erased(db, answer.participant_id)
            of = one(db, Participant, "participant", answer.participant_id)
            if answers.save(db, answer):
                key = answers.outbox_key(of.id, answer.question_id)
                outbox.put(db, "save_answer", key, of.meeting_id, of.id)

    def answers(self, participant_id: str) -> list[Answer]:
        """By question id."""
        with self._database.read() as db:
            one(db, Participant, "participant", participant_id)
            return answers.of_participant(db, participant_id)

    # --- what a candidate is known again by ----------------------------------------------

    def save_enrolment(self, enrolled: Enrolled) -> None:
        check_enrolled(enrolled)
        with self._database.write() as db:
            of = one(db, Participant, "participant", enrolled.participant_id)
            if not enrolments.is_over(of) and enrolments.save(db, enrolled):
                key = enrolments.outbox_key(enrolled)
                outbox.put(db, "save_enrolment", key, of.meeting_id, of.id)

    def enrolments(self, participant_id: str) -> list[Enrolled]:
        """By kind."""
        with self._database.read() as db:
            one(db, Participant, "participant", participant_id)
            return enrolments.of_participant(db, participant_id)

    def enrolled(self, meeting_id: str) -> list[str]:
        """By id."""
        with self._database.read() as db:
            one(db, Meeting, "meeting", meeting_id)
            return enrolments.of_meeting(db, meeting_id)

    def erase_enrolments(self, participant_id: str) -> None:
        with self._database.write() as db:
            of = one(db, Participant, "participant", participant_id)
            enrolments.forget(db, participant_id)
            outbox.put(db, "erase_enrolments", of.id, of.meeting_id, of.id)
        self._database.compact_log()


def _is_same(known: Participant, given: Participant) -> bool:
    """Times of starting and finishing may have come since, and a name may have gone."""
    was_erased = known.erased_at is not None
    return (
        known.meeting_id == given.meeting_id
        and known.joined_at == given.joined_at
        and (was_erased or known.name == given.name)
    )

"""What candidates share, as stills."""

from __future__ import annotations

from proctoring.store import StillRef
from proctoring.store.contents import check_still
from proctoring.store.embedded import erasure, outbox, stills
from proctoring.store.embedded.rows import one
from proctoring.store.embedded.verbs.base import Verbs
from proctoring.types import Meeting, Participant, Still


class StillVerbs(Verbs):
    def save_still(self, still: Still) -> None:
        check_still(still)
        with self._database.write() as db:
            erasure.check_not_erased(db, still.participant_id)
            of = one(db, Participant, "participant", still.participant_id)
            if stills.save(db, still):
                outbox.put(db, "save_still", still.id, of.meeting_id, of.id)

    def still(self, still_id: str) -> Still:
        with self._database.read() as db:
            return one(db, Still, "still", still_id)

    def stills(self, participant_id: str) -> list[StillRef]:
        """By time, then by id."""
        with self._database.read() as db:
            one(db, Participant, "participant", participant_id)
            return stills.of_participant(db, participant_id)

    def with_stills(self, meeting_id: str) -> list[str]:
        """By id."""
        with self._database.read() as db:
            one(db, Meeting, "meeting", meeting_id)
            return stills.of_meeting(db, meeting_id)

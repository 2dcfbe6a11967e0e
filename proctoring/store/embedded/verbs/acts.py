"""What people do about one candidate's exam."""

from __future__ import annotations

from proctoring.store import ActFeed
from proctoring.store.contents import check_act
from proctoring.store.embedded import acts, erasure, outbox
from proctoring.store.embedded.rows import one
from proctoring.store.embedded.verbs.base import Verbs
from proctoring.types import Act, Meeting, Participant


class ActVerbs(Verbs):
    def save_act(self, act: Act) -> None:
        check_act(act)
        with self._database.write() as db:
            erasure.check_not_erased(db, act.participant_id)
            of = one(db, Participant, "participant", act.participant_id)
            if acts.save(db, act):
                outbox.put(db, "save_act", act.id, of.meeting_id, of.id)

    def acts(self, participant_id: str) -> list[Act]:
        with self._database.read() as db:
            one(db, Participant, "participant", participant_id)
            return acts.of_participant(db, participant_id)

    def act_feed(self, meeting_id: str, after: int = 0) -> ActFeed:
        """In the order of arrival."""
        with self._database.read() as db:
            one(db, Meeting, "meeting", meeting_id)
            latest = acts.latest(db)
            if after > latest:  # the database was replaced by a backup: begin anew
                after = 0
            return ActFeed(tuple(acts.after(db, meeting_id, after)), latest)

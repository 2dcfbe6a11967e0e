"""What people do about one candidate's exam."""

from __future__ import annotations

from functools import partial

from proctoring.store import ActFeed
from proctoring.store.synced.verbs.base import Verbs
from proctoring.types import Act


class ActVerbs(Verbs):
    def save_act(self, act: Act) -> None:
        self._write("participant", act.participant_id, partial(self._local.save_act, act))

    def acts(self, participant_id: str) -> list[Act]:
        meeting_id = self.participant(participant_id).meeting_id
        return self._followed(meeting_id, partial(self._local.acts, participant_id))

    def act_feed(self, meeting_id: str, after: int = 0) -> ActFeed:
        return self._followed(meeting_id, partial(self._local.act_feed, meeting_id, after))

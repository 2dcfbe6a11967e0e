"""What people do about one candidate's exam."""

from __future__ import annotations

from proctoring.store import ActFeed
from proctoring.store.contents import check_act
from proctoring.store.supabase.rows import from_json
from proctoring.store.supabase.verbs.base import Verbs
from proctoring.types import Act


class ActVerbs(Verbs):
    def save_act(self, act: Act) -> None:
        check_act(act)
        self._client.call("save_act", act=act)

    def acts(self, participant_id: str) -> list[Act]:
        """By time, then by id."""
        return self._several(Act, "acts", participant_id=participant_id)

    def act_feed(self, meeting_id: str, after: int = 0) -> ActFeed:
        found = self._client.call("act_feed", meeting_id=meeting_id, after=after)
        return ActFeed(tuple(from_json(Act, row) for row in found["acts"]), found["revision"])

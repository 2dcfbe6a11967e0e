"""What candidates share, as stills."""

from __future__ import annotations

from proctoring.store import StillRef
from proctoring.store.contents import check_still
from proctoring.store.supabase.rows import from_json, text_from_json
from proctoring.store.supabase.verbs.base import Verbs
from proctoring.types import Still


class StillVerbs(Verbs):
    def save_still(self, still: Still) -> None:
        check_still(still)
        self._client.call("save_still", still=still)

    def still(self, still_id: str) -> Still:
        return from_json(Still, self._client.call("still", still_id=still_id))

    def stills(self, participant_id: str) -> list[StillRef]:
        """By time, then by id."""
        return self._several(StillRef, "stills", participant_id=participant_id)

    def with_stills(self, meeting_id: str) -> list[str]:
        """By id."""
        found = self._client.call("with_stills", meeting_id=meeting_id)
        return [text_from_json(participant_id) for participant_id in found]

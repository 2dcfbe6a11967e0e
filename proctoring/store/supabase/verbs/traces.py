"""What was observed of candidates, minute by minute."""

from __future__ import annotations

from proctoring.store.contents import check_trace
from proctoring.store.supabase.rows import text_from_json
from proctoring.store.supabase.verbs.base import Verbs
from proctoring.types import Trace


class TraceVerbs(Verbs):
    def save_trace(self, trace: Trace) -> None:
        check_trace(trace)
        self._client.call("save_trace", trace=trace)

    def traces(self, participant_id: str) -> list[Trace]:
        """By beginning, then by id."""
        return self._several(Trace, "traces", participant_id=participant_id)

    def traced(self, meeting_id: str) -> list[str]:
        """By id."""
        found = self._client.call("traced", meeting_id=meeting_id)
        return [text_from_json(participant_id) for participant_id in found]

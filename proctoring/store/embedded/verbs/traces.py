"""What was observed of candidates, minute by minute."""

from __future__ import annotations

from proctoring.store.contents import check_trace
from proctoring.store.embedded import erasure, outbox, traces
from proctoring.store.embedded.rows import one
from proctoring.store.embedded.verbs.base import Verbs
from proctoring.types import Meeting, Participant, Trace


class TraceVerbs(Verbs):
    def save_trace(self, trace: Trace) -> None:
        check_trace(trace)
        with self._database.write() as db:
            erasure.check_not_erased(db, trace.participant_id)
            of = one(db, Participant, "participant", trace.participant_id)
            if traces.save(db, trace):
                outbox.put(db, "save_trace", trace.id, of.meeting_id, of.id)

    def traces(self, participant_id: str) -> list[Trace]:
        """By beginning, then by id."""
        with self._database.read() as db:
            one(db, Participant, "participant", participant_id)
            return traces.of_participant(db, participant_id)

    def traced(self, meeting_id: str) -> list[str]:
        """By id."""
        with self._database.read() as db:
            one(db, Meeting, "meeting", meeting_id)
            return traces.of_meeting(db, meeting_id)

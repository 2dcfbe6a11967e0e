"""All that is kept of one candidate's exam, read at once for whoever looks at it afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from proctoring.acts.standing import Standing, standing
from proctoring.store import EvidenceRef, Store
from proctoring.types import Act, CoverageSpan, Incident, Meeting, Notice, Participant


@dataclass(frozen=True, slots=True)
class Dossier:
    meeting: Meeting
    participant: Participant
    incidents: tuple[Incident, ...]
    evidence: Mapping[str, Sequence[EvidenceRef]]  # by occurrence id; without what was erased
    notices: Mapping[str, Notice]  # by occurrence id
    acts: tuple[Act, ...]  # by time
    spans: tuple[CoverageSpan, ...]
    end: datetime | None  # UTC: finished, or as far as anything is known; None if it did not begin

    @classmethod
    def of_coverage(
        cls,
        meeting: Meeting,
        participant: Participant,
        incidents: tuple[Incident, ...],
        acts: tuple[Act, ...],
        spans: Iterable[CoverageSpan],
    ) -> Dossier:
        """Without evidence and notices, which a list of candidates does without."""
        told = tuple(spans)
        end = end_of(participant, told, incidents)
        return cls(meeting, participant, incidents, {}, {}, acts, told, end)

    @property
    def standing(self) -> Standing:
        """At the end of the exam."""
        return standing(self.acts, self.end or self.participant.joined_at)


def read(store: Store, meeting: Meeting, participant: Participant) -> Dossier:
    """Raises StoreError."""
    incidents = store.feed(meeting.id, participant_id=participant.id).incidents
    ids = [o.id for incident in incidents for o in incident.occurrences]
    evidence: dict[str, list[EvidenceRef]] = {}
    for ref in store.evidence_list(ids):
        if not ref.is_erased:
            evidence.setdefault(ref.occurrence_id, []).append(ref)
    spans = tuple(store.coverage(participant.id))
    return Dossier(
        meeting=meeting,
        participant=participant,
        incidents=incidents,
        evidence=evidence,
        notices={notice.occurrence_id: notice for notice in store.notices(ids)},
        acts=tuple(store.acts(participant.id)),
        spans=spans,
        end=end_of(participant, spans, incidents),
    )


def end_of(
    participant: Participant, spans: Iterable[CoverageSpan], incidents: Iterable[Incident]
) -> datetime | None:
    """Of who has not finished: as far as anything is known. None before the beginning."""
    if participant.started_at is None:
        return None
    told = [span.ended_at for span in spans]
    seen = [o.last_seen_at for incident in incidents for o in incident.occurrences]
    return participant.finished_at or max([participant.started_at, *told, *seen])

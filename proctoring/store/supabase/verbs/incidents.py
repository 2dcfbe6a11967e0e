"""Incidents with their evidence, and for which seconds there could have been some."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from proctoring.store import EvidenceRef, Feed, Rejected, Unknown
from proctoring.store.embedded.files import EXTENSIONS
from proctoring.store.embedded.rows import names
from proctoring.store.supabase.rows import from_json, text_from_json
from proctoring.store.supabase.verbs.base import Verbs
from proctoring.types import CoverageSpan, Evidence, Incident, Notice, Occurrence


class IncidentVerbs(Verbs):
    # --- incidents -----------------------------------------------------------------------

    def save_occurrence(self, occurrence: Occurrence) -> str:
        return text_from_json(self._client.call("save_occurrence", occurrence=occurrence))

    def save_evidence(self, evidence: Evidence) -> None:
        ref = EvidenceRef(**_shared(evidence), size=len(evidence.data))
        if hashlib.sha256(evidence.data).hexdigest() != ref.sha256:
            raise Rejected(f"The hash of evidence {ref.id} is not the hash of its data.")
        if ref.media_type not in EXTENSIONS:
            raise Rejected(f"Evidence of type {ref.media_type!r} cannot be kept.")
        folder = self._folder(ref)
        if folder and evidence.data:  # Storage need not hold nothing
            self._objects.write(_path(folder, ref), evidence.data, ref.media_type)
        try:
            self._client.call("save_evidence", evidence=ref)
        except Rejected:
            self._remove_if_erased(ref, folder)
            raise

    def save_notice(self, notice: Notice) -> None:
        """The first showing counts, whatever comes first."""
        self._client.call("save_notice", notice=notice)

    def feed(self, meeting_id: str, after: int = 0, participant_id: str | None = None) -> Feed:
        found = self._client.call(
            "feed", meeting_id=meeting_id, after=after, participant_id=participant_id
        )
        incidents = tuple(_incident(members) for members in found["incidents"])
        return Feed(incidents, int(found["revision"]))

    def incident(self, incident_id: str) -> Incident:
        """Any of its occurrences names it, so a link still works if a late one comes first."""
        return _incident(self._client.call("incident", occurrence_id=incident_id))

    def evidence(self, evidence_id: str) -> Evidence:
        place = self._client.call("evidence_place", evidence_id=evidence_id)
        ref = from_json(EvidenceRef, place)
        if ref.is_erased:
            raise Unknown(f"Evidence {evidence_id!r} was erased.")
        path = _path(text_from_json(place["folder"]), ref)
        data = self._objects.read(path, ref.sha256) if ref.size else b""
        return Evidence(**_shared(ref), data=data)

    def evidence_meeting(self, evidence_id: str) -> str:
        place = self._client.call("evidence_place", evidence_id=evidence_id)
        return text_from_json(place["meeting_id"])

    def evidence_list(self, occurrence_ids: Sequence[str]) -> list[EvidenceRef]:
        """In the order of capture."""
        return self._several(EvidenceRef, "evidence_list", occurrence_ids=list(occurrence_ids))

    def open_occurrences(self, participant_id: str) -> list[Occurrence]:
        """Those that last, in the order of opening."""
        return self._several(Occurrence, "open_occurrences", participant_id=participant_id)

    def notices(self, occurrence_ids: Sequence[str]) -> list[Notice]:
        """In the order of showing."""
        return self._several(Notice, "notices", occurrence_ids=list(occurrence_ids))

    def _folder(self, ref: EvidenceRef) -> str:
        """Where its bytes go; empty if they were erased. Raises Unknown, Rejected."""
        found = self._client.call(
            "evidence_folder", evidence_id=ref.id, occurrence_id=ref.occurrence_id
        )
        return text_from_json(found or "")

    def _remove_if_erased(self, ref: EvidenceRef, folder: str) -> None:
        """The participant's data may have been erased while these bytes were under way."""
        try:
            self._folder(ref)
        except Rejected:
            self._objects.remove([_path(folder, ref)])

    # --- coverage ------------------------------------------------------------------------

    def save_coverage(self, spans: Sequence[CoverageSpan]) -> None:
        """All of them or none. A span grows: the state that ends last is kept."""
        self._client.call("save_coverage", spans=list(spans))

    def coverage(self, participant_id: str) -> list[CoverageSpan]:
        """In the order of starting."""
        return self._several(CoverageSpan, "coverage", participant_id=participant_id)


def _incident(members: list[dict[str, Any]]) -> Incident:
    return Incident(tuple(from_json(Occurrence, member) for member in members))


def _path(folder: str, ref: EvidenceRef) -> str:
    return f"{folder}/{ref.sha256}.{EXTENSIONS[ref.media_type]}"


def _shared(value: Evidence | EvidenceRef) -> dict[str, Any]:
    """What evidence and its reference both tell."""
    return {name: getattr(value, name) for name in names(EvidenceRef) if hasattr(Evidence, name)}

"""The store in a Supabase project: records in its Postgres, evidence in its Storage.

A method is one call of a database function of the same name (see supabase/migrations), which
is one transaction. Bytes come first and records second, so that a record never speaks of an
object that is not there. Several processes on several machines may use one project at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from proctoring.settings import SupabaseSettings
from proctoring.store import EvidenceRef, Feed, Presence, Rejected, StoreError, Unknown
from proctoring.store.embedded.files import EXTENSIONS
from proctoring.store.embedded.rows import names
from proctoring.store.supabase.client import SupabaseClient
from proctoring.store.supabase.objects import EvidenceObjects
from proctoring.store.supabase.rows import from_json, text_from_json
from proctoring.types import (
    AuditEntry,
    AuditEvent,
    Capability,
    CoverageSpan,
    Evidence,
    Incident,
    Meeting,
    Notice,
    Occurrence,
    Participant,
)

T = TypeVar("T")


class SupabaseStore:
    """See `proctoring.store.Store` for what each method promises."""

    def __init__(self, settings: SupabaseSettings) -> None:
        """Raises StoreError, with what to do, if the project is not ready."""
        self._client = SupabaseClient(settings)
        self._objects = EvidenceObjects(self._client)
        try:
            self._client.check_schema()
        except StoreError:
            self.close()
            raise

    @property
    def problem(self) -> str:
        """None that lasts: what fails is raised to whoever asks."""
        return ""

    def close(self) -> None:
        self._client.close()

    # --- meetings ------------------------------------------------------------------------

    def add_meeting(self, meeting: Meeting, *given: Capability) -> None:
        self._client.call("add_meeting", meeting=meeting, capabilities=given)

    def meeting(self, meeting_id: str) -> Meeting:
        return self._one(Meeting, "meeting", meeting_id)

    def meetings(self) -> list[Meeting]:
        """In the order of making."""
        return self._several(Meeting, "meetings")

    # --- who may do what -----------------------------------------------------------------

    def add_capability(self, capability: Capability) -> None:
        self._client.call("add_capability", capability=capability)

    def capability(self, capability_id: str) -> Capability:
        return self._one(Capability, "capability", capability_id)

    def capability_by_token(self, token_hash: str) -> Capability | None:
        row = self._client.find("capability", "token_hash", token_hash)
        return None if row is None else from_json(Capability, row)

    def capabilities(self, meeting_id: str) -> list[Capability]:
        """In the order of making."""
        return self._several(Capability, "capabilities", meeting_id=meeting_id)

    def revoke(self, capability_id: str, at: datetime) -> None:
        self._client.call("revoke", capability_id=capability_id, at=at)

    # --- participants --------------------------------------------------------------------

    def add_participant(self, participant: Participant, *given: Capability) -> None:
        self._client.call("add_participant", participant=participant, capabilities=given)

    def participant(self, participant_id: str) -> Participant:
        return self._one(Participant, "participant", participant_id)

    def participants(self, meeting_id: str) -> list[Participant]:
        """In the order of joining."""
        return self._several(Participant, "participants", meeting_id=meeting_id)

    def start(self, participant_id: str, at: datetime) -> None:
        """The first start counts: coming back does not set the clock again."""
        self._client.call("start", participant_id=participant_id, at=at)

    def finish(self, participant_id: str, at: datetime, reason: str) -> None:
        """The first finish counts, with its reason."""
        self._client.call("finish", participant_id=participant_id, at=at, reason=reason)

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

    # --- coverage ------------------------------------------------------------------------

    def save_coverage(self, spans: Sequence[CoverageSpan]) -> None:
        """All of them or none. A span grows: the state that ends last is kept."""
        self._client.call("save_coverage", spans=list(spans))

    def coverage(self, participant_id: str) -> list[CoverageSpan]:
        """In the order of starting."""
        return self._several(CoverageSpan, "coverage", participant_id=participant_id)

    # --- the log of a meeting ------------------------------------------------------------

    def append_audit(self, event: AuditEvent) -> None:
        self._client.call("append_audit", event=event)

    def audit_log(self, meeting_id: str, after: int = 0) -> list[AuditEntry]:
        rows = self._client.call("audit_log", meeting_id=meeting_id, after=after)
        return [
            AuditEntry(from_json(AuditEvent, row), int(row["number"]), str(row["hash"]))
            for row in rows
        ]

    # --- erasure -------------------------------------------------------------------------

    def add_key(self, participant_id: str, wrapped: str) -> str:
        kept = self._client.call("add_key", participant_id=participant_id, wrapped=wrapped)
        return text_from_json(kept)

    def key(self, participant_id: str) -> str | None:
        found = self._client.call("key", participant_id=participant_id)
        return None if found is None else text_from_json(found)

    def hold(self, meeting_id: str, reason: str) -> None:
        self._client.call("hold", meeting_id=meeting_id, reason=reason)

    def held(self, meeting_id: str) -> str:
        return text_from_json(self._client.call("held", meeting_id=meeting_id))

    def evidence_of(self, participant_id: str) -> list[EvidenceRef]:
        """In the order of capture."""
        return self._several(EvidenceRef, "evidence_of", participant_id=participant_id)

    def erase_evidence(self, participant_id: str) -> int:
        return self._remove(self._client.call("erase_evidence", participant_id=participant_id))

    def erase(self, participant_id: str, at: datetime) -> None:
        self._remove(self._client.call("erase", participant_id=participant_id, at=at))

    # --- which servers are in it ---------------------------------------------------------

    def save_presence(self, replica: str, held: Sequence[Presence]) -> None:
        self._client.call("save_presence", replica=replica, held=list(held))

    def presence(self, meeting_id: str) -> list[Presence]:
        """In the order of their names."""
        return self._several(Presence, "presence", meeting_id=meeting_id)

    # -------------------------------------------------------------------------------------

    def _one(self, kind: type[T], table: str, key: str) -> T:
        row = self._client.find(table, "id", key)
        if row is None:
            raise Unknown(f"There is no {table} {key!r}.")
        return from_json(kind, row)

    def _several(self, kind: Callable[..., T], function: str, **arguments: Any) -> list[T]:
        return [from_json(kind, row) for row in self._client.call(function, **arguments)]

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

    def _remove(self, erased: dict[str, Any]) -> int:
        self._objects.remove(
            f"{text_from_json(gone['folder'])}/{gone['sha256']}.{EXTENSIONS[gone['media_type']]}"
            for gone in erased["objects"]
        )
        return int(erased["count"])


def _incident(members: list[dict[str, Any]]) -> Incident:
    return Incident(tuple(from_json(Occurrence, member) for member in members))


def _path(folder: str, ref: EvidenceRef) -> str:
    return f"{folder}/{ref.sha256}.{EXTENSIONS[ref.media_type]}"


def _shared(value: Evidence | EvidenceRef) -> dict[str, Any]:
    """What evidence and its reference both tell."""
    return {name: getattr(value, name) for name in names(EvidenceRef) if hasattr(Evidence, name)}

"""Keys, holds, and the end of what is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from proctoring.store import EvidenceRef
from proctoring.store.embedded.files import EXTENSIONS
from proctoring.store.supabase.rows import text_from_json
from proctoring.store.supabase.verbs.base import Verbs


class ErasureVerbs(Verbs):
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

    def _remove(self, erased: dict[str, Any]) -> int:
        self._objects.remove(
            f"{text_from_json(gone['folder'])}/{gone['sha256']}.{EXTENSIONS[gone['media_type']]}"
            for gone in erased["objects"]
        )
        return int(erased["count"])

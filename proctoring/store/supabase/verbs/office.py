"""What an examiner keeps beside an exam."""

from __future__ import annotations

from collections.abc import Sequence

from proctoring.store.contents import check_office
from proctoring.store.supabase.rows import text_from_json
from proctoring.store.supabase.verbs.base import Verbs
from proctoring.types import OfficeRecord


class OfficeVerbs(Verbs):
    def save_office(self, records: Sequence[OfficeRecord], *, before_anyone: bool = False) -> None:
        for record in records:
            check_office(record)
        self._client.call("save_office", records=list(records), before_anyone=before_anyone)

    def office(self, meeting_id: str, *kinds: str) -> list[OfficeRecord]:
        """By kind as given, then in the order of the first saving."""
        return self._several(OfficeRecord, "office", meeting_id=meeting_id, kinds=list(kinds))

    def office_by_token(self, token_hash: str) -> list[OfficeRecord]:
        return self._several(OfficeRecord, "office_by_token", token_hash=token_hash)

    def invited(self, meeting_id: str) -> list[str]:
        found = self._client.call("invited", meeting_id=meeting_id)
        return [text_from_json(record_id) for record_id in found]

    def erase_office(self, record_id: str) -> None:
        self._client.call("erase_office", record_id=record_id)

"""What an examiner keeps beside an exam."""

from __future__ import annotations

from collections.abc import Sequence

from proctoring.store import Rejected, Unknown
from proctoring.store.contents import check_office
from proctoring.store.embedded import erasure, office, outbox
from proctoring.store.embedded.rows import one
from proctoring.store.embedded.verbs.base import Verbs
from proctoring.types import Meeting, OfficeRecord


class OfficeVerbs(Verbs):
    def save_office(self, records: Sequence[OfficeRecord], *, before_anyone: bool = False) -> None:
        for record in records:
            check_office(record)
        with self._database.write() as db:
            for meeting_id in {record.meeting_id for record in records}:
                one(db, Meeting, "meeting", meeting_id)
                if before_anyone:
                    office.check_nobody(db, meeting_id)
            for record in records:
                if office.save(db, record):
                    outbox.put(db, "save_office", record.id, record.meeting_id)

    def office(self, meeting_id: str, *kinds: str) -> list[OfficeRecord]:
        """By kind as given, then in the order of the first saving."""
        with self._database.read() as db:
            one(db, Meeting, "meeting", meeting_id)
            return office.of_meeting(db, meeting_id, kinds)

    def office_by_token(self, token_hash: str) -> list[OfficeRecord]:
        with self._database.read() as db:
            return office.by_token(db, token_hash)

    def invited(self, meeting_id: str) -> list[str]:
        with self._database.read() as db:
            one(db, Meeting, "meeting", meeting_id)
            return office.invited(db, meeting_id)

    def erase_office(self, record_id: str) -> None:
        with self._database.write() as db:
            found = office.by_id(db, record_id)
            if found is None:
                raise Unknown(f"There is no record {record_id!r}.")
            if reason := erasure.held(db, found.meeting_id):
                raise Rejected(
                    f"The meeting is on legal hold ({reason}): nothing of it can be erased."
                )
            office.forget(db, record_id)
            outbox.put(db, "erase_office", record_id, found.meeting_id)
        self._database.compact_log()

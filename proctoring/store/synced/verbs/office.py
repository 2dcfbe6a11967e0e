"""What an examiner keeps beside an exam."""

from __future__ import annotations

from collections.abc import Sequence

from proctoring.store import Rejected, StoreError, Unknown
from proctoring.store.embedded import office
from proctoring.store.synced.verbs.base import Verbs
from proctoring.types import OfficeRecord


class OfficeVerbs(Verbs):
    def save_office(self, records: Sequence[OfficeRecord], *, before_anyone: bool = False) -> None:
        """Here, and in the remote store soon after; with `before_anyone`, there first: it knows
        who has come to other servers."""
        for meeting_id in {record.meeting_id for record in records}:
            self.meeting(meeting_id)
        if not before_anyone:
            self._local.save_office(records)
            self._drainer.wake()
            return
        with self._local.database.read() as db:
            for meeting_id in {record.meeting_id for record in records}:
                office.check_nobody(db, meeting_id)  # the remote store may not know of them yet
        try:
            self._remote().save_office(records, before_anyone=True)
        except Rejected:
            raise
        except StoreError:  # Unknown, too
            if not all(self._outbox.has("add_meeting", record.meeting_id) for record in records):
                raise
            self._local.save_office(records, before_anyone=True)  # nobody else knows the meeting
            self._drainer.wake()
        else:
            self._inbox.take_office(records)

    def office(self, meeting_id: str, *kinds: str) -> list[OfficeRecord]:
        """Invitations are asked for every time, the rest is followed as rights are."""
        if "invitation" in kinds:
            self.meeting(meeting_id)
            self._puller.ask(
                lambda remote: self._inbox.take_office(remote.office(meeting_id, *kinds))
            )
            return self._local.office(meeting_id, *kinds)
        return self._followed(meeting_id, lambda: self._local.office(meeting_id, *kinds))

    def office_by_token(self, token_hash: str) -> list[OfficeRecord]:
        """Asks the remote store every time: what was revoked elsewhere opens nothing here."""

        def take() -> None:
            known = self._local.office_by_token(token_hash)
            found = self._remote().office_by_token(token_hash)
            for meeting_id in {record.meeting_id for record in found}:
                self.meeting(meeting_id)
            self._inbox.take_office(found)
            for record in known:
                if record.id not in {one.id for one in found}:  # it has another link by now
                    elsewhere = self._remote().office(record.meeting_id, record.kind)
                    self._inbox.take_office(one for one in elsewhere if one.id == record.id)

        self._puller.ask(lambda _: take())
        return self._local.office_by_token(token_hash)

    def invited(self, meeting_id: str) -> list[str]:
        """Those of other servers, too, while the remote store can be reached."""
        self.meeting(meeting_id)
        found = dict.fromkeys(self._local.invited(meeting_id))
        self._puller.ask(lambda remote: found.update(dict.fromkeys(remote.invited(meeting_id))))
        with self._local.database.read() as db:  # one erased here may be on its way there still
            return [one for one in found if not office.is_erased(db, one)]

    def erase_office(self, record_id: str) -> None:
        """There first, as erasing is: a hold that was set elsewhere must not be overlooked."""
        with self._local.database.read() as db:
            known = office.by_id(db, record_id)
        if not (known and self._outbox.has("add_meeting", known.meeting_id)):
            try:
                self._remote().erase_office(record_id)
            except Unknown:
                if known is None:
                    raise
        self._local.erase_office(record_id)
        self._drainer.wake()

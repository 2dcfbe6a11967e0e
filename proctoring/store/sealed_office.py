"""Seals who is invited on the way into any store, and opens it on the way out.

Each invitation has a key of its own, which its later revisions keep: nobody has a participant's key
before they come. What names nobody, a policy for instance, is kept as it is.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from proctoring.sealing import Sealer
from proctoring.store import Rejected, Store, StoreError
from proctoring.store.contents import check_plain_office
from proctoring.store.delegating import DelegatingStore
from proctoring.store.embedded.office import INVITATION
from proctoring.store.sealed_forms import opened_office, sealed_office, wrapped_of
from proctoring.types import OfficeRecord

_log = logging.getLogger(__name__)


class SealedOffice(DelegatingStore):
    def __init__(self, inner: Store, sealer: Sealer) -> None:
        super().__init__(inner)
        self._sealer = sealer

    def save_office(self, records: Sequence[OfficeRecord], *, before_anyone: bool = False) -> None:
        for record in records:
            check_plain_office(record)
        keys = self._keys_of({one.meeting_id for one in records if one.kind == INVITATION})
        sealed = [self._sealed(record, keys) for record in records]
        self.inner.save_office(sealed, before_anyone=before_anyone)

    def office(self, meeting_id: str, *kinds: str) -> list[OfficeRecord]:
        """One that was changed is left out, and the log says so."""
        return self._opened_records(self.inner.office(meeting_id, *kinds))

    def office_by_token(self, token_hash: str) -> list[OfficeRecord]:
        """As `office`."""
        return self._opened_records(self.inner.office_by_token(token_hash))

    def _keys_of(self, meeting_ids: Iterable[str]) -> dict[str, str]:
        """Wrapped, by id of invitation."""
        return {
            known.id: wrapped_of(known.content)
            for meeting_id in meeting_ids
            for known in self.inner.office(meeting_id, INVITATION)
        }

    def _sealed(self, record: OfficeRecord, keys: dict[str, str]) -> OfficeRecord:
        if record.kind != INVITATION:
            return record
        wrapped = keys.get(record.id) or self._sealer.new_key(record.id)
        try:
            return sealed_office(record, self._sealer, wrapped)
        except UnicodeEncodeError:
            raise Rejected("The record holds text that is not Unicode.") from None
        except ValueError as error:  # CannotOpen
            raise StoreError(str(error)) from error

    def _opened_records(self, found: Iterable[OfficeRecord]) -> list[OfficeRecord]:
        opened = []
        for record in found:
            try:
                is_plain = record.kind != INVITATION
                opened.append(record if is_plain else opened_office(record, self._sealer))
            except ValueError as error:  # CannotOpen, and what base64 raises
                _log.error("the record %s cannot be opened: %s", record.id, error)
        return opened

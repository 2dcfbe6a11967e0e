"""The keys of participants, and the names that they come with.

A participant's data key comes with the sealed name, as `sealed:<wrapped key>:<sealed name>`: one
write makes both or neither, one read gives both, and erasing the name destroys the key. Whoever an
earlier version kept in plain gets a key of its own (`Store.add_key`) with what is sealed next.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from proctoring.sealing import CannotOpen, DataKey, OtherInstallation, Sealer
from proctoring.store import Rejected, Store, StoreError
from proctoring.store.sealed_forms import SEALED, opened_name, sealed_name, wrapped_of
from proctoring.types import Participant

DAMAGED_NAME = "(name damaged)"  # stands for a name that cannot be opened any more
MOST = 10_000  # keys remembered; more than take part at once

_log = logging.getLogger(__name__)


class Keyring:
    """Asks the store that knows no name, and remembers what it opened."""

    def __init__(self, inner: Store, sealer: Sealer) -> None:
        self._inner = inner
        self._sealer = sealer
        self._keys: dict[str, DataKey] = {}  # by participant id
        self._told: set[str] = set()  # participants whose names cannot be opened

    def of(self, participant_id: str) -> DataKey | None:
        """None if there is none, or no longer one."""
        if found := self._keys.get(participant_id):
            return found
        person = self._inner.participant(participant_id)
        wrapped = wrapped_of(person.name) or self._inner.key(participant_id)
        return self._remember(participant_id, wrapped) if wrapped else None

    def to_seal(self, participant_id: str) -> DataKey:
        """Made, if there is none. Rejected once erased."""
        key = self.of(participant_id)
        if key is None:
            wrapped = self._inner.add_key(participant_id, self._sealer.new_key(participant_id))
            key = self._remember(participant_id, wrapped)
        return key

    def forget(self, participant_id: str) -> None:
        self._keys.pop(participant_id, None)

    def seal_name(self, participant: Participant, wrapped: str) -> Participant:
        """As it is if there is no key: it was kept in plain before."""
        if not wrapped:
            return participant
        try:
            key = self._sealer.open_key(participant.id, wrapped)
            return replace(participant, name=sealed_name(participant.name, wrapped, key))
        except CannotOpen as error:
            raise StoreError(str(error)) from error
        except UnicodeEncodeError:
            raise Rejected("The record holds text that is not Unicode.") from None

    def open_name(self, participant: Participant, *, is_right_key: bool) -> Participant:
        """Raises StoreError for the key of another installation, unless ours opens
        others: `is_right_key`."""
        if participant.erased_at:  # here, or by another server
            self.forget(participant.id)
        if not participant.name.startswith(SEALED):  # erased, or kept in plain before
            return participant
        wrapped = wrapped_of(participant.name)
        try:
            key = self._keys.get(participant.id) or self._remember(participant.id, wrapped)
            return replace(participant, name=opened_name(participant.name, key))
        except (StoreError, ValueError) as error:  # CannotOpen, and what base64 raises
            if isinstance(error.__cause__, OtherInstallation) and not is_right_key:
                raise
            self._tell(participant.id, error)
            return replace(participant, name=DAMAGED_NAME)

    def opens(self, participant: Participant) -> bool:
        """Was the key of this participant made with ours?"""
        wrapped = wrapped_of(participant.name)
        if participant.id in self._keys:
            return True
        try:
            return bool(wrapped and self._remember(participant.id, wrapped))
        except StoreError:
            return False

    def _remember(self, participant_id: str, wrapped: str) -> DataKey:
        if len(self._keys) >= MOST:
            self._keys.clear()
        try:
            key = self._keys[participant_id] = self._sealer.open_key(participant_id, wrapped)
        except CannotOpen as error:
            raise StoreError(str(error)) from error
        return key

    def _tell(self, participant_id: str, error: Exception) -> None:
        """Once: a desk asks every second."""
        if participant_id not in self._told:
            self._told.add(participant_id)
            _log.error("a name cannot be opened, restore a backup: %s: %s", participant_id, error)

"""Seals names, answers, pictures and sounds on their way into any store, and opens them on the
way out.

The store inside sees no name, no answer and no picture. A participant's data key comes with the
sealed name, as `sealed:<wrapped key>:<sealed name>`: one write makes both or neither, one read
gives both, and erasing the name destroys the key. What an earlier version kept in plain is still
read; such a participant gets a key of its own (`Store.add_key`) with what is sealed next.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from dataclasses import replace
from datetime import datetime

from proctoring.sealing import CannotOpen, DataKey, OtherInstallation, Sealer, is_sealed
from proctoring.store import Rejected, Store, StoreError, Unknown
from proctoring.store.contents import check_plain_answer
from proctoring.store.delegating import DelegatingStore
from proctoring.types import Answer, Capability, Evidence, Participant

LONGEST_NAME = 120  # characters, as the candidate types them
DAMAGED_NAME = "(name damaged)"  # stands for a name that cannot be opened any more
SEALED = "sealed:"

_log = logging.getLogger(__name__)
_NAME = "name"  # where the name is: a record id of the sealing
_MOST = 10_000  # keys or owners remembered; more than take part at once


class SealedStore(DelegatingStore):
    """Hashes and sizes of evidence that it lists are those of the sealed bytes, as kept; those
    of the evidence that it opens are of the plain ones."""

    def __init__(self, inner: Store, sealer: Sealer) -> None:
        super().__init__(inner)
        self._sealer = sealer
        self._keys: dict[str, DataKey] = {}  # by participant id
        self._owners: dict[str, str] = {}  # occurrence id -> participant id; it never changes
        self._told: set[str] = set()  # participants whose names cannot be opened

    # --- participants --------------------------------------------------------------------

    def add_participant(self, participant: Participant, *capabilities: Capability) -> None:
        if not 1 <= len(participant.name) <= LONGEST_NAME:
            raise Rejected(f"A name has 1 to {LONGEST_NAME} characters.")
        wrapped = self._sealer.new_key(participant.id)
        try:
            self.inner.add_participant(self._seal(participant, wrapped), *capabilities)
        except Rejected as refusal:
            # Added before, with another key: under that one, the same name is the same text.
            known = self._known(participant.id)
            if known is None or known.erased_at:
                raise refusal
            again = self._seal(participant, _wrapped(known.name))
            self.inner.add_participant(again, *capabilities)

    def participant(self, participant_id: str) -> Participant:
        """One whose name is damaged bears `DAMAGED_NAME`, and can be erased like the others."""
        return self._opened(self.inner.participant(participant_id), is_right_key=False)

    def participants(self, meeting_id: str) -> list[Participant]:
        """A damaged name spoils no other. Raises StoreError if this server's key opens none."""
        found = self.inner.participants(meeting_id)
        is_right_key = any(map(self._opens, found))
        return [self._opened(one, is_right_key) for one in found]

    # --- evidence ------------------------------------------------------------------------

    def save_evidence(self, evidence: Evidence) -> None:
        if hashlib.sha256(evidence.data).hexdigest() != evidence.sha256:
            raise Rejected(f"The hash of evidence {evidence.id} is not the hash of its data.")
        key = self._key_to_seal(self._owner(evidence.occurrence_id))
        data = key.seal(evidence.id, evidence.data)
        self.inner.save_evidence(replace(evidence, data=data, sha256=_sha256(data)))

    def evidence(self, evidence_id: str) -> Evidence:
        found = self.inner.evidence(evidence_id)
        owner = self._owner(found.occurrence_id)
        if not is_sealed(found.data):
            if _wrapped(self.inner.participant(owner).name):
                raise StoreError(f"Evidence {evidence_id} is not sealed: it was put there later.")
            return found
        key = self._key(owner)
        if key is None:
            raise Unknown(f"Evidence {evidence_id!r} was erased.")
        try:
            data = key.open(evidence_id, found.data)
        except CannotOpen as error:
            raise StoreError(f"Evidence {error}") from error
        return replace(found, data=data, sha256=_sha256(data))

    # --- answers -------------------------------------------------------------------------

    def save_answer(self, answer: Answer) -> None:
        check_plain_answer(answer)
        key = self._key_to_seal(answer.participant_id)
        sealed = key.seal(_place(answer), answer.content.encode())
        self.inner.save_answer(replace(answer, content=SEALED + _text(sealed)))

    def answers(self, participant_id: str) -> list[Answer]:
        """Raises StoreError if one was changed: nothing else may pass for what was answered."""
        found = self.inner.answers(participant_id)
        key = self._key(participant_id) if found else None
        if key is None:  # nothing was answered, or it was erased meanwhile
            return []
        return [_opened_answer(answer, key) for answer in found]

    # --- erasure -------------------------------------------------------------------------

    def erase(self, participant_id: str, at: datetime) -> None:
        self.inner.erase(participant_id, at)
        self._keys.pop(participant_id, None)

    # --- keys ----------------------------------------------------------------------------

    def _owner(self, occurrence_id: str) -> str:
        """The participant whom it is about. Raises Unknown."""
        owner = self._owners.get(occurrence_id)
        if owner is None:
            if len(self._owners) >= _MOST:
                self._owners.clear()
            owner = self.inner.incident(occurrence_id).first.participant_id
            self._owners[occurrence_id] = owner
        return owner

    def _key(self, participant_id: str) -> DataKey | None:
        """None if there is none, or no longer one."""
        if found := self._keys.get(participant_id):
            return found
        person = self.inner.participant(participant_id)
        wrapped = _wrapped(person.name) or self.inner.key(participant_id)
        return self._remember(participant_id, wrapped) if wrapped else None

    def _key_to_seal(self, participant_id: str) -> DataKey:
        """Made, if there is none. Rejected once erased."""
        key = self._key(participant_id)
        if key is None:
            wrapped = self.inner.add_key(participant_id, self._sealer.new_key(participant_id))
            key = self._remember(participant_id, wrapped)
        return key

    def _remember(self, participant_id: str, wrapped: str) -> DataKey:
        if len(self._keys) >= _MOST:
            self._keys.clear()
        try:
            key = self._keys[participant_id] = self._sealer.open_key(participant_id, wrapped)
        except CannotOpen as error:
            raise StoreError(str(error)) from error
        return key

    def _known(self, participant_id: str) -> Participant | None:
        try:
            return self.inner.participant(participant_id)
        except Unknown:
            return None

    def _seal(self, participant: Participant, wrapped: str) -> Participant:
        """As it is if there is no key: it was kept in plain before."""
        if not wrapped:
            return participant
        try:
            key = self._sealer.open_key(participant.id, wrapped)
            sealed = key.seal(_NAME, participant.name.encode())
        except CannotOpen as error:
            raise StoreError(str(error)) from error
        except UnicodeEncodeError:
            raise Rejected("The record holds text that is not Unicode.") from None
        return replace(participant, name=f"{SEALED}{wrapped}:{_text(sealed)}")

    def _opened(self, participant: Participant, is_right_key: bool) -> Participant:
        """Raises StoreError for the key of another installation, unless ours opens others."""
        if participant.erased_at:  # here, or by another server
            self._keys.pop(participant.id, None)
        if not participant.name.startswith(SEALED):  # erased, or kept in plain before
            return participant
        wrapped = _wrapped(participant.name)
        try:
            key = self._keys.get(participant.id) or self._remember(participant.id, wrapped)
            sealed = base64.urlsafe_b64decode(participant.name.rpartition(":")[2])
            return replace(participant, name=key.open(_NAME, sealed).decode())
        except (StoreError, ValueError) as error:  # CannotOpen, and what base64 raises
            if isinstance(error.__cause__, OtherInstallation) and not is_right_key:
                raise
            self._tell(participant.id, error)
            return replace(participant, name=DAMAGED_NAME)

    def _opens(self, participant: Participant) -> bool:
        """Was the key of this participant made with ours?"""
        wrapped = _wrapped(participant.name)
        if participant.id in self._keys:
            return True
        try:
            return bool(wrapped and self._remember(participant.id, wrapped))
        except StoreError:
            return False

    def _tell(self, participant_id: str, error: Exception) -> None:
        """Once: a desk asks every second."""
        if participant_id not in self._told:
            self._told.add(participant_id)
            _log.error("a name cannot be opened, restore a backup: %s: %s", participant_id, error)


def _wrapped(name: str) -> str:
    """The wrapped key that came with the name; "" with a plain or an erased one."""
    return name.removeprefix(SEALED).partition(":")[0] if name.startswith(SEALED) else ""


def _place(answer: Answer) -> str:
    """Where an answer is: a record id of the sealing, so that no older one can pass for it."""
    return f"answer:{answer.revision}:{answer.question_id}"


def _opened_answer(answer: Answer, key: DataKey) -> Answer:
    try:
        sealed = base64.urlsafe_b64decode(answer.content.removeprefix(SEALED))
        return replace(answer, content=key.open(_place(answer), sealed).decode())
    except ValueError as error:  # CannotOpen and what base64 raises
        raise StoreError(
            f"The answer of participant {answer.participant_id!r} to {answer.question_id!r} was"
            " changed: restore a backup."
        ) from error


def _text(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).decode()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

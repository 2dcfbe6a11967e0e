"""Seals names, answers, acts, enrolments, traces, pictures and sounds on their way into any store,
and opens them on the way out.

The store inside sees no name, no answer, no message and no picture. A participant's data key comes
with the sealed name, as `sealed:<wrapped key>:<sealed name>`: one write makes both or neither, one
read gives both, and erasing the name destroys the key. What an earlier version kept in plain is
still read; such a participant gets a key of its own (`Store.add_key`) with what is sealed next.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from proctoring.sealing import CannotOpen, DataKey, OtherInstallation, Sealer, is_sealed
from proctoring.store import ActFeed, Rejected, Store, StoreError, Unknown
from proctoring.store.contents import (
    LONGEST_ENROLMENT,
    LONGEST_TRACE,
    check_enrolled,
    check_plain_act,
    check_plain_answer,
    check_trace,
)
from proctoring.store.delegating import DelegatingStore
from proctoring.store.sealed_forms import (
    SEALED,
    opened_act,
    opened_answer,
    opened_enrolled,
    opened_name,
    opened_trace,
    sealed_act,
    sealed_answer,
    sealed_enrolled,
    sealed_name,
    sealed_trace,
    wrapped_of,
)
from proctoring.types import Act, Answer, Capability, Enrolled, Evidence, Participant, Trace

LONGEST_NAME = 120  # characters, as the candidate types them
DAMAGED_NAME = "(name damaged)"  # stands for a name that cannot be opened any more

_log = logging.getLogger(__name__)
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
            again = self._seal(participant, wrapped_of(known.name))
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
            if wrapped_of(self.inner.participant(owner).name):
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
        self.inner.save_answer(sealed_answer(answer, key))

    def answers(self, participant_id: str) -> list[Answer]:
        """Raises StoreError if one was changed: nothing else may pass for what was answered."""
        found = self.inner.answers(participant_id)
        key = self._key(participant_id) if found else None
        if key is None:  # nothing was answered, or it was erased meanwhile
            return []
        return [opened_answer(answer, key) for answer in found]

    # --- what people do about one candidate's exam ----------------------------------------

    def save_act(self, act: Act) -> None:
        check_plain_act(act)
        key = self._key_to_seal(act.participant_id)
        self.inner.save_act(sealed_act(act, key))

    def acts(self, participant_id: str) -> list[Act]:
        """One that was changed is left out, and the log says so: an exam does not stop for it."""
        return self._opened_acts(self.inner.acts(participant_id))

    def act_feed(self, meeting_id: str, after: int = 0) -> ActFeed:
        """As `acts`."""
        found = self.inner.act_feed(meeting_id, after)
        return replace(found, acts=tuple(self._opened_acts(found.acts)))

    def _opened_acts(self, found: Iterable[Act]) -> list[Act]:
        opened = []
        for act in found:
            try:
                if key := self._key(act.participant_id):  # or it was erased meanwhile
                    opened.append(opened_act(act, key))
            except (StoreError, ValueError) as error:  # CannotOpen, and what base64 raises
                _log.error("the act %s cannot be opened: %s", act.id, error)
        return opened

    # --- what a candidate is known again by ----------------------------------------------

    def save_enrolment(self, enrolled: Enrolled) -> None:
        check_enrolled(enrolled, LONGEST_ENROLMENT)
        try:
            key = self._key_to_seal(enrolled.participant_id)
        except Rejected:
            if self.inner.participant(enrolled.participant_id).erased_at is None:
                raise
            return  # nothing is kept of them any more
        self.inner.save_enrolment(sealed_enrolled(enrolled, key))

    def enrolments(self, participant_id: str) -> list[Enrolled]:
        """One that was changed is left out: the exam learns anew, and the log says so."""
        found = self.inner.enrolments(participant_id)
        key = self._key(participant_id) if found else None
        if key is None:
            return []
        opened = []
        for one in found:
            try:
                opened.append(opened_enrolled(one, key))
            except CannotOpen as error:
                _log.error("an enrolment of %s cannot be opened: %s", participant_id, error)
        return opened

    # --- what was observed ---------------------------------------------------------------

    def save_trace(self, trace: Trace) -> None:
        check_trace(trace, LONGEST_TRACE)
        key = self._key_to_seal(trace.participant_id)
        self.inner.save_trace(sealed_trace(trace, key))

    def traces(self, participant_id: str) -> list[Trace]:
        """One that was changed is left out, and the log says so: the others tell that it is
        missing."""
        found = self.inner.traces(participant_id)
        key = self._key(participant_id) if found else None
        if key is None:
            return []
        opened = []
        for trace in found:
            try:
                opened.append(opened_trace(trace, key))
            except CannotOpen as error:
                _log.error("the trace %s cannot be opened: %s", trace.id, error)
        return opened

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
        wrapped = wrapped_of(person.name) or self.inner.key(participant_id)
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
            return replace(participant, name=sealed_name(participant.name, wrapped, key))
        except CannotOpen as error:
            raise StoreError(str(error)) from error
        except UnicodeEncodeError:
            raise Rejected("The record holds text that is not Unicode.") from None

    def _opened(self, participant: Participant, is_right_key: bool) -> Participant:
        """Raises StoreError for the key of another installation, unless ours opens others."""
        if participant.erased_at:  # here, or by another server
            self._keys.pop(participant.id, None)
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

    def _opens(self, participant: Participant) -> bool:
        """Was the key of this participant made with ours?"""
        wrapped = wrapped_of(participant.name)
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


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

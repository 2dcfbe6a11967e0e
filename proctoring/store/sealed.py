"""Seals names, answers, acts, enrolments, traces, stills, pictures and sounds on their way into any
store, and opens them on the way out.

The store inside sees no name, no answer, no message and no picture. The keys are the participants'
own: see `proctoring.store.keyring`. What an earlier version kept in plain is still read.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from proctoring.sealing import CannotOpen, Sealer, is_sealed
from proctoring.store import ActFeed, Rejected, Store, StoreError, Unknown
from proctoring.store.contents import (
    LONGEST_ENROLMENT,
    LONGEST_STILL,
    LONGEST_TRACE,
    check_enrolled,
    check_plain_act,
    check_plain_answer,
    check_still,
    check_trace,
)
from proctoring.store.keyring import Keyring
from proctoring.store.sealed_forms import (
    opened_act,
    opened_answer,
    opened_enrolled,
    opened_still,
    opened_trace,
    sealed_act,
    sealed_answer,
    sealed_enrolled,
    sealed_still,
    sealed_trace,
    wrapped_of,
)
from proctoring.store.sealed_office import SealedOffice
from proctoring.types import Act, Answer, Capability, Enrolled, Evidence, Participant, Still, Trace

LONGEST_NAME = 120  # characters, as the candidate types them

_log = logging.getLogger(__name__)
_MOST = 10_000  # owners remembered; more than take part at once


class SealedStore(SealedOffice):
    """Hashes and sizes of evidence that it lists are those of the sealed bytes, as kept; those
    of the evidence that it opens are of the plain ones."""

    def __init__(self, inner: Store, sealer: Sealer) -> None:
        super().__init__(inner, sealer)
        self._keyring = Keyring(inner, sealer)
        self._owners: dict[str, str] = {}  # occurrence id -> participant id; it never changes

    # --- participants --------------------------------------------------------------------

    def add_participant(self, participant: Participant, *capabilities: Capability) -> None:
        if not 1 <= len(participant.name) <= LONGEST_NAME:
            raise Rejected(f"A name has 1 to {LONGEST_NAME} characters.")
        wrapped = self._sealer.new_key(participant.id)
        try:
            self.inner.add_participant(self._keyring.seal_name(participant, wrapped), *capabilities)
        except Rejected as refusal:
            # Added before, with another key: under that one, the same name is the same text.
            known = self._known(participant.id)
            if known is None or known.erased_at:
                raise refusal
            again = self._keyring.seal_name(participant, wrapped_of(known.name))
            self.inner.add_participant(again, *capabilities)

    def participant(self, participant_id: str) -> Participant:
        """One whose name is damaged bears `DAMAGED_NAME`, and can be erased like the others."""
        return self._keyring.open_name(self.inner.participant(participant_id), is_right_key=False)

    def participants(self, meeting_id: str) -> list[Participant]:
        """A damaged name spoils no other. Raises StoreError if this server's key opens none."""
        found = self.inner.participants(meeting_id)
        is_right_key = any(map(self._keyring.opens, found))
        return [self._keyring.open_name(one, is_right_key=is_right_key) for one in found]

    # --- evidence ------------------------------------------------------------------------

    def save_evidence(self, evidence: Evidence) -> None:
        if hashlib.sha256(evidence.data).hexdigest() != evidence.sha256:
            raise Rejected(f"The hash of evidence {evidence.id} is not the hash of its data.")
        key = self._keyring.to_seal(self._owner(evidence.occurrence_id))
        data = key.seal(evidence.id, evidence.data)
        self.inner.save_evidence(replace(evidence, data=data, sha256=_sha256(data)))

    def evidence(self, evidence_id: str) -> Evidence:
        found = self.inner.evidence(evidence_id)
        owner = self._owner(found.occurrence_id)
        if not is_sealed(found.data):
            if wrapped_of(self.inner.participant(owner).name):
                raise StoreError(f"Evidence {evidence_id} is not sealed: it was put there later.")
            return found
        key = self._keyring.of(owner)
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
        key = self._keyring.to_seal(answer.participant_id)
        self.inner.save_answer(sealed_answer(answer, key))

    def answers(self, participant_id: str) -> list[Answer]:
        """Raises StoreError if one was changed: nothing else may pass for what was answered."""
        found = self.inner.answers(participant_id)
        key = self._keyring.of(participant_id) if found else None
        if key is None:  # nothing was answered, or it was erased meanwhile
            return []
        return [opened_answer(answer, key) for answer in found]

    # --- what people do about one candidate's exam ----------------------------------------

    def save_act(self, act: Act) -> None:
        check_plain_act(act)
        key = self._keyring.to_seal(act.participant_id)
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
                if key := self._keyring.of(act.participant_id):  # or it was erased meanwhile
                    opened.append(opened_act(act, key))
            except (StoreError, ValueError) as error:  # CannotOpen, and what base64 raises
                _log.error("the act %s cannot be opened: %s", act.id, error)
        return opened

    # --- what a candidate is known again by ----------------------------------------------

    def save_enrolment(self, enrolled: Enrolled) -> None:
        check_enrolled(enrolled, LONGEST_ENROLMENT)
        try:
            key = self._keyring.to_seal(enrolled.participant_id)
        except Rejected:
            if self.inner.participant(enrolled.participant_id).erased_at is None:
                raise
            return  # nothing is kept of them any more
        self.inner.save_enrolment(sealed_enrolled(enrolled, key))

    def enrolments(self, participant_id: str) -> list[Enrolled]:
        """One that was changed is left out: the exam learns anew, and the log says so."""
        found = self.inner.enrolments(participant_id)
        key = self._keyring.of(participant_id) if found else None
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
        key = self._keyring.to_seal(trace.participant_id)
        self.inner.save_trace(sealed_trace(trace, key))

    def traces(self, participant_id: str) -> list[Trace]:
        """One that was changed is left out, and the log says so: the others tell that it is
        missing."""
        found = self.inner.traces(participant_id)
        key = self._keyring.of(participant_id) if found else None
        if key is None:
            return []
        opened = []
        for trace in found:
            try:
                opened.append(opened_trace(trace, key))
            except CannotOpen as error:
                _log.error("the trace %s cannot be opened: %s", trace.id, error)
        return opened

    # --- what was shared -----------------------------------------------------------------

    def save_still(self, still: Still) -> None:
        check_still(still, LONGEST_STILL)
        self.inner.save_still(sealed_still(still, self._keyring.to_seal(still.participant_id)))

    def still(self, still_id: str) -> Still:
        """As `evidence`: listed as it is kept, and opened with the hash of the plain bytes."""
        found = self.inner.still(still_id)
        key = self._keyring.of(found.participant_id)
        if key is None:
            raise Unknown(f"The still {still_id!r} was erased.")
        try:
            return opened_still(found, key)
        except CannotOpen as error:
            raise StoreError(f"The still {error}") from error

    # --- erasure -------------------------------------------------------------------------

    def erase(self, participant_id: str, at: datetime) -> None:
        self.inner.erase(participant_id, at)
        self._keyring.forget(participant_id)

    # --- who it is about -----------------------------------------------------------------

    def _owner(self, occurrence_id: str) -> str:
        """The participant whom it is about. Raises Unknown."""
        owner = self._owners.get(occurrence_id)
        if owner is None:
            if len(self._owners) >= _MOST:
                self._owners.clear()
            owner = self.inner.incident(occurrence_id).first.participant_id
            self._owners[occurrence_id] = owner
        return owner

    def _known(self, participant_id: str) -> Participant | None:
        try:
            return self.inner.participant(participant_id)
        except Unknown:
            return None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

"""How what is sealed is written: names with their wrapped key, answers, acts and so on."""

from __future__ import annotations

import base64
from dataclasses import replace
from hashlib import sha256

from proctoring.sealing import DataKey, Sealer
from proctoring.store import StoreError
from proctoring.types import Act, Answer, Enrolled, OfficeRecord, Still, Trace

SEALED = "sealed:"

_NAME = "name"  # where the name is: a record id of the sealing


def wrapped_of(name: str) -> str:
    """The wrapped key that came with the name; "" with a plain or an erased one."""
    return name.removeprefix(SEALED).partition(":")[0] if name.startswith(SEALED) else ""


def sealed_name(name: str, wrapped: str, key: DataKey) -> str:
    """Raises UnicodeEncodeError."""
    return f"{SEALED}{wrapped}:{_text(key.seal(_NAME, name.encode()))}"


def opened_name(name: str, key: DataKey) -> str:
    """Raises CannotOpen, and the ValueError of base64."""
    sealed = base64.urlsafe_b64decode(name.rpartition(":")[2])
    return key.open(_NAME, sealed).decode()


def sealed_answer(answer: Answer, key: DataKey) -> Answer:
    sealed = key.seal(_place(answer), answer.content.encode())
    return replace(answer, content=SEALED + _text(sealed))


def opened_answer(answer: Answer, key: DataKey) -> Answer:
    """Raises StoreError."""
    try:
        sealed = base64.urlsafe_b64decode(answer.content.removeprefix(SEALED))
        return replace(answer, content=key.open(_place(answer), sealed).decode())
    except ValueError as error:  # CannotOpen and what base64 raises
        raise StoreError(
            f"The answer of participant {answer.participant_id!r} to {answer.question_id!r} was"
            " changed: restore a backup."
        ) from error


def sealed_act(act: Act, key: DataKey) -> Act:
    return replace(act, content=SEALED + _text(key.seal(_kind_of(act), act.content.encode())))


def opened_act(act: Act, key: DataKey) -> Act:
    """Raises CannotOpen, and the ValueError of base64."""
    sealed = base64.urlsafe_b64decode(act.content.removeprefix(SEALED))
    return replace(act, content=key.open(_kind_of(act), sealed).decode())


def sealed_enrolled(enrolled: Enrolled, key: DataKey) -> Enrolled:
    return replace(enrolled, content=key.seal(_kind(enrolled), enrolled.content))


def opened_enrolled(enrolled: Enrolled, key: DataKey) -> Enrolled:
    """Raises CannotOpen."""
    return replace(enrolled, content=key.open(_kind(enrolled), enrolled.content))


def sealed_trace(trace: Trace, key: DataKey) -> Trace:
    return replace(trace, content=key.seal(f"trace:{trace.id}", trace.content))


def opened_trace(trace: Trace, key: DataKey) -> Trace:
    """Raises CannotOpen."""
    return replace(trace, content=key.open(f"trace:{trace.id}", trace.content))


def sealed_office(record: OfficeRecord, sealer: Sealer, wrapped: str) -> OfficeRecord:
    """With a key of its own, which comes with it as that of a name does. Raises CannotOpen, and
    UnicodeEncodeError."""
    key = sealer.open_key(record.id, wrapped)
    sealed = key.seal(_revision_of(record), record.content.encode())
    return replace(record, content=f"{SEALED}{wrapped}:{_text(sealed)}")


def opened_office(record: OfficeRecord, sealer: Sealer) -> OfficeRecord:
    """Raises CannotOpen, and the ValueError of base64."""
    key = sealer.open_key(record.id, wrapped_of(record.content))
    sealed = base64.urlsafe_b64decode(record.content.rpartition(":")[2])
    return replace(record, content=key.open(_revision_of(record), sealed).decode())


def sealed_still(still: Still, key: DataKey) -> Still:
    data = key.seal(f"still:{still.id}", still.data)
    return replace(still, data=data, sha256=sha256(data).hexdigest())


def opened_still(still: Still, key: DataKey) -> Still:
    """Raises CannotOpen."""
    data = key.open(f"still:{still.id}", still.data)
    return replace(still, data=data, sha256=sha256(data).hexdigest())


def _revision_of(record: OfficeRecord) -> str:
    return f"office:{record.revision}"


def _place(answer: Answer) -> str:
    """Where an answer is: a record id of the sealing, so that no older one can pass for it."""
    return f"answer:{answer.revision}:{answer.question_id}"


def _kind_of(act: Act) -> str:
    """So that what was said in one act cannot pass for another."""
    return f"act:{act.kind}:{act.id}"


def _kind(enrolled: Enrolled) -> str:
    return f"enrolment:{enrolled.kind}"


def _text(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).decode()

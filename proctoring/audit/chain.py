"""The chain of a meeting's log: an entry's hash takes in the entry before it.

Whoever holds the last hash (a printout is enough) can tell later whether any entry was
changed, left out or put in. Hashes of fields are joined, not the fields, so that no text
can pass for two; the stores compute the same in SQL. A store may write controls and private
characters in its own way, and then its hash would be another: they are refused in every one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC, datetime, timedelta

from proctoring.plaintext import is_plain
from proctoring.store import Rejected
from proctoring.types import AuditEntry, AuditEvent

START = "0" * 64  # stands before the first entry

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def link(previous: str, event: AuditEvent) -> str:
    """Hex SHA-256 over the previous hash and the hash of each field, in the order of the type.

    For an entry that is new. Raises Rejected for text that no log takes.
    """
    check_text(event)
    return _link(previous, event)


def check_text(event: AuditEvent) -> None:
    """Raises Rejected. What people type is cleaned before: see `proctoring.audit.events`."""
    for field in fields(event):
        if not is_plain(_text(getattr(event, field.name))):
            raise Rejected(f"A log takes no control or private character: {field.name}.")


def broken_at(entries: Iterable[AuditEntry]) -> int | None:
    """The place (1, 2, 3 …) of the first entry that does not follow from those before it."""
    previous = START
    for place, entry in enumerate(entries, start=1):
        if entry.number != place or entry.hash != _link(previous, entry.event):
            return place
        previous = entry.hash
    return None


def _link(previous: str, event: AuditEvent) -> str:
    digests = (_digest(_text(getattr(event, field.name))) for field in fields(event))
    return _digest(previous + "".join(digests))


def _text(value: str | datetime) -> str:
    if isinstance(value, datetime):
        return str((value - _EPOCH) // timedelta(microseconds=1))
    return value


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

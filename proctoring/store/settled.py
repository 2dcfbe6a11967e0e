"""Gives out meetings as they are settled now: as they were made, and what was changed since.

A meeting's own row never changes, so that the log proves it. Until somebody comes, its policy may
change, version by version; who is let in, at any time.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, replace
from typing import Any

from proctoring.store import Store
from proctoring.store.delegating import DelegatingStore
from proctoring.types import Journey, Meeting, OfficeRecord, Policy

POLICY, STATE = "policy", "state"  # kinds of records


class SettledStore(DelegatingStore):
    """To be put around a store."""

    def meeting(self, meeting_id: str) -> Meeting:
        return self._settled(self.inner.meeting(meeting_id))

    def meetings(self) -> list[Meeting]:
        return [self._settled(meeting) for meeting in self.inner.meetings()]

    def _settled(self, meeting: Meeting) -> Meeting:
        return settled(meeting, self.inner.office(meeting.id, POLICY, STATE))


def as_made(store: Store, meeting_id: str) -> Meeting:
    """Of which the log has the hash."""
    return (store.inner if isinstance(store, SettledStore) else store).meeting(meeting_id)


def settled(meeting: Meeting, records: list[OfficeRecord]) -> Meeting:
    for record in records:  # versions come in their order
        said = json.loads(record.content)
        if record.kind == POLICY:
            meeting = replace(meeting, **policy_from(said))
        elif said.get("invited_only"):
            meeting = replace(meeting, journey=_by_invitation(meeting.journey))
    return meeting


def policy_from(said: dict[str, Any]) -> dict[str, Any]:
    """Of a version of a policy: what it changes in a meeting. See `policy_to`."""
    usual = Policy()
    given = {n: type(getattr(usual, n))(v) for n, v in said["policy"].items() if hasattr(usual, n)}
    return {
        "preset": said["preset"],
        "signals": tuple(said["signals"]),
        "policy": Policy(**given),
    }


def policy_to(meeting: Meeting) -> dict[str, Any]:
    """What `policy_from` reads, as JSON can hold it; equal policies say the same."""
    given = {field.name: getattr(meeting.policy, field.name) for field in fields(Policy)}
    return {
        "preset": meeting.preset,
        "signals": list(meeting.signals),
        "policy": {
            name: sorted(value) if isinstance(value, frozenset) else value
            for name, value in given.items()
        },
    }


def policy_hash(meeting: Meeting) -> str:
    """Hex SHA-256 of what its policy says: exams with the same policy have the same."""
    text = json.dumps(policy_to(meeting), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _by_invitation(journey: Journey) -> Journey:
    return replace(journey, invited_only=True)

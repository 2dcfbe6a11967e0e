"""The policy of an exam, version by version: frozen for all as soon as somebody has come.

Version 1 is what the exam was made with. Each later one is kept whole, with who saved it and when.
Its hash is of what it says, so that two exams with the same policy have the same one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from proctoring.analysers import signals_of
from proctoring.analysers.phrases import PhraseError, check_phrases
from proctoring.office.meetings import Office
from proctoring.office.records import POLICY, content_of, record
from proctoring.plaintext import line
from proctoring.policy.file import WrittenPolicy
from proctoring.policy.thresholds import preset_of, problems, to_texts
from proctoring.store import Store
from proctoring.store.embedded.office import TOO_LATE
from proctoring.store.settled import as_made, policy_from, policy_hash, policy_to
from proctoring.types import Capability, Meeting, OfficeRecord, Participant

ASKED_POLICY = "asked.policy"
LONGEST_NAME = 80  # characters
MOST_BYTES = 3500  # of a policy: a meeting's row has room for 4000


class BadPolicy(ValueError):
    """The sentences are for the examiner."""


@dataclass(frozen=True, slots=True)
class Version:
    number: int  # 1, 2, 3 …
    hash: str  # hex SHA-256 of what it says
    saved_at: datetime  # UTC
    actor: str  # id of a capability; "" of the first, which came with the exam
    name: str  # by which the examiner finds it again; mostly ""
    meeting: Meeting  # with this version

    @property
    def label(self) -> str:
        """ "version 3, 5f1c2a9b" """
        return f"version {self.number}, {self.hash[:8]}"


def versions(store: Store, meeting_id: str) -> list[Version]:
    """The first comes first; the last is in force."""
    made = as_made(store, meeting_id)
    found = [Version(1, policy_hash(made), made.created_at, "", "", made)]
    for one in store.office(meeting_id, POLICY):
        said = content_of(one)
        meeting = replace(made, **policy_from(said))
        number = found[-1].number + 1
        name = str(said.get("name", ""))
        found.append(Version(number, policy_hash(meeting), one.saved_at, one.actor, name, meeting))
    return found


def in_force(store: Store, meeting_id: str) -> Version:
    return versions(store, meeting_id)[-1]


def is_frozen(participants: Iterable[Participant]) -> bool:
    """Somebody has begun, or has agreed to what is measured."""
    return any(one.started_at is not None or one.erased_at is None for one in participants)


def written(meeting: Meeting) -> WrittenPolicy:
    return WrittenPolicy(meeting.policy, meeting.signals, preset_of(meeting))


def with_policy(meeting: Meeting, policy: WrittenPolicy) -> Meeting:
    """The same exam under this policy. Raises BadPolicy, with what to do."""
    changes = policy.preset.thresholds
    texts = to_texts(changes)
    found = problems(changes)
    try:
        check_phrases(policy.policy.phrases)
    except PhraseError as error:
        found.append(str(error))
    if not policy.signals:
        found.append("Every signal is off; leave at least one on.")
    if found:
        raise BadPolicy("  \n".join(found))
    allowed = replace(policy.policy, thresholds=texts)
    changed = replace(
        meeting,
        preset=policy.preset.name,
        policy=allowed,
        signals=signals_of(policy.signals, allowed, meeting.journey),
    )
    if len(json.dumps(policy_to(changed)["policy"]).encode()) > MOST_BYTES:
        raise BadPolicy("The policy is too long to be kept: change fewer thresholds, or phrases.")
    return changed


def change(office: Office, bearer: Capability, policy: WrittenPolicy, name: str = "") -> Version:
    """A new version, unless it says what the newest says under the same name.

    Raises Refused, BadPolicy, and Rejected, with a sentence, once it is frozen or if somebody else
    saved another meanwhile.
    """
    meeting_id = bearer.meeting_id
    office.check(bearer, meeting_id)
    newest, name = in_force(office.store, meeting_id), line(name, LONGEST_NAME)
    changed = with_policy(office.store.meeting(meeting_id), policy)
    if (policy_hash(changed), name) == (newest.hash, newest.name):
        return newest
    number = newest.number + 1
    office.write(bearer, ASKED_POLICY, meeting_id, f"{number} {policy_hash(changed)}")
    said = policy_to(changed) | ({"name": name} if name else {})
    new = record(POLICY, meeting_id, f"{meeting_id}/policy/{number}", said, actor=bearer.id)
    office.store.save_office([new], before_anyone=True)
    return in_force(office.store, meeting_id)


def named(store: Store, meeting_ids: Iterable[str]) -> list[tuple[Meeting, Version]]:
    """Those with a name, of several exams: to be used again. The newest come first."""
    found = [
        (store.meeting(meeting_id), version)
        for meeting_id in meeting_ids
        for version in versions(store, meeting_id)
        if version.name
    ]
    return sorted(found, key=lambda pair: pair[1].saved_at, reverse=True)


__all__ = [
    "TOO_LATE",
    "BadPolicy",
    "OfficeRecord",
    "Version",
    "change",
    "in_force",
    "is_frozen",
    "named",
    "versions",
    "with_policy",
    "written",
]

"""All exams of one examiner on one page, without accounts and with them.

A list has an owner: the hash of an office link's secret, or of a signed-in address. An exam says on
whose lists it is, by that hash alone; so nobody who reads the store can open a list. From its list
an exam opens by a manage link that is made then, lasts half a day, and stands in the exam's log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from proctoring.access import tokens
from proctoring.access.tokens import Refused
from proctoring.audit import events
from proctoring.office.meetings import Office
from proctoring.office.records import LISTED, SERVER, STATE, content_of, record
from proctoring.store import Store, Unknown
from proctoring.types import Capability, Meeting, Role

OPENED = "list.opened"  # an exam, by whoever has its list
ASKED_STATE = "asked.state"
ASKED_LIST = "asked.list"
OPEN_FOR = timedelta(hours=12)


class State(StrEnum):
    UPCOMING = "upcoming"
    RUNNING = "running"
    FINISHED = "finished"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class Listed:
    meeting: Meeting
    state: State
    invited: int  # 0 where nobody was invited by name
    joined: int
    done: int
    by_invitation: bool


def owner_of_account(email: str) -> str:
    """Of an address that was verified."""
    return hashlib.sha256(f"account:{email.lower()}".encode()).hexdigest()


def owner_of_secret(secret: str) -> str:
    return tokens.hash_secret(secret)


def put_on(store: Store, meeting_id: str, owner: str) -> None:
    """May be repeated."""
    place = f"{meeting_id}/listed/{owner[:32]}"
    known = next((one for one in store.office(meeting_id, LISTED) if one.id == place), None)
    if known is None or known.token_hash != owner:
        revision = known.revision + 1 if known else 1
        made = record(LISTED, meeting_id, place, {}, revision=revision, token_hash=owner)
        store.save_office([made])


def take_off(store: Store, meeting_id: str, owners: Iterable[str] | None = None) -> int:
    """Off these lists, or off all: off how many."""
    gone = [
        record(LISTED, meeting_id, one.id, {}, revision=one.revision + 1)
        for one in store.office(meeting_id, LISTED)
        if one.token_hash and (owners is None or one.token_hash in set(owners))
    ]
    store.save_office(gone)
    return len(gone)


def take_off_all(office: Office, bearer: Capability) -> int:
    """Whoever has a list opens this exam by it no more."""
    office.check(bearer, bearer.meeting_id)
    office.write(bearer, ASKED_LIST, bearer.meeting_id, "off all lists")
    return take_off(office.store, bearer.meeting_id)


def moved(store: Store, old: str, new: str) -> None:
    """The list has another owner from now on: a new link in place of one that was lost."""
    for meeting_id in ids_of(store, old):
        put_on(store, meeting_id, new)  # first: nothing is on no list in between
        take_off(store, meeting_id, [old])


def on_lists(store: Store, meeting_id: str) -> int:
    return sum(bool(one.token_hash) for one in store.office(meeting_id, LISTED))


def is_list(store: Store, owner: str) -> bool:
    """Is there anything on it?"""
    return bool(ids_of(store, owner))


def listed(store: Store, owner: str, now: datetime) -> list[Listed]:
    """What is to come and what runs first, then what is over, the newest first."""
    found = []
    for meeting_id in ids_of(store, owner):
        try:
            found.append(_listed(store, store.meeting(meeting_id), now))
        except Unknown:
            continue
    found.sort(key=lambda one: one.meeting.opens_at, reverse=True)
    return sorted(found, key=lambda one: one.state in (State.FINISHED, State.ARCHIVED))


def open_exam(office: Office, owner: str, meeting_id: str) -> str:
    """The secret of a manage link for half a day. Raises Refused."""
    if meeting_id not in ids_of(office.store, owner):
        raise Refused
    secret = tokens.new_secret()
    ends = datetime.now(UTC) + OPEN_FOR
    made = tokens.capability(Role.EXAMINER, meeting_id, secret, expires_at=ends)
    office.journal.write(events.done(meeting_id, SERVER, OPENED, made.id, owner[:8]))
    office.store.add_capability(made)
    return secret


def set_state(office: Office, bearer: Capability, **changes: bool) -> None:
    """`archived`, `invited_only`."""
    meeting_id = bearer.meeting_id
    office.check(bearer, meeting_id)
    revision, said = _state(office.store, meeting_id)
    if changes.items() <= said.items():
        return
    told = ", ".join(f"{name}: {value}".lower() for name, value in sorted(changes.items()))
    office.write(bearer, ASKED_STATE, meeting_id, told)
    office.store.save_office(
        [
            record(
                STATE,
                meeting_id,
                f"{meeting_id}/state",
                said | changes,
                actor=bearer.id,
                revision=revision + 1,
            )
        ]
    )


def archive(office: Office, owner: str, meeting_id: str, *, archived: bool) -> None:
    """From the list itself. Raises Refused."""
    opened = open_exam(office, owner, meeting_id)
    bearer = office.store.capability_by_token(tokens.hash_secret(opened))
    if bearer is None:
        raise Refused
    try:
        set_state(office, bearer, archived=archived)
    finally:
        office.store.revoke(bearer.id, datetime.now(UTC))


def is_archived(store: Store, meeting_id: str) -> bool:
    return bool(_state(store, meeting_id)[1].get("archived"))


def _state(store: Store, meeting_id: str) -> tuple[int, dict[str, bool]]:
    """Its revision, 0 if there is none, and what it says."""
    for one in store.office(meeting_id, STATE):
        return one.revision, content_of(one)
    return 0, {}


def ids_of(store: Store, owner: str) -> list[str]:
    """Of the exams on the list."""
    return [one.meeting_id for one in store.office_by_token(owner) if one.kind == LISTED]


def _listed(store: Store, meeting: Meeting, now: datetime) -> Listed:
    people = store.participants(meeting.id)
    is_over = now >= meeting.closes_at
    state = State.FINISHED if is_over else State.RUNNING
    if is_archived(store, meeting.id):
        state = State.ARCHIVED
    elif now < meeting.opens_at:
        state = State.UPCOMING
    return Listed(
        meeting,
        state,
        len(store.invited(meeting.id)),
        len(people),
        sum(one.finished_at is not None for one in people),
        meeting.journey.invited_only,
    )

"""Candidates who are invited by name: a personal link for each, which nobody can ask for again.

An invitation has the id of the participant that it becomes, and the secret of its link is that of
their seat. So the same link opens the door, and resumes the exam on another device; who has come is
whom there is a participant of that id. Names are sealed, and go with the participant.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from proctoring.access import tokens
from proctoring.acts.adjustments import Adjustments, read_adjustments, to_content
from proctoring.acts.kinds import make
from proctoring.ids import new_id
from proctoring.office.guests import MOST, Guest
from proctoring.office.meetings import Office
from proctoring.office.records import INVITATION, content_of, record
from proctoring.plaintext import cell
from proctoring.store import Rejected, Store
from proctoring.types import Act, Capability, OfficeRecord, Participant, Role

ASKED_INVITE = "asked.invite"
ASKED_PERSONAL_LINK = "asked.personal_link"
ASKED_UNINVITE = "asked.uninvite"
AT_ONCE = 500  # records of one call of the store


@dataclass(frozen=True, slots=True)
class Invitation:
    id: str  # of the participant that it becomes
    meeting_id: str
    guest: Guest
    invited_at: datetime  # UTC, or when it last changed
    has_link: bool  # else it was revoked
    revision: int


def invitations(store: Store, meeting_id: str) -> list[Invitation]:
    """In the order of inviting."""
    return [_read(one) for one in store.office(meeting_id, INVITATION)]


def by_secret(store: Store, meeting_id: str, secret: str) -> Invitation | None:
    """Whom the link is for, whether or not they have come."""
    for one in store.office_by_token(tokens.hash_secret(secret)) if secret else ():
        if one.kind == INVITATION and one.meeting_id == meeting_id:
            return _read(one)
    return None


def expected(store: Store, meeting_id: str, participants: Iterable[Participant]) -> int:
    """How many are invited and have not come yet."""
    return len(set(store.invited(meeting_id)) - {one.id for one in participants})


def acts_of(invitation: Invitation, at: datetime) -> list[Act]:
    """What is different for them, as the server does it when they come. Doing it again changes
    nothing: the acts have ids of the invitation's."""
    contents: dict[str, dict[str, object]] = {}
    if invitation.guest.adjustments != Adjustments():
        contents["adjustment"] = to_content(invitation.guest.adjustments)
    if invitation.guest.extra_min:
        contents["extra_time"] = {"seconds": invitation.guest.extra_min * 60}
    return [
        make(
            kind,
            content,
            participant_id=invitation.id,
            at=at,
            act_id=f"invitation/{invitation.id}/{kind}",
        )
        for kind, content in contents.items()
    ]


# --- what an examiner does -------------------------------------------------------------------


def new_among(known: Iterable[Invitation], guests: Iterable[Guest]) -> list[Guest]:
    """Those who are not invited yet: by their id, or by their name where there is none."""
    invited = {_same(one.guest) for one in known}
    return [guest for guest in guests if _same(guest) not in invited]


def invite(
    office: Office, bearer: Capability, guests: Sequence[Guest]
) -> list[tuple[Invitation, str]]:
    """Each with the secret of their link. Raises Refused, and Rejected if they are too many."""
    office.check(bearer, bearer.meeting_id)
    known = invitations(office.store, bearer.meeting_id)
    if len(known) + len(guests) > MOST:
        raise Rejected(f"An exam has at most {MOST} invited candidates.")
    made = [(new_id(), tokens.new_secret(), guest) for guest in guests]
    records = [
        _record(bearer, invitation_id, guest, 1, secret) for invitation_id, secret, guest in made
    ]
    office.write(bearer, ASKED_INVITE, bearer.meeting_id, str(len(records)))
    _save(office.store, records)
    return [(_read(one), secret) for one, (_, secret, _) in zip(records, made, strict=True)]


def new_links(
    office: Office, bearer: Capability, chosen: Sequence[Invitation]
) -> list[tuple[Invitation, str]]:
    """In place of the ones that they had, which open nothing from now on. Who has come already goes
    on by the new one."""
    office.check(bearer, bearer.meeting_id)
    made = [(one, tokens.new_secret()) for one in chosen]
    records = [_record(bearer, one.id, one.guest, one.revision + 1, secret) for one, secret in made]
    seats = _seats(office.store, bearer.meeting_id)
    for one, _ in made:
        office.write(bearer, ASKED_PERSONAL_LINK, one.id, "")
    _save(office.store, records)
    for one, secret in made:
        if old := seats.get(one.id):
            office.store.add_capability(
                tokens.capability(Role.CANDIDATE, bearer.meeting_id, secret, one.id)
            )
            for seat in old:
                office.store.revoke(seat.id, records[0].saved_at)
    return [(_read(new), secret) for new, (_, secret) in zip(records, made, strict=True)]


def revoke(office: Office, bearer: Capability, invitation: Invitation) -> None:
    """Their link opens nothing from now on, nor the exam that they may be in."""
    office.check(bearer, bearer.meeting_id)
    ended = _record(bearer, invitation.id, invitation.guest, invitation.revision + 1, "")
    office.write(bearer, ASKED_UNINVITE, invitation.id, "")
    _save(office.store, [ended])
    for seat in _seats(office.store, bearer.meeting_id).get(invitation.id, ()):
        office.store.revoke(seat.id, ended.saved_at)


def forget(office: Office, bearer: Capability, invitation: Invitation) -> None:
    """Of somebody who has not come: the name goes for good. Raises Rejected on hold."""
    office.check(bearer, bearer.meeting_id)
    office.write(bearer, ASKED_UNINVITE, invitation.id, "erased")
    office.store.erase_office(invitation.id)


def links_csv(made: Iterable[tuple[Invitation, str]], address: str) -> bytes:
    """For the examiner to send out. `address` is the exam's own, to which `&personal=` is added.
    With a byte order mark, by which spreadsheets know UTF-8."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(("name", "id", "email", "link"))
    for one, secret in made:
        guest = one.guest
        cells = (cell(guest.name), cell(guest.own_id), cell(guest.email))
        rows.writerow((*cells, f"{address}&personal={secret}"))
    return text.getvalue().encode("utf-8-sig")


def list_csv(known: Iterable[Invitation], came: Mapping[str, Participant]) -> bytes:
    """Who is invited, without links."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(("name", "id", "email", "extra_minutes", "state"))
    for one in known:
        guest = one.guest
        cells = [cell(guest.name), cell(guest.own_id), cell(guest.email), str(guest.extra_min)]
        rows.writerow([*cells, state_of(one, came)])
    return text.getvalue().encode("utf-8-sig")


def state_of(one: Invitation, came: Mapping[str, Participant]) -> str:
    """ "expected", "joined", "began", "finished", "revoked" """
    person = came.get(one.id)
    if person is None:
        return "expected" if one.has_link else "revoked"
    if not one.has_link and person.finished_at is None:
        return "revoked"
    if person.finished_at:
        return "finished"
    return "began" if person.started_at else "joined"


# --- records -----------------------------------------------------------------------------------


def _same(guest: Guest) -> tuple[str, str]:
    return (guest.own_id.casefold(), "" if guest.own_id else guest.name.casefold())


def _save(store: Store, records: Sequence[OfficeRecord]) -> None:
    for start in range(0, len(records), AT_ONCE):
        store.save_office(records[start : start + AT_ONCE])


def _seats(store: Store, meeting_id: str) -> dict[str, list[Capability]]:
    """Those of candidates that open something, by participant."""
    found: dict[str, list[Capability]] = {}
    for one in store.capabilities(meeting_id):
        if one.participant_id and one.revoked_at is None:
            found.setdefault(one.participant_id, []).append(one)
    return found


def _record(
    bearer: Capability, invitation_id: str, guest: Guest, revision: int, secret: str
) -> OfficeRecord:
    return record(
        INVITATION,
        bearer.meeting_id,
        invitation_id,
        {
            "name": guest.name,
            "own_id": guest.own_id,
            "email": guest.email,
            "extra_min": guest.extra_min,
            "adjustments": to_content(guest.adjustments),
        },
        actor=bearer.id,
        revision=revision,
        token_hash=tokens.hash_secret(secret) if secret else "",
    )


def _read(one: OfficeRecord) -> Invitation:
    said = content_of(one)
    guest = Guest(
        name=str(said.get("name", "")),
        own_id=str(said.get("own_id", "")),
        email=str(said.get("email", "")),
        extra_min=int(said.get("extra_min", 0)),
        adjustments=read_adjustments(said.get("adjustments", {})),
    )
    return Invitation(
        one.id, one.meeting_id, guest, one.saved_at, bool(one.token_hash), one.revision
    )

"""What is kept too long is erased: pictures, sounds, traces and stills first, names and keys later.

Counted from the closing of the meeting. What a legal hold covers stays. Erasing again, and
by several servers at once, changes nothing. What fails for one meeting or one candidate is told,
and stops none of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from proctoring.audit import events
from proctoring.store import Rejected, Store, StoreError, Unknown
from proctoring.store.embedded.office import INVITATION
from proctoring.types import Meeting, Participant, Role

# A server that dies between erasing and logging it leaves this to the next round.
_LOGGED_WITHIN = timedelta(days=2)
_GRACE = timedelta(days=1)  # for servers that were down, or a round that failed


@dataclass(frozen=True, slots=True)
class Policy:
    evidence: timedelta  # from a meeting's closing until its pictures and sounds go
    records: timedelta  # until names and keys go, and whatever is left of the first

    @classmethod
    def of_days(cls, evidence: int, records: int) -> Policy:
        return cls(timedelta(days=evidence), timedelta(days=records))


@dataclass(frozen=True, slots=True)
class Due:
    participant: Participant
    everything: bool  # or pictures and sounds alone


@dataclass(frozen=True, slots=True)
class Erasure:
    participant_id: str
    meeting_id: str
    pieces: int  # pictures and sounds that were destroyed now
    everything: bool


@dataclass(frozen=True, slots=True)
class Failure:
    meeting_id: str
    participant_id: str  # "" if it is the meeting itself
    error: Exception

    def __str__(self) -> str:
        whose = f"candidate {self.participant_id} of " if self.participant_id else ""
        kind = "" if isinstance(self.error, StoreError) else f"{type(self.error).__name__}: "
        return f"{whose}meeting {self.meeting_id}: {kind}{self.error}"


def due(
    meetings: Iterable[Meeting],
    participants: Iterable[Participant],
    now: datetime,
    policy: Policy,
) -> list[Due]:
    """Who is to be erased, and how far. Holds are not known here."""
    closed = {meeting.id: meeting.closes_at for meeting in meetings}
    found = []
    for participant in participants:
        age = now - closed[participant.meeting_id]
        everything = age >= policy.records
        if participant.erased_at is None and (everything or age >= policy.evidence):
            found.append(Due(participant, everything))
    return found


def run(
    store: Store, now: datetime, policy: Policy, failed: Callable[[Failure], object]
) -> list[Erasure]:
    """Erase what is due. A meeting that is put on hold meanwhile is left as it is then."""
    done: list[Erasure] = []
    for meeting in store.meetings():
        try:
            people = _people(store, meeting, failed)
            _log_again(store, people, now)
            if store.held(meeting.id):
                continue
            traced = _has_more(store, meeting)
        except Exception as error:  # whatever it is, the next meeting is not to wait for it
            failed(Failure(meeting.id, "", error))
            continue
        for one in due([meeting], people, now, policy):
            is_new = now - meeting.closes_at - policy.evidence < _LOGGED_WITHIN
            try:
                if erasure := _erase(store, one, now, is_new, one.participant.id in traced):
                    done.append(erasure)
            except Exception as error:
                if isinstance(error, Rejected) and _is_held(store, meeting.id):
                    break  # since it was asked
                failed(Failure(meeting.id, one.participant.id, error))
        try:
            _forget_invited(store, meeting, now, policy)
        except Exception as error:
            failed(Failure(meeting.id, "", error))
    return done


def overdue(store: Store, now: datetime, policy: Policy) -> Iterator[str]:
    """What a server that runs would have erased a day ago, and has not, in sentences."""
    for meeting in store.meetings():
        found: list[Failure] = []
        try:
            people = _people(store, meeting, found.append)
            if not store.held(meeting.id):
                traced = _has_more(store, meeting)
                for one in due([meeting], people, now - _GRACE, policy):
                    refs = store.evidence_of(one.participant.id)
                    is_left = one.participant.id in traced or not all(r.is_erased for r in refs)
                    if one.everything or is_left:
                        yield f"candidate {one.participant.id} of meeting {meeting.id} is overdue"
                for invited in _invited(store, meeting, now - _GRACE, policy):
                    yield f"invitation {invited} of meeting {meeting.id} is overdue"
        except StoreError as error:
            found.append(Failure(meeting.id, "", error))
        yield from (str(failure) for failure in found)


def erase_participant(store: Store, participant_id: str, at: datetime) -> Erasure:
    """Key, name, pictures and sounds, and an entry in the log. Rejected on hold."""
    left = [ref for ref in store.evidence_of(participant_id) if not ref.is_erased]
    store.erase(participant_id, at)
    participant = store.participant(participant_id)  # a name that was damaged is gone by now
    _log_erased(store, participant)
    return Erasure(participant_id, participant.meeting_id, len(left), True)


def _forget_invited(store: Store, meeting: Meeting, now: datetime, policy: Policy) -> None:
    """Names of who never came; those of the others went with them."""
    for invited in _invited(store, meeting, now, policy):
        store.erase_office(invited)


def _invited(store: Store, meeting: Meeting, now: datetime, policy: Policy) -> set[str]:
    """Whose invitations are to go. One that cannot be opened is told of by its link alone."""
    if now - meeting.closes_at < policy.records:
        return set()
    return {*store.invited(meeting.id), *(one.id for one in store.office(meeting.id, INVITATION))}


def _people(
    store: Store, meeting: Meeting, failed: Callable[[Failure], object]
) -> list[Participant]:
    """Whose name cannot be opened is among them, without it: what is due goes all the same."""
    try:
        return store.participants(meeting.id)
    except StoreError as error:
        seats = [c for c in store.capabilities(meeting.id) if c.role is Role.CANDIDATE]
        people = [_person(store, meeting, c.participant_id) for c in seats if c.participant_id]
        failed(Failure(meeting.id, "", error))
        return people


def _person(store: Store, meeting: Meeting, participant_id: str) -> Participant:
    try:
        return store.participant(participant_id)
    except Unknown:
        raise
    except StoreError:
        return Participant(participant_id, meeting.id, "", meeting.created_at)


def _has_more(store: Store, meeting: Meeting) -> set[str]:
    """Ids of those of whom there is more than pictures and sounds to erase with them."""
    return {*store.traced(meeting.id), *store.with_stills(meeting.id)}


def _is_held(store: Store, meeting_id: str) -> bool:
    try:
        return bool(store.held(meeting_id))
    except StoreError:
        return False


def _erase(store: Store, one: Due, now: datetime, is_new: bool, is_traced: bool) -> Erasure | None:
    if one.everything:
        return erase_participant(store, one.participant.id, now)
    person, refs = one.participant, store.evidence_of(one.participant.id)
    # Asked, so that a quiet hour writes nothing.
    if not is_traced and all(ref.is_erased for ref in refs):
        if refs and is_new and not _is_logged(store, person):
            _log_evidence(store, person, len(refs))
        return None
    pieces = store.erase_evidence(person.id)
    if not pieces and (refs or not is_traced):
        return None  # another server was first
    _log_evidence(store, person, pieces)
    return Erasure(person.id, person.meeting_id, pieces, False)


def _log_evidence(store: Store, person: Participant, pieces: int) -> None:
    action = events.EVIDENCE_ERASED
    store.append_audit(
        events.done(person.meeting_id, events.SERVER, action, person.id, str(pieces))
    )


def _is_logged(store: Store, person: Participant) -> bool:
    wanted = (events.EVIDENCE_ERASED, person.id)
    log = store.audit_log(person.meeting_id)
    return any((entry.event.action, entry.event.subject) == wanted for entry in log)


def _log_again(store: Store, participants: Sequence[Participant], now: datetime) -> None:
    for participant in participants:
        if participant.erased_at and now - participant.erased_at < _LOGGED_WITHIN:
            _log_erased(store, participant)


def _log_erased(store: Store, participant: Participant) -> None:
    """With the time that counts, so that two servers write one entry."""
    if at := participant.erased_at:
        pieces = len(store.evidence_of(participant.id))
        store.append_audit(events.erased(participant.meeting_id, participant.id, at, pieces))

"""Sends one row of the outbox: the record as it is here now, by the same verb, to the remote.

Repeating any of it changes nothing, so a row is sent again whenever the answer was lost.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import TypeVar

from proctoring.store import EvidenceRef, Rejected, Store, Unknown
from proctoring.store.embedded import acts, answers, enrolments, office, papers, stills, traces
from proctoring.store.embedded.files import Damaged
from proctoring.store.embedded.outbox import Row
from proctoring.store.embedded.rows import one
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.types import Act, Answer, AuditEvent, CoverageSpan, Notice, Occurrence, Still, Trace

BATCHED = "save_coverage"  # the one verb that takes several records

_Sender = Callable[[SqliteStore, Store, str], None]  # of the row with this key
_Own = TypeVar("_Own", Answer, Act, Trace, Still)


def send(local: SqliteStore, remote: Store, rows: Sequence[Row]) -> None:
    """One row, or several of `BATCHED`.

    Raises Rejected or Unknown if the remote will never take it; another StoreError if either
    store cannot now.
    """
    if rows[0].verb == BATCHED:
        with local.database.read() as db:
            spans = [one(db, CoverageSpan, "coverage_span", row.key) for row in rows]
        remote.save_coverage(spans)
        return
    for row in rows:
        _SENDERS[row.verb](local, remote, row.key)


def _add_meeting(local: SqliteStore, remote: Store, key: str) -> None:
    remote.add_meeting(local.meeting(key))


def _hold(local: SqliteStore, remote: Store, key: str) -> None:
    remote.hold(key, local.held(key))


def _add_capability(local: SqliteStore, remote: Store, key: str) -> None:
    remote.add_capability(local.capability(key))


def _revoke(local: SqliteStore, remote: Store, key: str) -> None:
    if at := local.capability(key).revoked_at:
        remote.revoke(key, at)


def _add_participant(local: SqliteStore, remote: Store, key: str) -> None:
    participant = local.participant(key)
    if participant.erased_at is not None:
        # They may have been sent before, under the name that is gone: then there is nothing
        # to add, and the row of the erasure follows.
        try:
            remote.participant(key)
            return
        except Unknown:
            pass
    remote.add_participant(participant)


def _start(local: SqliteStore, remote: Store, key: str) -> None:
    if at := local.participant(key).started_at:
        remote.start(key, at)


def _finish(local: SqliteStore, remote: Store, key: str) -> None:
    participant = local.participant(key)
    if participant.finished_at:
        remote.finish(key, participant.finished_at, participant.finish_reason)


def _add_key(local: SqliteStore, remote: Store, key: str) -> None:
    wrapped = local.key(key)
    if wrapped is None:
        return  # erased since
    try:
        kept = remote.add_key(key, wrapped)
    except Rejected:
        if remote.participant(key).erased_at is None:
            raise
        return  # erased by another server
    if kept != wrapped:
        raise Rejected(
            f"Another server had made a key for participant {key!r} before this one could be"
            " reached: what was sealed here meanwhile opens on this server alone."
        )


def _save_occurrence(local: SqliteStore, remote: Store, key: str) -> None:
    with local.database.read() as db:
        occurrence = one(db, Occurrence, "occurrence", key)
    remote.save_occurrence(occurrence)


def _save_evidence(local: SqliteStore, remote: Store, key: str) -> None:
    try:
        evidence = local.evidence(key)
    except Unknown:
        return  # erased since
    except Damaged as error:
        try:
            remote.evidence(key)  # perhaps it had arrived, and only the answer was lost
        except Unknown:
            raise Rejected(str(error)) from error
        return
    try:
        remote.save_evidence(evidence)
    except Rejected:
        with local.database.read() as db:
            ref = one(db, EvidenceRef, "evidence", key)
            owner = one(db, Occurrence, "occurrence", ref.occurrence_id)
        if not ref.is_erased and remote.participant(owner.participant_id).erased_at is None:
            raise  # not because it was erased, here or by another server


def _save_notice(local: SqliteStore, remote: Store, key: str) -> None:
    for notice in local.notices([key]):
        remote.save_notice(Notice(notice.occurrence_id, notice.shown_at))


def _save_paper(local: SqliteStore, remote: Store, key: str) -> None:
    with local.database.read() as db:
        paper, answer_key = papers.paper_of(db, key), papers.key_of(db, key)
    if paper is None or answer_key is None:
        return
    try:
        remote.save_paper(paper, answer_key)
    except Rejected:
        if remote.paper(key, after=paper.revision) is None:
            raise  # not because a newer one has taken its place


def _save_office(local: SqliteStore, remote: Store, key: str) -> None:
    with local.database.read() as db:
        record = office.by_id(db, key)
    if record is None or not record.content:
        return  # erased since
    try:
        remote.save_office([record])
    except Rejected:
        known = remote.office(record.meeting_id, record.kind)
        if any(one.id == key and one.revision == record.revision for one in known):
            raise  # not because it was erased by another server


def _erase_office(local: SqliteStore, remote: Store, key: str) -> None:
    try:
        remote.erase_office(key)
    except Unknown:
        return  # it never came there


def _of_a_participant(
    find: Callable[[sqlite3.Connection, str], _Own | None], save: Callable[[Store, _Own], None]
) -> _Sender:
    """For records that go when their participant is erased."""

    def send(local: SqliteStore, remote: Store, key: str) -> None:
        with local.database.read() as db:
            record = find(db, key)
        if record is None:
            return  # erased since
        try:
            save(remote, record)
        except Rejected:
            if remote.participant(record.participant_id).erased_at is None:
                raise  # not because another server erased them

    return send


def _save_enrolment(local: SqliteStore, remote: Store, key: str) -> None:
    with local.database.read() as db:
        enrolled = enrolments.by_outbox_key(db, key)
    if enrolled:  # or they have finished since
        remote.save_enrolment(enrolled)


def _erase_enrolments(local: SqliteStore, remote: Store, key: str) -> None:
    if not local.enrolments(key):  # or there are newer ones since
        remote.erase_enrolments(key)


def _save_staff(local: SqliteStore, remote: Store, key: str) -> None:
    for member in local.staff():
        if member.entry == key:
            remote.save_staff(member)


def _remove_staff(local: SqliteStore, remote: Store, key: str) -> None:
    if key not in (member.entry for member in local.staff()):  # or they were added again
        remote.remove_staff(key)


def _append_audit(local: SqliteStore, remote: Store, key: str) -> None:
    with local.database.read() as db:
        event = one(db, AuditEvent, "audit", key)
    remote.append_audit(event)


def _erase_evidence(local: SqliteStore, remote: Store, key: str) -> None:
    remote.erase_evidence(key)


def _erase(local: SqliteStore, remote: Store, key: str) -> None:
    if at := local.participant(key).erased_at:
        remote.erase(key, at)


_SENDERS: dict[str, _Sender] = {
    "add_meeting": _add_meeting,
    "hold": _hold,
    "add_capability": _add_capability,
    "revoke": _revoke,
    "add_participant": _add_participant,
    "start": _start,
    "finish": _finish,
    "add_key": _add_key,
    "save_occurrence": _save_occurrence,
    "save_evidence": _save_evidence,
    "save_notice": _save_notice,
    "save_paper": _save_paper,
    "save_answer": _of_a_participant(
        answers.by_outbox_key, lambda remote, answer: remote.save_answer(answer)
    ),
    "save_act": _of_a_participant(acts.by_id, lambda remote, act: remote.save_act(act)),
    "save_trace": _of_a_participant(traces.by_id, lambda remote, trace: remote.save_trace(trace)),
    "save_still": _of_a_participant(stills.by_id, lambda remote, still: remote.save_still(still)),
    "save_office": _save_office,
    "erase_office": _erase_office,
    "save_enrolment": _save_enrolment,
    "erase_enrolments": _erase_enrolments,
    "save_staff": _save_staff,
    "remove_staff": _remove_staff,
    "append_audit": _append_audit,
    "erase_evidence": _erase_evidence,
    "erase": _erase,
}

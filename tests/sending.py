"""A store, the outbox in it, and the remote store that it is sent to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from exams import act, answer, answer_key, paper, staff, still, trace
from faults import Faulty
from making import at, occurrence
from stores import capability, enrolled, event, evidence, meeting, participant, span
from waiting import wait_until

from proctoring.store import Store
from proctoring.store.embedded.outbox import Outbox
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.store.synced.drainer import Drainer
from proctoring.store.synced.requeue import connect
from proctoring.types import Notice, Role, StaffRole


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[Faulty]:
    store = SqliteStore(tmp_path / "remote")
    yield Faulty(store)
    store.close()


@pytest.fixture
def local(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "local", busy_timeout_s=0.2)
    connect(store.database, "a remote store", store.has_file)
    yield store
    store.close()


@pytest.fixture
def outbox(local: SqliteStore) -> Outbox:
    return Outbox(local.database)


@contextmanager
def draining(local: SqliteStore, remote: Faulty) -> Iterator[Drainer]:
    drainer = Drainer(local, remote.as_store, first_pause_s=0.01)
    yield drainer
    drainer.close(timeout_s=0)


def drain(local: SqliteStore, remote: Faulty) -> None:
    """Until nothing waits."""
    with draining(local, remote):
        wait_until(lambda: not Outbox(local.database).summary().waiting)


def whole(store: Store) -> object:
    """All that can be read of meeting "m"."""
    incidents = store.feed("m").incidents
    ids = sorted(o.id for incident in incidents for o in incident.occurrences)
    return (
        store.meeting("m"),
        store.participants("m"),
        store.capabilities("m"),
        sorted(incidents, key=lambda incident: incident.id),
        [store.evidence(ref.id) for ref in store.evidence_list(ids)],
        store.notices(ids),
        [store.coverage(p.id) for p in store.participants("m")],
        [store.key(p.id) for p in store.participants("m")],
        store.held("m"),
        store.paper("m"),
        store.answer_key("m"),
        [store.answers(p.id) for p in store.participants("m")],
        [store.acts(p.id) for p in store.participants("m")],
        [store.traces(p.id) for p in store.participants("m")],
        [store.still(s.id) for p in store.participants("m") for s in store.stills(p.id)],
        [store.enrolments(p.id) for p in store.participants("m")],
        store.staff(),
    )


def write_everything(store: Store) -> None:
    proctor = capability()
    store.add_meeting(meeting(), proctor, capability(role=Role.EXAMINER))
    for name in "pq":
        own = capability(role=Role.CANDIDATE, participant_id=name)
        store.add_participant(participant(id=name), own)
        store.add_key(name, f"key of {name}")
        store.start(name, at(2))
        opened = occurrence(10, participant_id=name)
        store.save_occurrence(opened)
        store.save_evidence(evidence(opened.id, name.encode()))
        store.save_notice(Notice(opened.id, at(11)))
        store.save_occurrence(replace(opened, last_seen_at=at(20), closed_at=at(21)))
        store.save_coverage([span(participant_id=name), span(participant_id=name)])
        for revision in (1, 2):
            store.save_answer(answer(revision, str(revision), participant_id=name))
        for number in (1, 2):
            store.save_act(act(number, id=f"{name}{number}", participant_id=name))
        for number in (1, 2):
            store.save_trace(trace(number, id=f"{name}{number}", participant_id=name))
        for number in (1, 2):
            store.save_still(still(number, id=f"{name}{number}", participant_id=name))
        store.save_enrolment(enrolled(participant_id=name))
        store.finish(name, at(60), "submitted")
    store.add_participant(participant(id="r"))
    for second in (1, 2):
        store.save_enrolment(enrolled(second, participant_id="r"))
    store.revoke(proctor.id, at(70))
    store.append_audit(event())
    store.append_audit(event())
    store.hold("m", "appeal 7")
    for revision in (1, 2):
        store.save_paper(paper(revision), answer_key(revision))
    for role in (StaffRole.EXAMINER, StaffRole.REVIEWER):
        store.save_staff(staff(role=role))
    store.save_staff(staff("@uni.example"))
    store.remove_staff("@uni.example")

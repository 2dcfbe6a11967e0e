"""Is what is kept of a meeting what was kept? The log against the records and their bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from proctoring.audit import chain, events
from proctoring.store import EvidenceRef, Store, StoreError, Unknown
from proctoring.store.settled import as_made
from proctoring.types import AuditEntry, AuditEvent, Participant


@dataclass(slots=True)
class Report:
    meeting_id: str
    entries: int  # of the log
    head: str  # the hash of its last entry; to be written down
    kept: int = 0  # pictures and sounds that are there, and what they were
    erased: int = 0  # pictures and sounds
    unlogged: int = 0  # records without an entry: of an earlier version, or of a killed server
    problems: list[str] = field(default_factory=list)  # sentences


def check(
    store: Store, meeting_id: str, expect: str = "", on_evidence: Callable[[], None] = lambda: None
) -> Report:
    """Reads every picture and sound. `expect` is a head that was written down. Raises Unknown."""
    log = store.audit_log(meeting_id)
    report = Report(meeting_id, len(log), log[-1].hash if log else chain.START)
    report.problems += _chain(log, expect)
    told = _Events(entry.event for entry in log)
    people = store.participants(meeting_id)
    ids = {events.MEETING_CREATED: {meeting_id}}
    ids[events.PARTICIPANT_JOINED] = {person.id for person in people}
    ids[events.CAPABILITY_MADE] = {one.id for one in store.capabilities(meeting_id)}
    ids[events.INCIDENT_CLOSED], ids[events.EVIDENCE_KEPT] = set(), set()
    for event in events.kept(as_made(store, meeting_id)):
        _compare(report, told, event)
    for person in people:
        _check_erasure(report, told, person)
        if person.erased_at is None:
            _check_acts(report, log, store, person)
        for ref in store.evidence_of(person.id):
            ids[events.EVIDENCE_KEPT].add(ref.id)
            _check_evidence(report, told, store, ref, meeting_id, person)
            on_evidence()
    for incident in store.feed(meeting_id).incidents:
        for occurrence in incident.occurrences:
            ids[events.INCIDENT_CLOSED].add(occurrence.id)
            for event in events.kept(occurrence):
                _compare(report, told, event)
    for action, known in ids.items():
        for subject in told.subjects(action) - known:
            report.problems.append(f"The log says {action} of {subject}, and it is not here.")
    return report


class _Events:
    """The log by action and subject."""

    def __init__(self, events: Iterator[AuditEvent]) -> None:
        self._details: dict[str, dict[str, set[str]]] = {}
        for event in events:
            of_action = self._details.setdefault(event.action, {})
            of_action.setdefault(event.subject, set()).add(event.detail)

    def subjects(self, action: str) -> set[str]:
        return set(self._details.get(action, ()))

    def details(self, action: str, subject: str) -> set[str]:
        return self._details.get(action, {}).get(subject, set())


def _chain(log: Sequence[AuditEntry], expect: str) -> Iterator[str]:
    if place := chain.broken_at(log):
        yield f"The log was changed: its entry {place} does not follow from those before it."
    if expect and expect not in (chain.START, *(entry.hash for entry in log)):
        yield f"The log does not go back to {expect}: it was cut off, or written anew."


def _compare(report: Report, told: _Events, event: AuditEvent) -> None:
    """`event` is what the log should say of a record as it is now."""
    logged = told.details(event.action, event.subject)
    if not logged:
        report.unlogged += 1
    elif event.detail not in logged:
        report.problems.append(
            f"{event.subject} is not what it was when the log said {event.action}."
        )


def _check_erasure(report: Report, told: _Events, person: Participant) -> None:
    was_erased = bool(told.details(events.PARTICIPANT_ERASED, person.id))
    if was_erased and person.erased_at is None:
        report.problems.append(f"Participant {person.id} was erased, and is here again.")
    if person.erased_at and not was_erased:
        report.problems.append(f"Participant {person.id} was erased, and the log does not say so.")


def _check_acts(
    report: Report, log: Sequence[AuditEntry], store: Store, person: Participant
) -> None:
    """Was anything that was done taken away? What was said is sealed, and proves itself."""
    logged = {
        entry.event.detail: entry.event.action
        for entry in log
        if entry.event.subject == person.id and entry.event.action.startswith(events.ACT)
    }
    here = {act.id for act in store.acts(person.id)}
    report.unlogged += len(here - logged.keys())
    for act_id in logged.keys() - here:
        report.problems.append(f"The log says {logged[act_id]} {act_id}, and it is not here.")


def _check_evidence(
    report: Report,
    told: _Events,
    store: Store,
    ref: EvidenceRef,
    meeting_id: str,
    person: Participant,
) -> None:
    kept = events.evidence_kept(meeting_id, ref.id, ref.captured_at, ref.sha256)
    _compare(report, told, kept)
    if ref.is_erased:
        report.erased += 1
        if not any(
            told.details(action, person.id)
            for action in (events.EVIDENCE_ERASED, events.PARTICIPANT_ERASED)
        ):
            report.problems.append(f"Evidence {ref.id} was erased, and the log does not say so.")
        return
    try:
        store.evidence(ref.id)
    except Unknown:
        report.erased += 1  # since it was listed
    except StoreError as error:
        report.problems.append(str(error))
    else:
        report.kept += 1

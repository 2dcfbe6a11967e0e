"""Everything that is kept about one candidate, or of a whole meeting, in open formats.

Files come one by one, as a name and its bytes, so that a whole meeting never is in memory.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from proctoring import plaintext
from proctoring.store import StillRef, Store
from proctoring.store.embedded.office import INVITATION
from proctoring.store.settled import POLICY
from proctoring.traces.told import observations
from proctoring.types import (
    Act,
    Answer,
    AuditEntry,
    Incident,
    Meeting,
    OfficeRecord,
    Participant,
)

EXTENSIONS = {"image/jpeg": "jpg", "audio/wav": "wav"}
CSV_COLUMNS = (
    "participant_id",
    "name",
    "kind",
    "title",
    "category",
    "severity",
    "summary",
    "opened_at",
    "last_seen_at",
    "closed_at",
    "times",
    "occurrence_id",
)

File = tuple[str, bytes]  # "pictures/….jpg" and what is in it


def of_participant(store: Store, participant_id: str) -> Iterator[File]:
    """`participant.json`, with answers and acts; `observations.jsonl`, if they are kept;
    `pictures/*.jpg`, `sounds/*.wav`; `stills/*.jpg` of what was shared. Raises Unknown.

    Neither the questions nor what solves them: those are the examiner's.
    """
    person = store.participant(participant_id)
    meeting = store.meeting(person.meeting_id)
    log = store.audit_log(meeting.id)
    yield from _of(store, meeting, person, log, "", _invited(store, meeting.id))


def of_meeting(store: Store, meeting_id: str) -> Iterator[File]:
    """`meeting.json`, `policy_versions.json`, `invited.json`, `incidents.csv`, `log.json`,
    `paper.json` and `answer_key.json` if there is
    a paper, and a folder a candidate. Raises Unknown."""
    meeting, people = store.meeting(meeting_id), store.participants(meeting_id)
    log = store.audit_log(meeting_id)
    capabilities = [
        {name: value for name, value in asdict(one).items() if name != "token_hash"}
        for one in store.capabilities(meeting_id)
    ]
    held = store.held(meeting_id)
    about = asdict(meeting) | {"capabilities": capabilities, "legal_hold": held}
    yield "meeting.json", _json(about)
    yield "log.json", _json([_entry(entry) for entry in log])
    for name, kept in (
        ("paper.json", store.paper(meeting_id)),
        ("answer_key.json", store.answer_key(meeting_id)),
    ):
        if kept:
            yield name, _json(asdict(kept) | {"content": json.loads(kept.content)})
    yield "policy_versions.json", _json([_record(one) for one in store.office(meeting_id, POLICY)])
    invited = _invited(store, meeting_id)
    yield "invited.json", _json(list(invited.values()))
    names = {person.id: person.name for person in people}
    yield "incidents.csv", _csv(store.feed(meeting_id).incidents, names)
    for person in people:
        yield from _of(store, meeting, person, log, f"participants/{_safe(person.id)}/", invited)


def _of(
    store: Store,
    meeting: Meeting,
    person: Participant,
    log: Sequence[AuditEntry],
    folder: str,
    invited: Mapping[str, dict[str, Any]],
) -> Iterator[File]:
    incidents = store.feed(meeting.id, participant_id=person.id).incidents
    ids = [o.id for incident in incidents for o in incident.occurrences]
    refs = store.evidence_of(person.id)
    files = {ref.id: f"{_KINDS[ref.media_type]}/{_safe(ref.id)}" for ref in refs}
    evidence = [
        {
            "id": ref.id,
            "occurrence_id": ref.occurrence_id,
            "captured_at": ref.captured_at,
            "media_type": ref.media_type,
            "sha256_as_kept": ref.sha256,
            "file": None if ref.is_erased else f"{files[ref.id]}.{EXTENSIONS[ref.media_type]}",
        }
        for ref in refs
    ]
    shared = store.stills(person.id)
    about = {person.id, *ids, *files}
    yield (
        f"{folder}participant.json",
        _json(
            {
                "participant": asdict(person),
                "meeting": asdict(meeting),
                "invitation": invited.get(person.id),
                "answers": [_answer(one) for one in store.answers(person.id)],
                "acts": [_act(one) for one in store.acts(person.id)],
                "known_again_by": _enrolments(store, person.id),
                "incidents": [_incident(incident) for incident in incidents],
                "evidence": evidence,
                "warnings_shown": [asdict(notice) for notice in store.notices(ids)],
                "coverage": [asdict(span) for span in store.coverage(person.id)],
                "stills": [_still(ref) for ref in shared],
                "log": [_entry(entry) for entry in log if entry.event.subject in about],
            }
        ),
    )
    if observed := store.traces(person.id):
        yield f"{folder}observations.jsonl", b"".join(map(observations, observed))
    for ref in refs:
        if not ref.is_erased:
            name = f"{folder}{files[ref.id]}.{EXTENSIONS[ref.media_type]}"
            yield name, store.evidence(ref.id).data
    for still in shared:
        yield f"{folder}{_still(still)['file']}", store.still(still.id).data


def _invited(store: Store, meeting_id: str) -> dict[str, dict[str, Any]]:
    """By participant, whether or not they came."""
    return {one.id: _record(one) for one in store.office(meeting_id, INVITATION)}


def _record(one: OfficeRecord) -> dict[str, Any]:
    """Without the hash of a link."""
    about = {name: value for name, value in asdict(one).items() if name != "token_hash"}
    return about | {"content": json.loads(one.content)}


KNOWN_AGAIN = (
    "Numbers that the first minute taught, by which a face and a way of looking at the screen are"
    " known again in the same exam. They say nothing outside of it, and are destroyed when it ends."
)
_KINDS = {"image/jpeg": "pictures", "audio/wav": "sounds"}


def _incident(incident: Incident) -> dict[str, Any]:
    return {"id": incident.id, "occurrences": [asdict(one) for one in incident.occurrences]}


def _still(ref: StillRef) -> dict[str, Any]:
    about = asdict(ref)
    about["sha256_as_kept"] = about.pop("sha256")
    return about | {"file": f"stills/{_safe(ref.id)}.jpg"}


def _answer(answer: Answer) -> dict[str, Any]:
    return asdict(answer) | {"content": json.loads(answer.content)}


def _act(act: Act) -> dict[str, Any]:
    """Of everybody, also what staff noted: it is about this candidate."""
    return asdict(act) | {"content": json.loads(act.content)}


def _enrolments(store: Store, participant_id: str) -> dict[str, Any]:
    """That they exist, and not what they hold: no export is to be another place for them."""
    kept = store.enrolments(participant_id)
    said = [{"kind": one.kind, "saved_at": one.saved_at, "size": len(one.content)} for one in kept]
    return {"about": KNOWN_AGAIN, "kept_now": said}


def _entry(entry: AuditEntry) -> dict[str, Any]:
    return asdict(entry.event) | {"number": entry.number, "hash": entry.hash}


def _csv(incidents: Sequence[Incident], names: dict[str, str]) -> bytes:
    """A line an occurrence. With a byte order mark, by which spreadsheets know UTF-8."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(CSV_COLUMNS)
    for incident in incidents:
        for one in incident.occurrences:
            values = asdict(one) | {
                "name": names.get(one.participant_id, ""),
                "severity": one.severity.name.lower(),
                "times": incident.count,
                "occurrence_id": one.id,
            }
            lines.writerow(_cell(values[column]) for column in CSV_COLUMNS)
    return text.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return plaintext.cell("" if value is None else str(value))


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2, default=_plain).encode(
        errors="surrogatepass"
    )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} cannot be exported")


def _safe(name: str) -> str:
    """As part of a path: ids are made by the server, and a damaged one must not lead out."""
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in name)

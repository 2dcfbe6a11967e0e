"""The archive of an exam: every record and every action in a chain of hashes, and a signed end.

    records.jsonl    one record a line, each with the hash of all before it
    evidence/…       the pictures and sounds as they were taken; a record has the hash of each;
                     stills, too
    observed/…       what was measured, minute by minute, as JSON Lines; likewise
    checkpoint.json  how many records, the last hash, when, by which key; signed (Ed25519)
    verify.py        checks all of it with Python's own library alone
    README.txt       how

It holds names, and pictures in which nobody is blurred, because it proves what was kept: it is for
examiners alone, made by an operator, and a deletion does not reach it.
"""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from proctoring.access.tokens import load_key
from proctoring.archive import verify
from proctoring.store import EvidenceRef, StillRef, Store, Unknown
from proctoring.traces.told import observations
from proctoring.types import Participant, Severity, Trace

KEY_FILE = "archive.key"
EXTENSIONS = {"image/jpeg": "jpg", "audio/wav": "wav"}
STILL, TRACE = "still", "observed"  # of what a candidate shared; a minute of what was measured
README = """An exam, as OpenProctor kept it
===============================

records.jsonl has one record a line: the exam and its policy, who took part, what was observed,
what people did, the log. evidence/ has the pictures and sounds, observed/ what was measured minute
by minute (JSON Lines, packed by gzip), all named in those records. The pictures are as they were
taken: whoever else is in them can be recognised. Show them to nobody who need not see them.

To check that nothing was changed, left out or put in since {made_at}:

    python verify.py .        (in this folder, or with the ZIP file in place of the dot)

It needs Python 3.9 or later and nothing else. To check who wrote it, too, ask the exam office for
their key and add:  --key …

Incidents are observations of software. People judge; no verdict in here was made by a program.
"""

File = tuple[str, bytes]  # its name in the archive, and what is in it
_Record = tuple[str, dict[str, Any]]  # its kind, and what it says


def load_signer(data_dir: Path, sealing_key: bytes) -> Ed25519PrivateKey:
    """Of this folder, or one that all servers with the same sealing key share."""
    seed = (
        hmac.digest(sealing_key, b"archives", "sha256")
        if sealing_key
        else load_key(data_dir / KEY_FILE)
    )
    return Ed25519PrivateKey.from_private_bytes(seed)


def public_key(signer: Ed25519PrivateKey) -> str:
    """Hex; what others verify archives with."""
    return signer.public_key().public_bytes_raw().hex()


def files(store: Store, meeting_id: str, signer: Ed25519PrivateKey) -> Iterator[File]:
    """One by one, so that a whole exam never is in memory. Raises Unknown, StoreError."""
    head, count, lines = verify.START, 0, bytearray()
    for kind, content in _records(store, meeting_id):
        if data := _data(store, kind, content):
            content |= {"file": _name(kind, content), "sha256": hashlib.sha256(data).hexdigest()}
            yield content["file"], data
        count += 1
        head = verify.digest(head, count, kind, content)
        lines += (
            verify.canonical({"number": count, "kind": kind, "content": content, "hash": head})
            + b"\n"
        )
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    yield verify.RECORDS, bytes(lines)
    yield verify.CHECKPOINT, _checkpoint(signer, head, count, made_at)
    yield "verify.py", Path(verify.__file__).read_bytes()
    yield "README.txt", README.format(made_at=made_at).encode()


def _checkpoint(signer: Ed25519PrivateKey, head: str, count: int, made_at: str) -> bytes:
    said = {
        "format": verify.FORMAT,
        "made_at": made_at,
        "records": count,
        "head": head,
        "key": public_key(signer),
    }
    signature = signer.sign(verify.canonical(said)).hex()
    return json.dumps(said | {"signature": signature}, indent=2).encode() + b"\n"


def _records(store: Store, meeting_id: str) -> Iterator[_Record]:
    yield "meeting", _plain(asdict(store.meeting(meeting_id)))
    for version in store.office(meeting_id, "policy"):
        about = asdict(version) | {"content": json.loads(version.content)}
        yield "policy_version", _plain(about)
    for capability in store.capabilities(meeting_id):
        about = asdict(capability)
        del about["token_hash"]
        yield "capability", _plain(about)
    for person in store.participants(meeting_id):
        yield from _of_participant(store, meeting_id, person)
    for entry in store.audit_log(meeting_id):
        told = asdict(entry.event) | {"log_number": entry.number, "log_hash": entry.hash}
        yield "log", _plain(told)


def _of_participant(store: Store, meeting_id: str, person: Participant) -> Iterator[_Record]:
    yield "participant", _plain(asdict(person))
    incidents = store.feed(meeting_id, participant_id=person.id).incidents
    occurrences = [(i.id, o) for i in incidents for o in i.occurrences]
    for incident_id, occurrence in occurrences:
        yield "occurrence", _plain(asdict(occurrence) | {"incident_id": incident_id})
    for ref in store.evidence_of(person.id):
        yield "evidence", _as_kept(ref)
    for still in store.stills(person.id):
        yield STILL, _as_kept(still)
    for notice in store.notices([occurrence.id for _, occurrence in occurrences]):
        yield "warning_shown", _plain(asdict(notice))
    for act in store.acts(person.id):
        yield "act", _plain(asdict(act) | {"content": json.loads(act.content)})
    for answer in store.answers(person.id):
        yield "answer", _plain(asdict(answer) | {"content": json.loads(answer.content)})
    for span in store.coverage(person.id):
        yield "coverage", _plain(asdict(span))
    for trace in store.traces(person.id):
        about = asdict(trace)
        yield TRACE, dict(_plain(about | {"content": trace.content.hex()}))


def _as_kept(ref: EvidenceRef | StillRef) -> dict[str, Any]:
    """`sha256_as_kept` is of the bytes in the store, which may be sealed."""
    about = asdict(ref)
    about["sha256_as_kept"] = about.pop("sha256")
    return dict(_plain(about))


def _data(store: Store, kind: str, content: dict[str, Any]) -> bytes | None:
    """Of a picture or a sound that is still there, or of a minute of what was measured."""
    if kind == TRACE:
        return _observed(content)
    if kind == STILL:
        return _still(store, content)
    if kind != "evidence" or content["is_erased"]:
        return None
    try:
        return store.evidence(content["id"]).data
    except Unknown:  # erased since it was listed
        content["is_erased"] = True
        return None


def _still(store: Store, content: dict[str, Any]) -> bytes | None:
    try:
        return store.still(content["id"]).data
    except Unknown:  # erased since it was listed
        content["is_erased"] = True
        return None


def _observed(content: dict[str, Any]) -> bytes:
    """What can be read in years, by whoever has none of this program; packed always alike."""
    packed = bytes.fromhex(content.pop("content"))
    content["sha256_as_kept"] = hashlib.sha256(packed).hexdigest()
    started, ended = (
        datetime.fromisoformat(content[f"{name}_at"]) for name in ("started", "ended")
    )
    trace = Trace(content["id"], content["participant_id"], started, ended, packed)
    return gzip.compress(observations(trace), mtime=0)


def _name(kind: str, about: dict[str, Any]) -> str:
    if kind == TRACE:
        return f"{verify.OBSERVED}{about['id']}.jsonl.gz"
    extension = EXTENSIONS[about.get("media_type", "image/jpeg")]
    return f"{verify.EVIDENCE}{about['id']}.{extension}"


def _plain(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, set | frozenset):
        return sorted(_plain(one) for one in value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.name.lower() if isinstance(value, Severity) else value

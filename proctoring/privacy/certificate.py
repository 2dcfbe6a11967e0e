"""A deletion certificate: what was erased and when, signed with the installation's key.

It holds no name. The signature is an HMAC: the installation itself, or whoever has its key,
can tell a genuine one.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from proctoring.sealing import Sealer
from proctoring.store import Store, Unknown

FORMAT = 1
REACH = (
    "Destroyed: the wrapped data key, the name, the answers, what was said and noted during the"
    " exam, the numbers by which a face or a gaze was known again, what was observed"
    " minute by minute, the pictures and the sounds, in"
    " the store of this installation. Not reached: backups and exports made before."
)


def make(
    store: Store, sealer: Sealer, meeting_id: str, participant_ids: Sequence[str]
) -> dict[str, Any]:
    """Of participants who have been erased. Raises Unknown."""
    log = store.audit_log(meeting_id)
    certificate: dict[str, Any] = {
        "format": FORMAT,
        "made_at": datetime.now(UTC).isoformat(),
        "sealing_key_id": sealer.key_id,
        "meeting_id": meeting_id,
        "participants": [_participant(store, one) for one in participant_ids],
        "log": {"entries": len(log), "head": log[-1].hash if log else ""},
        "reach": REACH,
    }
    return certificate | {"signature": sealer.sign(_text(certificate))}


def problems(certificate: Any, store: Store, sealer: Sealer) -> Iterator[str]:
    """What speaks against it, in sentences: nothing if it is genuine and still true."""
    if is_genuine(certificate, sealer):
        yield from _still_true(certificate, store)
    else:
        yield "It is no certificate of this installation, or it was changed."


def is_genuine(certificate: Any, sealer: Sealer) -> bool:
    if not isinstance(certificate, dict):
        return False
    said = {name: value for name, value in certificate.items() if name != "signature"}
    signature = str(certificate.get("signature"))
    return hmac.compare_digest(signature.encode(), sealer.sign(_text(said)).encode())


def erasures(certificate: dict[str, Any]) -> dict[str, datetime]:
    """Participant id -> when it was erased; of a genuine one."""
    return {
        one["id"]: datetime.fromisoformat(one["erased_at"]) for one in certificate["participants"]
    }


def _still_true(said: dict[str, Any], store: Store) -> Iterator[str]:
    for one in said["participants"]:
        try:
            now = _participant(store, one["id"])
        except Unknown:
            continue  # not even the record is left
        if any(now.get(name) != value for name, value in one.items()):  # an older one says less
            yield f"Participant {one['id']} is not as it was: a backup may have been restored."
    head = said["log"]["head"]
    if head and head not in [entry.hash for entry in store.audit_log(said["meeting_id"])]:
        yield "The meeting's log does not have the entry that the certificate names."


def _participant(store: Store, participant_id: str) -> dict[str, Any]:
    person = store.participant(participant_id)
    refs = store.evidence_of(participant_id)
    return {
        "id": participant_id,
        "erased_at": person.erased_at and person.erased_at.isoformat(),
        "has_name": bool(person.name),
        "has_key": store.key(participant_id) is not None,
        "answers_left": len(store.answers(participant_id)),
        "enrolments_left": len(store.enrolments(participant_id)),
        "pictures": sum(ref.media_type.startswith("image/") for ref in refs),
        "sounds": sum(ref.media_type.startswith("audio/") for ref in refs),
        "left": sum(not ref.is_erased for ref in refs),
        "sha256_as_kept": sorted(ref.sha256 for ref in refs),
    }


def _text(certificate: dict[str, Any]) -> bytes:
    return json.dumps(certificate, sort_keys=True, separators=(",", ":")).encode()

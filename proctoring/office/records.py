"""What an examiner keeps beside an exam, as records of the store: their kinds, how they are made.

`invitation`: see `proctoring.office.invitations`; `policy`: `proctoring.office.policies`; `state`
(archived? by invitation alone?) and `listed` (on whose list it is): `proctoring.office.lists`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from proctoring.store.embedded.office import INVITATION
from proctoring.store.settled import POLICY, STATE
from proctoring.types import OfficeRecord

LISTED = "listed"
SERVER = "server"

__all__ = ["INVITATION", "LISTED", "POLICY", "SERVER", "STATE", "content_of", "record"]


def record(
    kind: str,
    meeting_id: str,
    record_id: str,
    content: Mapping[str, Any],
    *,
    actor: str = SERVER,
    revision: int = 1,
    token_hash: str = "",
    at: datetime | None = None,
) -> OfficeRecord:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return OfficeRecord(
        id=record_id,
        meeting_id=meeting_id,
        kind=kind,
        revision=revision,
        token_hash=token_hash,
        content=text,
        saved_at=at or datetime.now(UTC),
        actor=actor,
    )


def content_of(found: OfficeRecord) -> dict[str, Any]:
    """Empty for what nobody can read any more."""
    try:
        content = json.loads(found.content)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}

"""What a meeting's log says of its paper: enough to prove later what was asked, and marked by."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC

from proctoring.audit.events import SERVER
from proctoring.types import AnswerKey, AuditEvent, Paper

ASKED_PAPER = "asked.paper"
PAPER_SAVED = "paper.saved"


def saved(paper: Paper, key: AnswerKey) -> AuditEvent:
    """Its id is made of what it says, so that appending it again changes nothing."""
    of, at = paper.meeting_id, paper.saved_at.astimezone(UTC)
    detail = (
        f"revision {paper.revision}, paper {_sha256(paper.content)}, key {_sha256(key.content)}"
    )
    said = json.dumps([of, at.isoformat(), PAPER_SAVED, detail])
    return AuditEvent(_sha256(said), of, at, SERVER, PAPER_SAVED, of, detail)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

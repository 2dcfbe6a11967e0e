"""The same exam once more: other dates, its settings and its paper, and nobody in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from proctoring.store import Store
from proctoring.types import Meeting


def settings_of(meeting: Meeting) -> dict[str, Any]:
    """What `Services.create_meeting` takes, but for title and dates."""
    return {
        "length_s": meeting.length_s,
        "signals": meeting.signals,
        "instructions": meeting.instructions,
        "preset": meeting.preset,
        "policy": meeting.policy,
        "journey": replace(meeting.journey, invited_only=False),
    }


def copy_paper(store: Store, from_id: str, to_id: str) -> bool:
    """Was there one?"""
    paper, key = store.paper(from_id), store.answer_key(from_id)
    if paper is None or key is None:
        return False
    now = datetime.now(UTC)
    store.save_paper(
        replace(paper, meeting_id=to_id, revision=1, saved_at=now),
        replace(key, meeting_id=to_id, revision=1, saved_at=now),
    )
    return True

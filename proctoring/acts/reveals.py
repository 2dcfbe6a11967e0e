"""Looking at a picture as it was taken, with whoever else is in it: for a reason, and for a while.

Each is an act, so it is in the exam's log, and the candidate reads of it on their own page.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from proctoring.acts.kinds import content_of
from proctoring.plaintext import line
from proctoring.types import Act, Capability, Evidence

REVEAL = "reveal"  # the kind of the act
LASTS = timedelta(minutes=10)
SHORTEST_REASON, LONGEST_REASON = 10, 200  # characters


class CannotReveal(ValueError):
    """It is not done; the message says what is missing."""


def reveal(
    bearer: Capability,
    said_id: str,
    participant_id: str,
    picture: Evidence,
    reason: str,
    now: datetime,
) -> Act:
    """`said_id`: made by the page, which may say it again. Raises CannotReveal."""
    if len(reason.strip()) > LONGEST_REASON:
        raise CannotReveal(f"A reason has at most {LONGEST_REASON} characters.")
    reason = line(reason, LONGEST_REASON)
    if len(reason) < SHORTEST_REASON:
        raise CannotReveal(f"A reason has at least {SHORTEST_REASON} characters.")
    said = {
        "evidence": picture.id,
        "captured_at": picture.captured_at.astimezone(UTC).isoformat(),
        "reason": reason,
    }
    content = json.dumps(said, ensure_ascii=False, sort_keys=True)
    act_id = f"{bearer.id}/{said_id}"
    return Act(act_id, participant_id, now, bearer.id, str(bearer.role), REVEAL, content)


def open_until(
    acts: Iterable[Act], bearer_id: str, evidence_id: str, now: datetime
) -> datetime | None:
    """UTC; None if this bearer has not revealed it, or too long ago."""
    ends = [
        act.at + LASTS
        for act in acts
        if act.kind == REVEAL
        and act.actor == bearer_id
        and act.at <= now < act.at + LASTS
        and content_of(act).get("evidence") == evidence_id
    ]
    return max(ends, default=None)

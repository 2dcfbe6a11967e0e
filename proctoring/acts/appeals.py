"""What candidates say afterwards about what was observed of them: notes on it, and an appeal.

Both are acts, so nothing changes or withdraws one; what is said later stands beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta

from proctoring.plaintext import lines
from proctoring.types import Act, Capability, Meeting

APPEAL, EXPLANATION = "appeal", "explanation"
APPEAL_WITHIN = timedelta(days=14)  # of the exam's closing, or as long as pictures are kept
LONGEST = {APPEAL: 4000, EXPLANATION: 500}  # characters
MOST = {APPEAL: 3, EXPLANATION: 100}


class CannotSay(ValueError):
    """It is not kept; the message says why."""


def open_until(meeting: Meeting, evidence_days: int) -> datetime:
    """UTC. Not longer than there is something to look at."""
    return meeting.closes_at + min(APPEAL_WITHIN, timedelta(days=evidence_days))


def say(
    bearer: Capability,
    said_id: str,
    kind: str,
    text: str,
    *,
    incident: str = "",
    known: Iterable[Act],
    until: datetime,
    now: datetime,
) -> Act:
    """The act of it. `incident`: that an explanation is of. Raises CannotSay."""
    text = lines(text, LONGEST[kind] + 1)
    if not text:
        raise CannotSay("There is nothing written yet.")
    if len(text) > LONGEST[kind]:
        raise CannotSay(f"That is longer than {LONGEST[kind]} characters. Please shorten it.")
    if now >= until:
        raise CannotSay("The time for this is over. Please write to your exam office.")
    if sum(act.kind == kind for act in known) >= MOST[kind]:
        raise CannotSay("That is as much as can be kept. Please write to your exam office.")
    about = {"incident": incident} if kind == EXPLANATION else {}
    content = json.dumps({"text": text} | about, ensure_ascii=False, sort_keys=True)
    participant_id = bearer.participant_id or ""
    act_id = f"{bearer.id}/{said_id}"
    return Act(act_id, participant_id, now, bearer.id, str(bearer.role), kind, content)

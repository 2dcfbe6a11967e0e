"""Whether an exam can begin here and now, and why not, in words for whoever wants to."""

from __future__ import annotations

from datetime import datetime

from proctoring.analysers.phrases import PhraseError, check_phrases
from proctoring.types import Meeting, Policy


class NotNow(Exception):
    """The meeting is not open to candidates; the message says since or until when."""


class NotLetIn(NotNow):
    """The exam waits for a proctor's word: see `Journey.needs_letting_in`."""


class Unheard(NotNow):
    """The meeting names phrases that this server cannot listen for; the message says why."""


def check_open(meeting: Meeting, now: datetime) -> None:
    """Raises NotNow."""
    if now < meeting.opens_at:
        raise NotNow(f"This exam opens on {meeting.opens_at:%d %B %Y at %H:%M} UTC.")
    if now >= meeting.closes_at:
        raise NotNow(f"This exam closed on {meeting.closes_at:%d %B %Y at %H:%M} UTC.")


def check_can_listen(policy: Policy) -> None:
    """Raises Unheard: what an exam asks for is measured, or the exam does not begin here."""
    try:
        check_phrases(policy.phrases)
    except PhraseError as error:
        raise Unheard(str(error)) from None

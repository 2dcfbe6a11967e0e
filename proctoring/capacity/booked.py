"""For how many candidates there has to be room at a time."""

from __future__ import annotations

from datetime import datetime

from proctoring.store import Store


def booked(store: Store, now: datetime) -> int:
    """In exams that are open: those who were invited or have come, and have not finished.

    Raises StoreError.
    """
    opened = [one for one in store.meetings() if one.opens_at <= now < one.closes_at]
    return sum(_expected(store, meeting.id) for meeting in opened)


def _expected(store: Store, meeting_id: str) -> int:
    came = store.participants(meeting_id)
    over = {one.id for one in came if one.finished_at or one.erased_at}
    return len(({*store.invited(meeting_id)} | {one.id for one in came}) - over)

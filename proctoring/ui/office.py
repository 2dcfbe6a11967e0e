"""What an examiner reads about each of their exams, in a list of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from proctoring.office.lists import Listed, State

TITLES = {
    State.UPCOMING: "Upcoming",
    State.RUNNING: "Running",
    State.FINISHED: "Finished",
    State.ARCHIVED: "Archived",
}


def matching(found: Iterable[Listed], text: str, state: str) -> list[Listed]:
    """Those whose title has every word of the text. Without a state, all but the archived."""
    words = text.casefold().split()
    return [
        one
        for one in found
        if (one.state == state if state else one.state is not State.ARCHIVED)
        and all(word in one.meeting.title.casefold() for word in words)
    ]


def exam_row(one: Listed, zone: ZoneInfo) -> str:
    """HTML."""
    over = " data-over" if one.state is State.ARCHIVED else ""
    facts = [_when(one.meeting.opens_at, one.meeting.closes_at, zone), *_counts(one)]
    return (
        f'<p class="op-row"{over}><strong>{escape(one.meeting.title)}</strong>'
        f'<span><b class="op-state" data-state="{one.state}">{TITLES[one.state]}</b>'
        f"{escape(' · '.join(facts))}</span></p>"
    )


def _counts(one: Listed) -> list[str]:
    facts = [f"{one.joined} came" + (f", {one.done} finished" if one.done else "")]
    if one.invited:
        facts.insert(0, f"{one.invited} invited")
    return facts


def _when(opens_at: datetime, closes_at: datetime, zone: ZoneInfo) -> str:
    opens, closes = opens_at.astimezone(zone), closes_at.astimezone(zone)
    until = f"{closes:%H:%M}" if opens.date() == closes.date() else f"{closes:%-d %b, %H:%M}"
    return f"{opens:%a %-d %b %Y, %H:%M} to {until}"

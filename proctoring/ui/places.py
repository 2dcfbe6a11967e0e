"""Pages and headings that are the same words in the same place, whoever reads them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from html import escape

import streamlit as st

from proctoring.allowances import said
from proctoring.types import Meeting, Participant
from proctoring.ui import masthead, plain, say_duration, say_time, time_zone


def place(title: str, *sentences: str, figure: str = "") -> None:
    """A page that is one message. All of it may be anybody's text."""
    shown = "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)
    big = f'<p class="op-figure">{escape(figure)}</p>' if figure else ""
    st.html(
        '<div class="op-place"><img src="app/static/mark.svg" alt="">'
        f"<h1>{escape(title)}</h1>{shown}{big}</div>"
    )


def steps(title: str, names: Sequence[str], current: int) -> None:
    """The exam's title and how far the candidate has come, 1 …."""
    masthead()
    st.title(plain(title), anchor=False)
    items = "".join(
        f'<li data-step="{number}"{_mark(number, current)}>{escape(name)}</li>'
        for number, name in enumerate(names, 1)
    )
    st.html(f'<ol class="op-steps" aria-label="Steps">{items}</ol>')


def closed(meeting: Meeting) -> None:
    place(
        "This exam is closed",
        f"“{meeting.title}” ended on {say_time(meeting.closes_at, time_zone())}.",
        "If you think that this is wrong, ask your exam office.",
    )


def cannot_listen() -> None:
    place(
        "This exam cannot begin on this server",
        "It listens for phrases, and what that takes is not installed here. Nothing has started,"
        " and your time is not running.",
        "Please tell your exam office.",
    )


@st.fragment(run_every=5)
def countdown(meeting: Meeting) -> None:
    """Until the exam opens; then the page goes on by itself."""
    left = meeting.opens_at - datetime.now(UTC)
    if left <= timedelta(0):
        st.rerun()
    place(
        meeting.title,
        f"This exam opens on {say_time(meeting.opens_at, time_zone())}. You can leave this page"
        " open: it goes on by itself.",
        figure=f"in {say_duration(left)}",
    )


def ended(participant: Participant, why: str) -> None:
    """`why` a proctor ended it, in their words; "" if none did."""
    assert participant.finished_at is not None
    at = f"{participant.finished_at.astimezone(time_zone()):%H:%M}"
    how = "You finished" if participant.finish_reason == "submitted" else "Time was up"
    if why:
        how = f"A proctor ended it ({why.rstrip('.')})"
    place(
        "Your exam is finished",
        f"{how} at {at}. Camera and microphone are off. Thank you, {participant.name}.",
        "You can close this page.",
    )


def minutes(meeting: Meeting) -> str:
    """The working time: "90 minutes"."""
    count = round(meeting.length_s / 60)
    return "1 minute" if count == 1 else f"{count} minutes"


def allowed(meeting: Meeting) -> str:
    """What candidates may use and do, in a line of Markdown."""
    return f"Allowed: {plain(said(meeting.policy) or 'nothing')}"


def _mark(number: int, current: int) -> str:
    if number == current:
        return ' aria-current="step"'
    return " data-done" if number < current else ""

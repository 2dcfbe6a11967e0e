"""Pages and headings that are the same words in the same place, whoever reads them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from html import escape

import streamlit as st

from proctoring.language.times import say_clock
from proctoring.policy.allowances import said
from proctoring.types import Meeting, Participant
from proctoring.ui import masthead, plain, say_duration, say_time, time_zone
from proctoring.ui.language import language, nt, t


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
        f'<li data-step="{number}"{_mark(number, current)}><span>{escape(name)}</span></li>'
        for number, name in enumerate(names, 1)
    )
    st.html(f'<ol class="op-steps" aria-label="{escape(t("Steps"))}">{items}</ol>')


def closed(meeting: Meeting) -> None:
    place(
        t("This exam is closed"),
        t(
            "“{title}” ended on {time}.",
            title=meeting.title,
            time=say_time(meeting.closes_at, time_zone()),
        ),
        t("If you think that this is wrong, ask your exam office."),
    )


def cannot_listen() -> None:
    place(
        t("This exam cannot begin on this server"),
        t(
            "It listens for phrases, and what that takes is not installed here. Nothing has"
            " started, and your time is not running."
        ),
        t("Please tell your exam office."),
    )


@st.fragment(run_every=5)
def countdown(meeting: Meeting) -> None:
    """Until the exam opens; then the page goes on by itself."""
    left = meeting.opens_at - datetime.now(UTC)
    if left <= timedelta(0):
        st.rerun()
    place(
        meeting.title,
        t(
            "This exam opens on {time}. You can leave this page open: it goes on by itself.",
            time=say_time(meeting.opens_at, time_zone()),
        ),
        figure=t("in {duration}", duration=say_duration(left)),
    )


def ended(participant: Participant, why: str) -> None:
    """`why` a proctor ended it, in their words; "" if none did."""
    assert participant.finished_at is not None
    at = say_clock(participant.finished_at, time_zone(), language())
    if why:
        how = t("A proctor ended it ({why}) at {time}.", why=why.rstrip("."), time=at)
    elif participant.finish_reason == "submitted":
        how = t("You finished at {time}.", time=at)
    else:
        how = t("Time was up at {time}.", time=at)
    thanks = t("Camera and microphone are off. Thank you, {name}.", name=participant.name)
    place(t("Your exam is finished"), f"{how} {thanks}", t("You can close this page."))


def minutes(meeting: Meeting) -> str:
    """The working time: "90 minutes"."""
    return nt("{n} minute", "{n} minutes", round(meeting.length_s / 60))


def allowed(meeting: Meeting) -> str:
    """What candidates may use and do, in a line of Markdown."""
    return f"Allowed: {plain(said(meeting.policy) or 'nothing')}"


def _mark(number: int, current: int) -> str:
    if number == current:
        return ' aria-current="step"'
    return " data-done" if number < current else ""

"""The last step before the exam: all is ready, or a proctor is waited for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from proctoring.acts import TO_THE_CANDIDATE, content_of
from proctoring.check_in.plan import TITLES, Step
from proctoring.store import StoreError
from proctoring.types import Act, Role
from proctoring.ui import services
from proctoring.ui.places import minutes

if TYPE_CHECKING:
    from proctoring.ui.check_in import Here

LOOK_EVERY_S = 1.0
MOST_MESSAGES = 5

DONE = {
    Step.DEVICES: "Camera, microphone and connection were checked.",
    Step.IDENTITY: "Your face is known.",
    Step.CARD: "Your card was looked at.",
    Step.VOICE: "Your voice is known.",
}
READY = "Everything is ready."
LET_IN = "You have been let in."
WAITING = "A proctor knows that you are here, and will let you in."
MEANWHILE = "You need not do anything: this page goes on by itself. Your time is not running."
LACKING = "Something is missing. What does not arrive is not measured."
NOT_DONE = "It is not done yet."
NOT_DONE_ASKED = "It did not work. A proctor will look."
WHY_READY = "Everything is checked. Waiting to be let in."


def show_ready(here: Here) -> bool:
    """True when the candidate begins."""
    progress, held = here.progress, here.held
    if progress.needs_letting_in and not (held.is_let_in or held.asked_in or progress.missing):
        here.ask_in(WHY_READY)
        st.rerun()
    st.html(_list(here))
    if progress.may_begin:
        _announce(LET_IN if held.is_let_in else READY)
        st.markdown(f"Your {minutes(here.meeting)} begin when you press the button.")
        return st.button("Begin exam", type="primary", icon=":material/play_arrow:")
    if held.asked_in:
        _announce(WAITING, MEANWHILE)
        _messages(here)
    _offer_what_is_missing(here)
    _look_for_news(here.participant.id, _count(here.participant.id))
    return False


def _offer_what_is_missing(here: Here) -> None:
    with st.container(horizontal=True):
        for step in here.progress.missing:
            if st.button(f"{TITLES[step]}: try again", icon=":material/refresh:"):
                here.go(step)
        if not here.held.asked_in or here.held.not_yet:
            name = "Ask again" if here.held.not_yet else "Ask a proctor to let me in"
            if st.button(name, icon=":material/front_hand:"):
                here.ask_in(_why(here))
                st.rerun()


def _why(here: Here) -> str:
    names = ", ".join(TITLES[step] for step in here.progress.missing)
    return f"Not done in the check-in: {names}" if names else WHY_READY


def _list(here: Here) -> str:
    """What is done, and what is not, each with its sign in words too."""
    missing, is_asked = here.progress.missing, bool(here.held.asked_in or here.held.is_let_in)
    items = []
    for step in here.progress.steps[:-1]:
        is_lacking = step is Step.DEVICES and here.visit.is_lacking
        is_done = step not in missing and not is_lacking
        otherwise = LACKING if is_lacking else NOT_DONE_ASKED if is_asked else NOT_DONE
        text = DONE[step] if is_done else otherwise
        look = "done" if is_done else "open"
        items.append(f'<li data-look="{look}"><b>{TITLES[step]}</b><span>{text}</span></li>')
    return f'<ul class="op-ready">{"".join(items)}</ul>'


def _announce(news: str, text: str = "") -> None:
    more = f"<span>{escape(text)}</span>" if text else ""
    st.html(f'<p class="op-news" role="status"><strong>{escape(news)}</strong>{more}</p>')


def _messages(here: Here) -> None:
    """What proctors wrote to whoever waits, the newest last."""
    texts = list(_told(services().store.acts(here.participant.id)))[-MOST_MESSAGES:]
    if texts:
        items = "".join(f"<p>{escape(text)}</p>" for text in texts)
        st.html(
            f'<div class="op-told" role="log" aria-label="From your proctor">'
            f"<b>Your proctor writes:</b>{items}</div>"
        )


def _told(done: list[Act]) -> Iterator[str]:
    for act in done:
        text = str(content_of(act).get("text", ""))
        if text and act.kind in TO_THE_CANDIDATE and act.role != Role.CANDIDATE:
            yield text


def _count(participant_id: str) -> int:
    return len(services().store.acts(participant_id))


@st.fragment(run_every=LOOK_EVERY_S)
def _look_for_news(participant_id: str, known: int) -> None:
    """The page goes on by itself when somebody did something about this candidate."""
    with suppress(StoreError):  # then it is looked at again in a moment
        if _count(participant_id) != known:
            st.rerun()

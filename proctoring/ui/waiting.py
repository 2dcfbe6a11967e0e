"""The last step before the exam: all is ready, or a proctor is waited for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from proctoring.acts.kinds import TO_THE_CANDIDATE, content_of
from proctoring.check_in.plan import TITLES, Step
from proctoring.store import StoreError
from proctoring.types import Act, Role
from proctoring.ui import services
from proctoring.ui.language import t
from proctoring.ui.places import minutes

if TYPE_CHECKING:
    from proctoring.ui.check_in import Here

LOOK_EVERY_S = 1.0
MOST_MESSAGES = 5

WHY_READY = "Everything is checked. Waiting to be let in."  # it is kept, for the proctors


def show_ready(here: Here) -> bool:
    """True when the candidate begins."""
    progress, held = here.progress, here.held
    if progress.needs_letting_in and not (held.is_let_in or held.asked_in or progress.missing):
        here.ask_in(WHY_READY)
        st.rerun()
    st.html(_list(here))
    if progress.may_begin:
        _announce(t("You have been let in.") if held.is_let_in else t("Everything is ready."))
        length = minutes(here.meeting)
        st.markdown(t("Your {length} begin when you press the button.", length=length))
        return st.button(t("Begin exam"), type="primary", icon=":material/play_arrow:")
    if held.asked_in:
        _announce(
            t("A proctor knows that you are here, and will let you in."),
            t("You need not do anything: this page goes on by itself. Your time is not running."),
        )
        _messages(here)
    _offer_what_is_missing(here)
    _look_for_news(here.participant.id, _count(here.participant.id))
    return False


def _offer_what_is_missing(here: Here) -> None:
    with st.container(horizontal=True):
        for step in here.progress.missing:
            if st.button(t("{step}: try again", step=t(TITLES[step])), icon=":material/refresh:"):
                here.go(step)
        if not here.held.asked_in or here.held.not_yet:
            name = t("Ask again") if here.held.not_yet else t("Ask a proctor to let me in")
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
        is_lacking |= step is Step.SCREEN and here.visit.share != "whole"
        is_done = step not in missing and not is_lacking
        text = _done(step) if is_done else _not_done(is_lacking=is_lacking, is_asked=is_asked)
        look = "done" if is_done else "open"
        title = escape(t(TITLES[step]))
        items.append(f'<li data-look="{look}"><b>{title}</b><span>{escape(text)}</span></li>')
    return f'<ul class="op-ready">{"".join(items)}</ul>'


def _done(step: Step) -> str:
    return {
        Step.DEVICES: t("Camera, microphone and connection were checked."),
        Step.IDENTITY: t("Your face is known."),
        Step.CARD: t("Your card was looked at."),
        Step.VOICE: t("Your voice is known."),
        Step.ROOM: t("Your room was shown."),
        Step.SCREEN: t("Your screen is shared."),
    }[step]


def _not_done(*, is_lacking: bool, is_asked: bool) -> str:
    if is_lacking:
        return t("Something is missing. What does not arrive is not measured.")
    if is_asked:
        return t("It did not work. A proctor will look.")
    return t("It is not done yet.")


def _announce(news: str, text: str = "") -> None:
    more = f"<span>{escape(text)}</span>" if text else ""
    st.html(f'<p class="op-news" role="status"><strong>{escape(news)}</strong>{more}</p>')


def _messages(here: Here) -> None:
    """What proctors wrote to whoever waits, the newest last."""
    texts = list(_told(services().store.acts(here.participant.id)))[-MOST_MESSAGES:]
    if texts:
        items = "".join(f"<p>{escape(text)}</p>" for text in texts)
        st.html(
            f'<div class="op-told" role="log" aria-label="{escape(t("From your proctor"))}">'
            f"<b>{escape(t('Your proctor writes:'))}</b>{items}</div>"
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

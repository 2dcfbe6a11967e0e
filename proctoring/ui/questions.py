"""Questions over an exam page: finish it, leave it?"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from proctoring.store import StoreError
from proctoring.types import Participant
from proctoring.ui import plain, services
from proctoring.ui.candidate import Visit
from proctoring.ui.language import t


def ask_what_is_open(visit: Visit, participant: Participant) -> None:
    """Drawn on every run: the stream reruns the page as it likes, and that closes no question."""
    if visit.asks == "finish":
        _ask(t("Finish your exam?"), visit, lambda: _finish(visit, participant))
    elif visit.asks == "leave":
        title = t("Leave {name}’s exam?", name=plain(participant.name))
        _ask(title, visit, lambda: _leave(visit))


def _ask(title: str, visit: Visit, draw: Callable[[], None]) -> None:
    def drop() -> None:
        visit.asks = ""

    st.dialog(title, on_dismiss=drop)(draw)()


def _finish(visit: Visit, participant: Participant) -> None:
    st.markdown(t("Camera and microphone stop, and you cannot come back to this exam."))
    with st.container(horizontal=True):
        if st.button(t("Finish now"), type="primary"):
            try:
                services().finish(participant.id, "submitted")
            except StoreError:
                st.error(t("That could not be saved. Try again in a moment."))
            else:
                visit.asks = ""
                st.rerun()
        _offer_to_stay(visit)


def _leave(visit: Visit) -> None:
    st.markdown(
        t(
            "That exam is not finished by this, and its time runs on. This browser forgets it: only"
            " the address that is shown now leads back to it."
        )
    )
    with st.container(horizontal=True):
        if st.button(t("Leave it")):
            visit.leave()
            st.rerun()
        _offer_to_stay(visit)


def _offer_to_stay(visit: Visit) -> None:
    if st.button(t("Go on working")):
        visit.asks = ""
        st.rerun()

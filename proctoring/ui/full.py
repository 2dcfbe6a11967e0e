"""When a server carries no more candidates: who comes next is told, and begins by themselves."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from html import escape

import streamlit as st

from proctoring.capacity.admission import Verdict, says
from proctoring.capacity.booked import booked
from proctoring.store import StoreError
from proctoring.types import Participant
from proctoring.ui import services
from proctoring.ui.language import t

LOOK_EVERY_S = 2.0


def has_room(participant: Participant, *, wants_to_begin: bool) -> bool:
    """Does the exam begin in this run? `wants_to_begin` need be said once."""
    key = f"waits-for-room-{participant.id}"
    if not (wants_to_begin or st.session_state.get(key)):
        return False
    if services().capacity.ask(participant.id) is not Verdict.WAITS:
        st.session_state.pop(key, None)
        return True
    st.session_state[key] = True
    news = t("All places at this server are taken at the moment.")
    text = t(
        "Your exam begins by itself as soon as one is free. You need not do anything, and your"
        " time is not running."
    )
    st.html(
        f'<p class="op-news" role="status"><strong>{escape(news)}</strong>'
        f"<span>{escape(text)}</span></p>"
    )
    _look_again(participant.id)
    return False


@st.fragment(run_every=LOOK_EVERY_S)
def _look_again(participant_id: str) -> None:
    if services().capacity.has_room(participant_id):
        st.rerun()


def show_capacity() -> None:
    """One line for the examiner; nothing where nobody counts."""
    with suppress(StoreError):
        room = services().capacity.room
        if room.full and (line := says(room, booked(services().store, datetime.now(UTC)))):
            st.caption(line)

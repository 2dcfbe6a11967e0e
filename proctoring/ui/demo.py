"""What a server that shows itself offers to visitors, on its first page."""

from __future__ import annotations

import streamlit as st

from proctoring.access.admission import TooMany
from proctoring.demo.stage import Busy
from proctoring.server import stage
from proctoring.services import Opened
from proctoring.store import StoreError
from proctoring.ui import services
from proctoring.ui.links import base_of, candidate_link, proctor_link
from proctoring.ui.visitor import address

WHAT_COMES = """
1. At 15 s a second person comes in, and there is whispering.
2. At 38 s nobody is there for ten seconds.
3. At 61 s a second voice is heard.
"""
_STARTED = "demo exam"


def show_demo() -> None:
    """Nothing, where the operator has not switched it on."""
    shows = stage()
    if shows is None:
        return
    with st.container(border=True, key="demo"):
        started: Opened | None = st.session_state.get(_STARTED)
        if started:
            return _links(started)
        st.header("See it at work", anchor=False)
        st.markdown(
            "One click begins an exam with a recording in the candidate’s place. It goes through"
            " the same analysis as a camera, and you sit at the proctor’s desk."
        )
        if not st.button("Begin the demo", type="primary", icon=":material/play_arrow:"):
            return
        try:
            st.session_state[_STARTED] = shows.begin(address())
        except (Busy, TooMany) as not_now:
            st.info(str(not_now))
        except StoreError:
            st.error("The demo could not begin: its records cannot be kept now. Try again soon.")
        else:
            st.rerun()


def _links(started: Opened) -> None:
    base = services().settings.public_url or base_of(st.context.url or "")
    st.header("The demo is on", anchor=False)
    st.markdown(WHAT_COMES)
    with st.container(horizontal=True):
        st.link_button(
            "Open the desk",
            proctor_link(base, started.meeting.id, started.proctor_secret),
            type="primary",
            icon=":material/visibility:",
        )
        st.link_button(
            "Be a candidate yourself",
            candidate_link(base, started.meeting.id),
            icon=":material/videocam:",
        )
    st.caption(
        "For the second one your camera is used, and you see yourself on the desk. All of it stays"
        " on this server and is erased after a day."
    )
    if st.button("Begin another demo", type="tertiary"):
        del st.session_state[_STARTED]
        st.rerun()

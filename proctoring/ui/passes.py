"""The pass that a page shows to the server's sockets and routes, kept between two runs."""

from __future__ import annotations

import time

import streamlit as st

from proctoring.types import Role
from proctoring.ui import services

RENEW_AFTER_S = 6 * 3600.0  # half of what a pass lasts


def page_pass(role: Role, subject: str) -> str:
    """The same for a while: addresses of pictures hold it, and should not change all the time."""
    made_at, token = st.session_state.get(_key(subject), (0.0, ""))
    if not token or time.monotonic() - made_at > RENEW_AFTER_S:
        token = services().passes.make(role, subject)
        st.session_state[_key(subject)] = (time.monotonic(), token)
    return str(token)


def forget_pass(subject: str) -> None:
    """It was refused: the next run makes a new one."""
    st.session_state.pop(_key(subject), None)


def _key(subject: str) -> str:
    return f"pass-{subject}"

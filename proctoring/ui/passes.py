"""The pass that a page shows to the server's sockets and routes, kept between two runs."""

from __future__ import annotations

import time

import streamlit as st

from proctoring.types import Capability
from proctoring.ui import services
from proctoring.ui.staff import own_sign_in

RENEW_AFTER_S = 6 * 3600.0  # half of what a pass lasts


def page_pass(bearer: Capability) -> str:
    """The same for a while: a new one makes sockets connect anew."""
    made_at, token = st.session_state.get(_key(bearer), (0.0, ""))
    if not token or time.monotonic() - made_at > RENEW_AFTER_S:
        token = services().admission.make_pass(bearer, own_sign_in(bearer))
        st.session_state[_key(bearer)] = (time.monotonic(), token)
    return str(token)


def forget_pass(bearer: Capability) -> None:
    """It was refused: the next run makes a new one."""
    st.session_state.pop(_key(bearer), None)


def _key(bearer: Capability) -> str:
    return f"pass-{bearer.id}"

"""The live desk's part that lives in the browser, and the pass that it shows to the server."""

from __future__ import annotations

import time

import streamlit as st

from proctoring.types import Meeting, Role
from proctoring.ui import register, services

RENEW_PASS_AFTER_S = 6 * 3600.0  # half of what a pass lasts

_desk = register(
    "desk",
    "desk_words.js",
    "desk_link.js",
    "desk_live.js",
    "desk_card.js",
    "desk_wall.js",
    "desk_panel.js",
    "desk_frame.js",
)


def desk(meeting: Meeting) -> None:
    """For a proctor, whose secret the page has checked in this very run."""
    result = _desk(key="desk", data=_data(meeting), on_renew_change=_nothing)
    if result.get("renew"):
        del st.session_state[_key(meeting)]
        st.rerun()


def _data(meeting: Meeting) -> dict[str, object]:
    return {"pass": _pass(meeting), "ice_servers": list(services().settings.ice_servers)}


def _pass(meeting: Meeting) -> str:
    """Kept for a while: the addresses of pictures hold it, and should not change all the time."""
    made_at, token = st.session_state.get(_key(meeting), (0.0, ""))
    if not token or time.monotonic() - made_at > RENEW_PASS_AFTER_S:
        token = services().passes.make(Role.PROCTOR, meeting.id)
        st.session_state[_key(meeting)] = (time.monotonic(), token)
    return str(token)


def _key(meeting: Meeting) -> str:
    return f"desk-pass-{meeting.id}"


def _nothing() -> None:
    """A callback is what makes a component's value known."""

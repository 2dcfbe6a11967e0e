"""The live desk's part that lives in the browser."""

from __future__ import annotations

import streamlit as st

from proctoring.types import Capability
from proctoring.ui import be_told, register, services
from proctoring.ui.passes import forget_pass, page_pass

_desk = register(
    "desk",
    "desk_words.js",
    "desk_link.js",
    "desk_live.js",
    "desk_evidence.js",
    "desk_card.js",
    "desk_wall.js",
    "desk_panel.js",
    "desk_frame.js",
)


def desk(bearer: Capability) -> None:
    """For whoever may see the meeting: the page has checked their secret in this very run."""
    data = {
        "pass": page_pass(bearer),
        "ice_servers": list(services().settings.ice_servers),
    }
    result = _desk(key="desk", data=data, on_renew_change=be_told)
    if result.get("renew"):
        forget_pass(bearer)
        st.rerun()

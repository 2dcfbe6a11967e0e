"""The live desk's part that lives in the browser."""

from __future__ import annotations

import streamlit as st

from proctoring.analysers import choices
from proctoring.types import Analyser, Capability
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
    "desk_acts.js",
    "desk_talk.js",
    "desk_panel.js",
    "desk_frame.js",
)


def measured_by(bearer: Capability) -> list[type[Analyser]]:
    """What may be off for one candidate: the choices that are on in the meeting."""
    on = services().store.meeting(bearer.meeting_id).signals
    return [kind for kind in choices() if kind.name in on]


def desk(bearer: Capability) -> None:
    """For whoever may see the meeting: the page has checked their secret in this very run."""
    data = {
        "pass": page_pass(bearer),
        "ice_servers": list(services().settings.ice_servers),
        "signals": [{"name": kind.name, "title": kind.title} for kind in measured_by(bearer)],
    }
    result = _desk(key="desk", data=data, on_renew_change=be_told)
    if result.get("renew"):
        forget_pass(bearer)
        st.rerun()

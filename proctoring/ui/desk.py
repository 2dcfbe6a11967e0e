"""The live desk's part that lives in the browser."""

from __future__ import annotations

import streamlit as st

from proctoring.analysers import ON_REQUEST, analyser_types, choices
from proctoring.types import Analyser, Capability
from proctoring.ui import be_told, register, services
from proctoring.ui.passes import forget_pass, page_pass

_desk = register(
    "desk",
    "desk_words.js",
    "address.js",
    "socket.js",
    "desk_link.js",
    "ice.js",
    "desk_live.js",
    "picture_marks.js",
    "picture_kept.js",
    "picture_reveal.js",
    "desk_evidence.js",
    "desk_order.js",
    "sound_peaks.js",
    "sound_clip.js",
    "desk_card.js",
    "desk_tile.js",
    "desk_wall.js",
    "desk_acts.js",
    "desk_forms.js",
    "desk_actions.js",
    "desk_bulk.js",
    "desk_duty.js",
    "desk_queue.js",
    "desk_talk.js",
    "desk_recent.js",
    "shared_stills.js",
    "desk_panel.js",
    "desk_alerts.js",
    "desk_frame.js",
    "desk_tiles.css",
    "desk_queue.css",
    "picture.css",
    "sound_clip.css",
    "shared_stills.css",
)


def measured_by(bearer: Capability) -> list[type[Analyser]]:
    """What may be off for one candidate: what looks at the person, and is on in the meeting."""
    on = services().store.meeting(bearer.meeting_id).signals
    may_be_off = {kind.name for kind in choices()} | ON_REQUEST.keys()
    return [kind for kind in analyser_types() if kind.name in may_be_off.intersection(on)]


def desk(bearer: Capability) -> None:
    """For whoever may see the meeting: the page has checked their secret in this very run."""
    data = {
        "pass": page_pass(bearer),
        "signals": [{"name": kind.name, "title": kind.title} for kind in measured_by(bearer)],
    }
    result = _desk(key="desk", data=data, on_renew_change=be_told)
    if result.get("renew"):
        forget_pass(bearer)
        st.rerun()

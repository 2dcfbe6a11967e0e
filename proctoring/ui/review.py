"""The review desk's part that lives in the browser."""

from __future__ import annotations

import streamlit as st

from proctoring.analysers import choices
from proctoring.policy.presets import PRESETS
from proctoring.types import Capability, Meeting
from proctoring.ui import be_told, register
from proctoring.ui.passes import forget_pass, page_pass

_review = register(
    "review",
    "desk_words.js",
    "review_words.js",
    "address.js",
    "review_line.js",
    "picture_marks.js",
    "picture_kept.js",
    "picture_reveal.js",
    "sound_peaks.js",
    "review_wave.js",
    "review_list.js",
    "review_time.js",
    "review_player.js",
    "review_items.js",
    "review_why.js",
    "review_plots.js",
    "review_verdict.js",
    "review_score.js",
    "review_what_if.js",
    "review_keys.js",
    "review_print.js",
    "shared_stills.js",
    "picture.css",
    "shared_stills.css",
    "review_stage.css",
    "review_time.css",
    "review_what_if.css",
    "review_narrow.css",
    "review_paper.css",
)


def review(bearer: Capability, meeting: Meeting) -> None:
    """For whoever may read the exam: the page has checked their secret in this very run."""
    data = {
        "pass": page_pass(bearer),
        "meeting": meeting.id,
        "title": meeting.title,
        "preset": meeting.preset,
        "opens_at": meeting.opens_at.isoformat(),
        "presets": [{"name": one.name, "title": one.title} for one in PRESETS.values()],
        "signals": [
            {"name": kind.name, "title": kind.title}
            for kind in choices()
            if kind.name in meeting.signals
        ],
    }
    result = _review(key="review", data=data, on_renew_change=be_told)
    if result.get("renew"):
        forget_pass(bearer)
        st.rerun()

"""A candidate's own record, after the exam: shown in their browser, asked for with their pass."""

from __future__ import annotations

import streamlit as st

from proctoring.types import Capability, Meeting, Participant
from proctoring.ui import be_told, register
from proctoring.ui.passes import forget_pass, page_pass

_own = register(
    "own",
    "picture_marks.js",
    "sound_peaks.js",
    "sound_clip.js",
    "own_words.js",
    "own_parts.js",
    "shared_stills.js",
    "shared_stills.css",
    "sound_clip.css",
)


def own_record(bearer: Capability, meeting: Meeting, participant: Participant) -> None:
    """Of a candidate who finished; nothing for one who was erased."""
    if participant.finished_at is None or participant.erased_at is not None:
        return
    key = f"own-{meeting.id}-{participant.id}"
    result = _own(key=key, data={"pass": page_pass(bearer)}, on_news_change=be_told)
    if result.get("news") == "refused" and not st.session_state.get(f"{key}-again"):
        st.session_state[f"{key}-again"] = True  # once: a pass is renewed, a refusal stands
        forget_pass(bearer)
        st.rerun()

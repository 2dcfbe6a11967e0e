"""What candidates work on: the built-in paper, or an exam elsewhere; and the paper as a preview."""

from __future__ import annotations

from typing import Any

import streamlit as st

from proctoring.paper.arranging import arrange
from proctoring.paper.questions import Questions
from proctoring.paper.showing import shown_paper
from proctoring.types import Capability, Meeting, Participant
from proctoring.ui import be_told, register, services
from proctoring.ui.language import t
from proctoring.ui.passes import forget_pass, page_pass

_paper = register(
    "paper",
    "socket.js",
    "line.js",
    "paper_words.js",
    "paper_keep.js",
    "paper_fields.js",
    "paper_review.js",
    "paper_sheet.js",
)
_outside = register("outside")


def show_questions(meeting: Meeting, participant: Participant, bearer: Capability | None) -> bool:
    """Whatever the candidate works on. True if it is the built-in paper, with its way to finish."""
    if bearer is not None and _has_paper(meeting.id):
        _draw(participant, bearer)
        return True
    if meeting.journey.exam_url:
        _outside(key="outside", data={"url": meeting.journey.exam_url})
    elif not meeting.instructions:
        st.markdown(t("Work on your exam as your exam office told you, and leave this page open."))
    return False


def paper_afterwards(participant: Participant, bearer: Capability | None) -> None:
    """At the end: what was still on its way is sent, and the page says when all is saved."""
    if bearer is not None and _has_paper(participant.meeting_id):
        _draw(participant, bearer, after=True)


def preview(questions: Questions, key: str) -> None:
    """As one candidate would see it; nothing that is typed in it goes anywhere."""
    shown = shown_paper(arrange(questions, "preview", 1), {one.id for one in questions})
    data: dict[str, Any] = {"participant": "preview", "preview": shown}
    _paper(key=f"as-candidates-{key}", data=data)


def _has_paper(meeting_id: str) -> bool:
    """Once there is one, there always is; a page that runs again does not read it again."""
    if st.session_state.get("has paper") != meeting_id:
        if services().store.paper(meeting_id) is None:
            return False
        st.session_state["has paper"] = meeting_id
    return True


def _draw(participant: Participant, bearer: Capability, *, after: bool = False) -> None:
    data = {"pass": page_pass(bearer), "participant": participant.id, "after": after}
    key = "paper-after" if after else "paper"
    result = _paper(key=key, data=data, on_news_change=be_told)
    if result.get("news") == "refused":
        forget_pass(bearer)
        st.rerun()
    if result.get("news") == "finished" and not after:
        st.rerun()

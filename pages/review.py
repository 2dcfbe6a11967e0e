"""The review desk, for whoever holds one of the exam's secret links of staff."""

from __future__ import annotations

import streamlit as st

from proctoring.types import Meeting
from proctoring.ui import plain, read_text, say_window, time_zone
from proctoring.ui.by_link import open_by_link
from proctoring.ui.review import review

MARK = '<img src="app/static/mark.svg" alt="" width="36" height="36">'


def main() -> None:
    if not (opened := open_by_link("review", "link")):
        return
    bearer, meeting = opened
    st.html(f"<style>{read_text('review_page.css')}</style>")
    with st.container(key="review-page"):
        show_header(meeting)
        review(bearer, meeting)


def show_header(meeting: Meeting) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="review-header"):
        st.html(MARK, width="content")
        with st.container(width="stretch", gap=None):
            st.subheader(plain(f"{meeting.title}: review"), anchor=False)
            st.caption(plain(say_window(meeting.opens_at, meeting.closes_at, time_zone())))
        own = {name: st.query_params.get(name, "") for name in ("meeting", "key")}
        st.page_link("proctor.py", label="Live desk", icon=":material/grid_view:", query_params=own)


main()

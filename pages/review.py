"""The review desk, for whoever holds one of the exam's secret links of staff."""

from __future__ import annotations

import streamlit as st

from proctoring.access.admission import TooMany
from proctoring.access.tokens import READS
from proctoring.store import StoreError
from proctoring.types import Meeting, Role
from proctoring.ui import plain, read_text, say_window, services, time_zone
from proctoring.ui.places import place
from proctoring.ui.review import review
from proctoring.ui.staff import OPEN_AGAIN, links_of_staff, staff_only
from proctoring.ui.visitor import let_in

MARK = '<img src="app/static/mark.svg" alt="" width="36" height="36">'


def main() -> None:
    if not staff_only(OPEN_AGAIN):
        return
    opens = links_of_staff()
    try:
        bearer = let_in(opens, st.query_params.get("meeting", ""), st.query_params.get("key", ""))
        meeting = services().store.meeting(bearer.meeting_id) if bearer else None
    except TooMany as too_many:
        return place("The review cannot open now", str(too_many))
    except StoreError:
        return place("The review cannot open now", "The records cannot be read. Try again soon.")
    if bearer is None or meeting is None:
        return place(
            "This link does not open a review",
            "Check that you opened the whole link, from the first sign to the last."
            if opens == READS
            else "Check that you opened the whole link, and that it is for your role:"
            f" your account opens links of a {_or(opens)}.",
        )
    st.html(f"<style>{read_text('review_page.css')}</style>")
    with st.container(key="review-page"):
        show_header(meeting)
        review(bearer, meeting)


def _or(roles: frozenset[Role]) -> str:
    return " or a ".join(sorted(roles))


def show_header(meeting: Meeting) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="review-header"):
        st.html(MARK, width="content")
        with st.container(width="stretch", gap=None):
            st.subheader(plain(f"{meeting.title}: review"), anchor=False)
            st.caption(plain(say_window(meeting.opens_at, meeting.closes_at, time_zone())))
        own = {name: st.query_params.get(name, "") for name in ("meeting", "key")}
        st.page_link("proctor.py", label="Live desk", icon=":material/grid_view:", query_params=own)


main()

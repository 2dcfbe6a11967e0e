"""The proctor's desk, for whoever holds the meeting's secret link."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import streamlit as st

from proctoring.office.invitations import expected
from proctoring.types import Meeting
from proctoring.ui import plain, services, time_zone
from proctoring.ui.by_link import open_by_link
from proctoring.ui.desk import desk
from proctoring.ui.links import base_of, candidate_link, share_card
from proctoring.ui.places import allowed, minutes

EXPECTED_EVERY_S = 15.0
MARK = '<img src="app/static/mark.svg" alt="" width="36" height="36">'


def main() -> None:
    if not (opened := open_by_link("desk", "proctor link")):
        return
    bearer, meeting = opened
    show_header(meeting)
    desk(bearer)


def show_header(meeting: Meeting) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="desk-header"):
        st.html(MARK, width="content")
        with st.container(width="stretch", gap=None):
            st.subheader(plain(meeting.title), anchor=False)
            st.caption(plain(say_when(meeting, time_zone(), datetime.now(UTC))))
            st.caption(allowed(meeting))
            if services().store.invited(meeting.id):
                show_expected(meeting)
        own = {name: st.query_params.get(name, "") for name in ("meeting", "key")}
        st.page_link("review.py", label="Review", icon=":material/rule:", query_params=own)
        with st.popover("Candidate link", icon=":material/link:", width="content"):
            base = services().settings.public_url or base_of(st.context.url or "")
            share_card(
                "candidate-link",
                title="For candidates",
                note="Anyone with this link can join as a candidate. It opens no desk.",
                link=candidate_link(base, meeting.id),
                open_label="Open",
            )


@st.fragment(run_every=EXPECTED_EVERY_S)
def show_expected(meeting: Meeting) -> None:
    """By itself, so that nothing else on the desk is drawn anew for it."""
    store = services().store
    missing = expected(store, meeting.id, store.participants(meeting.id))
    of = len(store.invited(meeting.id))
    st.caption(f"Expected: {missing} of {of} invited candidates are not here yet.")


def say_when(meeting: Meeting, zone: ZoneInfo, now: datetime) -> str:
    """ "Sat 21 Nov, 14:30 to 17:30 your time · 60 minutes each · open now" """
    opens, closes = meeting.opens_at.astimezone(zone), meeting.closes_at.astimezone(zone)
    until = f"{closes:%H:%M}" if opens.date() == closes.date() else f"{closes:%a %-d %b, %H:%M}"
    state = "not open yet" if now < opens else "open now" if now < closes else "closed"
    return f"{opens:%a %-d %b, %H:%M} to {until} your time · {minutes(meeting)} each · {state}"


main()

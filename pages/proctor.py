"""The proctor's desk, for whoever holds the meeting's secret link."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import streamlit as st

from proctoring.access.admission import TooMany
from proctoring.access.tokens import READS
from proctoring.store import StoreError
from proctoring.types import Meeting, Role
from proctoring.ui import plain, services, time_zone
from proctoring.ui.desk import desk
from proctoring.ui.links import base_of, candidate_link, share_card
from proctoring.ui.places import allowed, minutes, place
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
        return place("The desk cannot open now", str(too_many))
    except StoreError:
        return place("The desk cannot open now", "The records cannot be read. Try again soon.")
    if bearer is None or meeting is None:
        return place(
            "This link does not open a desk",
            "Check that you opened the whole proctor link, from the first sign to the last."
            if opens == READS
            else "Check that you opened the whole link, and that it is for your role:"
            f" your account opens links of a {_or(opens)}.",
        )
    show_header(meeting)
    desk(bearer)


def _or(roles: frozenset[Role]) -> str:
    return " or a ".join(sorted(roles))


def show_header(meeting: Meeting) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="desk-header"):
        st.html(MARK, width="content")
        with st.container(width="stretch", gap=None):
            st.subheader(plain(meeting.title), anchor=False)
            st.caption(plain(say_when(meeting, time_zone(), datetime.now(UTC))))
            st.caption(allowed(meeting))
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


def say_when(meeting: Meeting, zone: ZoneInfo, now: datetime) -> str:
    """ "Sat 21 Nov, 14:30 to 17:30 your time · 60 minutes each · open now" """
    opens, closes = meeting.opens_at.astimezone(zone), meeting.closes_at.astimezone(zone)
    until = f"{closes:%H:%M}" if opens.date() == closes.date() else f"{closes:%a %-d %b, %H:%M}"
    state = "not open yet" if now < opens else "open now" if now < closes else "closed"
    return f"{opens:%a %-d %b, %H:%M} to {until} your time · {minutes(meeting)} each · {state}"


main()

"""An exam made from another one: the same settings and paper, with other dates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import streamlit as st

from proctoring.access.admission import TooMany
from proctoring.office import lists
from proctoring.office.copies import copy_paper, settings_of
from proctoring.office.policies import BadPolicy, with_policy
from proctoring.plaintext import LONGEST_TITLE
from proctoring.policy.file import WrittenPolicy
from proctoring.services import Opened, Unheard
from proctoring.store import StoreError
from proctoring.types import Meeting
from proctoring.ui import plain, services, time_zone
from proctoring.ui.links import show_three_links
from proctoring.ui.new_exam import DAY, STEP
from proctoring.ui.staff import account_owner
from proctoring.ui.visitor import address

MADE = "copied exam"


def ask_copy(meeting: Meeting, policy: WrittenPolicy | None = None) -> None:
    """A button, and the question that it opens. `policy` takes the place of the exam's own."""
    label = "Copy this exam with this policy" if policy else "Copy this exam"
    if st.button(label, icon=":material/content_copy:", key="ask-copy"):
        copy_question(meeting, policy)


@st.dialog("Copy this exam", width="medium")
def copy_question(meeting: Meeting, policy: WrittenPolicy | None = None, owner: str = "") -> None:
    st.markdown(
        "The settings and the paper are the same; nobody is in it, and nobody is invited to it."
    )
    zone = time_zone()
    length = meeting.closes_at - meeting.opens_at
    begin = datetime.now(zone).replace(minute=0, second=0, microsecond=0, tzinfo=None)
    begin += timedelta(days=7)
    title = st.text_input("Title", value=meeting.title, max_chars=LONGEST_TITLE, key="copy-title")
    left, right = st.columns(2)
    opens = left.datetime_input("Opens", begin, format=DAY, step=STEP, key="copy-opens")
    closes = right.datetime_input(
        "Closes", begin + length, format=DAY, step=STEP, key="copy-closes"
    )
    if not st.button("Make the copy", type="primary", key="copy-make"):
        return
    room = closes - opens if opens and closes else timedelta()
    if not title.strip():
        st.error("Give the exam a title: candidates and proctors see it.")
    elif not opens or not closes or closes <= opens:
        st.error("The exam closes before it opens. Choose a later time for “Closes”.")
    elif closes.replace(tzinfo=zone) <= datetime.now(zone):
        st.error("The exam would be over already. Choose a time to come for “Closes”.")
    elif room < timedelta(seconds=meeting.length_s):
        st.error("The working time does not fit between “Opens” and “Closes”.")
    else:
        make(meeting, policy, title, opens.replace(tzinfo=zone), closes.replace(tzinfo=zone), owner)


def make(
    meeting: Meeting,
    policy: WrittenPolicy | None,
    title: str,
    opens: datetime,
    closes: datetime,
    owner: str,
) -> None:
    try:
        like = with_policy(meeting, policy) if policy else meeting
        opened = services().create_meeting(
            title=title,
            opens_at=opens.astimezone(UTC),
            closes_at=closes.astimezone(UTC),
            address=address(),
            **settings_of(like),
        )
        copy_paper(services().store, meeting.id, opened.meeting.id)
        for one in filter(None, (owner, account_owner())):
            lists.put_on(services().store, opened.meeting.id, one)
    except BadPolicy as bad:
        st.error(str(bad))
    except (TooMany, Unheard) as reason:
        st.error(plain(str(reason)))
    except StoreError as error:
        st.error(f"The copy could not be saved. {plain(str(error))}")
    else:
        st.session_state[MADE] = opened
        st.rerun()


def show_copy() -> bool:
    """The links of a copy that was just made, once. Is there one?"""
    opened: Opened | None = st.session_state.get(MADE)
    if opened is None:
        return False
    st.badge("Copy made", icon=":material/check:", color="green")
    show_three_links(opened)
    if st.button("I have copied them"):
        del st.session_state[MADE]
        st.rerun()
    return True

"""All exams of one examiner: by an account, or by a link that is kept like a password."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from proctoring.access.admission import TooMany
from proctoring.access.staff import MAKES_EXAMS
from proctoring.access.tokens import Refused, new_secret
from proctoring.office import lists
from proctoring.office.lists import Listed, State
from proctoring.store import StoreError
from proctoring.ui import masthead, plain, read_text, services, time_zone
from proctoring.ui.copy_exam import copy_question, show_copy
from proctoring.ui.links import office_link, own_base, share_card
from proctoring.ui.office import TITLES, exam_row, matching
from proctoring.ui.places import place
from proctoring.ui.staff import account_owner, show_account, staff_only
from proctoring.ui.visitor import list_owner

ON_ONE_PAGE = 25


def main() -> None:
    if not staff_only("Your exams are listed here once you have signed in.", may=MAKES_EXAMS):
        return
    try:
        secret = st.query_params.get("key", "")
        owner = account_owner() or list_owner(secret)
        if not owner:
            return place(
                "This link opens no list of exams",
                "Check that you opened the whole link, from the first sign to the last. It is shown"
                " with the links of the first exam that you make.",
            )
        show(owner, "" if account_owner() else secret)
    except TooMany as too_many:
        place("This page cannot open now", str(too_many))
    except Refused:
        place("This list does not open this exam any more", "It was taken off the list.")
    except StoreError:
        place("This page cannot open now", "The records cannot be read. Try again soon.")


def show(owner: str, secret: str) -> None:
    masthead("Your exams")
    show_account()
    if show_copy():
        return
    if secret:
        st.session_state["office"] = secret  # what is made in this tab comes to this list
    show_new_link()
    with st.container(horizontal=True, vertical_alignment="center", key="office-head"):
        st.title("Your exams", anchor=False, width="stretch")
        st.page_link("home.py", label="New exam", icon=":material/add:")
    found = lists.listed(services().store, owner, datetime.now(UTC))
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    text = left.text_input("Search by title", key="office-search")
    wanted = right.selectbox(
        "Show", ["", *State], format_func=lambda one: label(one, found), key="office-state"
    )
    chosen = matching(found, text, wanted)
    if not chosen:
        st.markdown("No exam is like that.")
    pages = -(-len(chosen) // ON_ONE_PAGE)
    number = st.pagination(pages, key="office-page") if pages > 1 else 1
    with st.container(key="exam-list", gap=None):
        for one in chosen[(number - 1) * ON_ONE_PAGE : number * ON_ONE_PAGE]:
            show_exam(one, owner)
    if secret:
        show_own_link(owner)


def label(state: str, found: list[Listed]) -> str:
    """ "Running (2)" """
    count = sum(
        one.state is not State.ARCHIVED if not state else one.state == state for one in found
    )
    return f"{TITLES[State(state)] if state else 'All but archived'} ({count})"


def show_exam(one: Listed, owner: str) -> None:
    meeting_id, is_archived = one.meeting.id, one.state is State.ARCHIVED
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(exam_row(one, time_zone()), width="stretch")
        with st.container(horizontal=True, width="content"):
            name = plain(one.meeting.title)
            if st.button("Open", key=f"open-{meeting_id}", help=f"Open {name}"):
                opened = lists.open_exam(services().office, owner, meeting_id)
                st.switch_page("manage.py", query_params={"meeting": meeting_id, "key": opened})
            if st.button("Copy", key=f"copy-{meeting_id}", help=f"Copy {name}"):
                copy_question(one.meeting, owner=owner)
            word = "Unarchive" if is_archived else "Archive"
            if st.button(word, key=f"archive-{meeting_id}", help=f"{word} {name}"):
                lists.archive(services().office, owner, meeting_id, archived=not is_archived)
                st.rerun()


def show_own_link(owner: str) -> None:
    with st.expander("The link of this list"):
        st.markdown(
            "Whoever has it manages every exam on it. If somebody should not have it, replace it:"
            " the old one opens nothing from then on, and the exams stay as they are."
        )
        if st.button("Replace the link of this list", icon=":material/key:"):
            secret = new_secret()
            lists.moved(services().store, owner, lists.owner_of_secret(secret))
            st.session_state["new list"] = st.session_state["office"] = secret
            st.query_params["key"] = secret
            st.rerun()


def show_new_link() -> None:
    if not (secret := st.session_state.get("new list")):
        return
    share_card(
        "new-list",
        title="The new link of your list – keep it secret",
        note="It is shown only now and cannot be recovered: copy it before you go on.",
        link=office_link(own_base(), secret),
        open_label="Open it",
        is_first=True,
    )
    if st.button("I have copied it"):
        del st.session_state["new list"]
        st.rerun()


st.html(f"<style>{read_text('manage.css')}</style>")
with st.container(key="office"):
    main()

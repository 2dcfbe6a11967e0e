"""Candidates who are invited by name: who has come, whose link is replaced, revoked, erased."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

import streamlit as st

from proctoring.access.tokens import Refused
from proctoring.office import invitations, lists
from proctoring.office.invitations import Invitation
from proctoring.store import StoreError
from proctoring.types import Capability, Meeting, Participant
from proctoring.ui import plain, services, time_zone
from proctoring.ui.manage_guests import MADE, ask_list, facts_of, show_made

ON_ONE_PAGE = 20  # invitations
STATES = {
    "expected": "not here yet",
    "joined": "has agreed",
    "began": "has begun",
    "finished": "has finished",
    "revoked": "link revoked",
}


def show_invited(bearer: Capability, meeting: Meeting, participants: list[Participant]) -> None:
    st.header("Invited candidates", anchor=False)
    known = invitations.invitations(services().store, meeting.id)
    came = {one.id: one for one in participants}
    show_count(known, came)
    ask_door(bearer, meeting, is_anybody=bool(known))
    if show_made(meeting):
        return
    place = st.expander("Invite candidates by a list", key="invite-list", on_change="rerun")
    if place.open:  # nothing of it is drawn before
        with place:
            ask_list(bearer, known)
    if known:
        show_known(bearer, known, came)


def show_count(known: list[Invitation], came: dict[str, Participant]) -> None:
    if not known:
        st.markdown(
            "Nobody is invited by name, so whoever has the candidate link types their own name. A"
            " list of names gives each candidate a link of their own."
        )
        return
    missing = sum(one.has_link and one.id not in came for one in known)
    st.markdown(
        f"{len(known)} invited by name, {missing} of them expected and not here yet. A personal"
        " link opens the exam with the name set, and resumes it on another device."
    )


def ask_door(bearer: Capability, meeting: Meeting, *, is_anybody: bool) -> None:
    closed = meeting.journey.invited_only
    if not (is_anybody or closed):
        return
    wanted = st.checkbox(
        "Only by a personal link",
        value=closed,
        key=f"invited-only-{closed}",
        help="The candidate link that is for everybody then lets nobody in. Whoever is in, stays.",
    )
    if wanted != closed:
        lists.set_state(services().office, bearer, invited_only=wanted)
        st.rerun()


# --- who is invited --------------------------------------------------------------------------


def show_known(bearer: Capability, known: list[Invitation], came: dict[str, Participant]) -> None:
    text = st.text_input("Search by name or id", key="invited-search").casefold().split()
    found = [one for one in known if all(word in _searched(one) for word in text)]
    pages = -(-len(found) // ON_ONE_PAGE)
    number = st.pagination(pages, key="invited-page") if pages > 1 else 1
    with st.container(key="invited-list", gap=None):
        for one in found[(number - 1) * ON_ONE_PAGE : number * ON_ONE_PAGE]:
            show_one(bearer, one, came)
    if not found:
        st.markdown("Nobody is like that.")
    missing = [one for one in known if one.id not in came]
    with st.container(horizontal=True):
        listed = invitations.list_csv(known, came)
        st.download_button(
            "Download the list", listed, "invited.csv", "text/csv", on_click="ignore"
        )
        if missing and st.button(f"New links for all who are not here yet ({len(missing)})"):
            renew_question(bearer, missing)


def show_one(bearer: Capability, one: Invitation, came: dict[str, Participant]) -> None:
    state = invitations.state_of(one, came)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(invited_row(one, state, time_zone()), width="stretch")
        if state == "finished":
            return
        with st.container(horizontal=True, width="content"):
            name = plain(one.guest.name)
            if st.button("New link", key=f"renew-{one.id}", help=f"A new link for {name}"):
                renew_question(bearer, [one])
            if one.has_link and st.button(
                "Revoke", key=f"uninvite-{one.id}", help=f"Revoke the link of {name}"
            ):
                revoke_question(bearer, one)
            if one.id not in came and st.button(
                "Erase", key=f"forget-{one.id}", help=f"Erase the invitation of {name}"
            ):
                forget_question(bearer, one)


@st.dialog("Make new personal links?")
def renew_question(bearer: Capability, chosen: list[Invitation]) -> None:
    whose = plain(chosen[0].guest.name) if len(chosen) == 1 else f"{len(chosen)} candidates"
    st.markdown(f"The links that {whose} had open nothing from then on. Send the new ones.")

    def make() -> None:
        st.session_state[MADE] = invitations.new_links(services().office, bearer, chosen)

    answer("Make them" if len(chosen) > 1 else "Make it", "renew-do", make)


@st.dialog("Revoke this personal link?")
def revoke_question(bearer: Capability, one: Invitation) -> None:
    st.markdown(
        f"The link of {plain(one.guest.name)} opens nothing from then on. If they sit the exam by"
        " it, their page closes within two seconds; a new link lets them go on."
    )
    answer("Revoke it", "uninvite-do", lambda: invitations.revoke(services().office, bearer, one))


@st.dialog("Erase this invitation?")
def forget_question(bearer: Capability, one: Invitation) -> None:
    st.markdown(
        f"The name, the id and the address of {plain(one.guest.name)} are destroyed for good, and"
        " their link opens nothing from then on."
    )
    answer("Erase it", "forget-do", lambda: invitations.forget(services().office, bearer, one))


def answer(label: str, key: str, act: Callable[[], object]) -> None:
    """The button of a question that is open: does it and closes the question, or says why not."""
    with st.container(horizontal=True):
        if st.button(label, type="primary", key=key):
            try:
                act()
            except (Refused, StoreError) as error:
                st.error(plain(str(error)) or "This page’s own link was revoked meanwhile.")
                return
            st.rerun()
        if st.button("Cancel", key=f"{key}-not"):
            st.rerun()


def invited_row(one: Invitation, state: str, zone: ZoneInfo) -> str:
    """HTML."""
    over = " data-over" if state == "revoked" else ""
    facts = [STATES[state], *facts_of(one.guest), f"invited {_say(one.invited_at, zone)}"]
    return (
        f'<p class="op-row"{over}><strong>{escape(one.guest.name)}</strong>'
        f"<span>{escape(' · '.join(facts))}</span></p>"
    )


def _searched(one: Invitation) -> str:
    return f"{one.guest.name} {one.guest.own_id} {one.guest.email}".casefold()


def _say(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%-d %b, %H:%M}"

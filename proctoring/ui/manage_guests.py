"""A list of candidates that an examiner reads in, and the personal links that come of it."""

from __future__ import annotations

from html import escape

import streamlit as st

from proctoring.office import guests, invitations
from proctoring.office.guests import BadList, Guest, GuestList
from proctoring.office.invitations import Invitation
from proctoring.store import Rejected
from proctoring.types import Capability, Meeting
from proctoring.ui import plain, services
from proctoring.ui.links import candidate_link, own_base, share_card

SHOWN = 10  # of a list that is about to be read in
MADE = "personal links"  # in the tab, until they were kept: [(invitation, secret)]


def ask_list(bearer: Capability, known: list[Invitation]) -> None:
    st.markdown(
        "A CSV file from a spreadsheet, whose first line names the columns: `name`, and if you like"
        " `id`, `email`, `extra_minutes`, `extra_percent` (25, 50, 100), `break_minutes`,"
        " `longer_looks`, `may_speak`, `second_person`. Names and addresses are kept sealed and"
        " sent to nobody; you send the links."
    )
    template = guests.TEMPLATE.encode("utf-8-sig")
    st.download_button("Template", template, "candidates.csv", "text/csv", on_click="ignore")
    turn = st.session_state.get("list turn", 0)
    given = st.file_uploader("List of candidates (CSV)", type=["csv"], key=f"guests-{turn}")
    if given is None:
        return
    try:
        found = guests.read(given.getvalue())
    except BadList as bad:
        st.error(plain(str(bad)))
        return
    new = invitations.new_among(known, found.guests)
    show_list(found, new)
    if found.problems or not new:
        return
    word = "candidate" if len(new) == 1 else "candidates"
    if st.button(f"Invite {len(new)} {word}", type="primary", key="invite"):
        invite(bearer, new)


def show_list(found: GuestList, new: list[Guest]) -> None:
    if found.problems:
        count = len(found.problems)
        lines = "\n".join(f"- {plain(one)}" for one in found.problems[: guests.MOST_PROBLEMS])
        left = count - guests.MOST_PROBLEMS
        st.error(
            "Nobody is invited before the list is right:\n\n"
            + lines
            + (f"\n- and {left} more" if left > 0 else "")
        )
    same = len(found.guests) - len(new)
    said = f"{len(found.guests)} candidates, read as {found.encoding}."
    if same:
        said += f" {same} of them are invited already and stay as they are."
    st.markdown(said)
    if new:
        rows = "".join(f"<li>{_said(one)}</li>" for one in new[:SHOWN])
        more = f"<li>and {len(new) - SHOWN} more</li>" if len(new) > SHOWN else ""
        st.html(f'<ul class="op-guests">{rows}{more}</ul>')


def invite(bearer: Capability, new: list[Guest]) -> None:
    try:
        st.session_state[MADE] = invitations.invite(services().office, bearer, new)
    except Rejected as rejected:
        st.error(plain(str(rejected)))
        return
    st.session_state["list turn"] = st.session_state.get("list turn", 0) + 1
    st.rerun()


# --- links that were just made -------------------------------------------------------------------


def show_made(meeting: Meeting) -> bool:
    """Once: nobody can ask for them again. Are there any?"""
    made: list[tuple[Invitation, str]] = st.session_state.get(MADE, [])
    if not made or made[0][0].meeting_id != meeting.id:
        return False
    address = candidate_link(own_base(), meeting.id)
    if len(made) == 1:
        share_card(
            "personal-link",
            title=f"The link of {made[0][0].guest.name}",
            note="It is shown only now and cannot be recovered: copy it before you go on.",
            link=f"{address}&personal={made[0][1]}",
            open_label="Open it",
        )
    else:
        st.success(
            f"{len(made)} personal links were made. They are here only now and cannot be recovered:"
            " download them before you go on.",
            icon=":material/key:",
        )
    with st.container(horizontal=True):
        st.download_button(
            "Download the links" if len(made) > 1 else "Download it",
            invitations.links_csv(made, address),
            "personal-links.csv",
            "text/csv",
            type="primary",
            on_click="ignore",
        )
        if st.button("I have kept them"):
            del st.session_state[MADE]
            st.rerun()
    return True


def _said(guest: Guest) -> str:
    """HTML."""
    facts = " · ".join(facts_of(guest))
    return f"<strong>{escape(guest.name)}</strong>" + (f" {escape(facts)}" if facts else "")


def facts_of(guest: Guest) -> list[str]:
    changes = guest.adjustments
    facts = [guest.own_id, guest.email]
    facts.append(f"{guest.extra_min} min more" if guest.extra_min else "")
    facts.append(f"{changes.extra_percent} % more time" if changes.extra_percent else "")
    facts.append(f"breaks of {changes.break_min} min" if changes.break_min else "")
    facts.append("longer looks away" if changes.longer_looks else "")
    facts.append("may speak" if changes.may_speak else "")
    facts.append("with a second person" if changes.second_person else "")
    return [fact for fact in facts if fact]

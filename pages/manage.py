"""The examiner's own page: links, hold, erasure and the log of one exam."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from proctoring.audit.events import SERVER
from proctoring.office import lists, policies
from proctoring.plaintext import LONGEST_REASON
from proctoring.types import Capability, Meeting, Participant, Role
from proctoring.ui import masthead, plain, read_text, say_window, services, time_zone
from proctoring.ui.by_link import manage_by_link
from proctoring.ui.copy_exam import ask_copy, show_copy
from proctoring.ui.links import base_of, manage_link, proctor_link, share_card
from proctoring.ui.manage import (
    NEWEST,
    candidate_row,
    link_row,
    log_list,
    staff_links,
    verdict_of_chain,
    words_of,
)
from proctoring.ui.manage_invited import show_invited
from proctoring.ui.manage_paper import show_paper
from proctoring.ui.manage_questions import ask_what_is_open
from proctoring.ui.places import allowed, minutes

ON_ONE_PAGE = 20  # candidates


def main() -> None:
    manage_by_link(
        show,
        wrong="This link does not manage an exam",
        advice="Check that you opened the whole manage link, from the first sign to the last.",
    )


def show(bearer: Capability, meeting: Meeting) -> None:
    masthead("Manage an exam")
    st.title(plain(meeting.title), anchor=False)
    window = plain(say_window(meeting.opens_at, meeting.closes_at, time_zone()))
    st.markdown(f"{window} · {minutes(meeting)} of working time for each candidate")
    st.markdown(allowed(meeting))
    show_new_link(meeting)
    if show_copy():
        return
    participants = services().store.participants(meeting.id)
    show_policy(meeting, participants)
    show_paper(bearer, meeting, participants)
    show_links(bearer)
    show_invited(bearer, meeting, participants)
    show_hold(bearer)
    show_candidates(participants, is_held=bool(services().store.held(meeting.id)))
    show_log(meeting, participants)
    ask_what_is_open(bearer)


def show_new_link(meeting: Meeting) -> None:
    """What was just made, once: nobody can ask for it again."""
    made: tuple[Role, str] | None = st.session_state.get("made")
    if made is None:
        return
    role, secret = made
    base = services().settings.public_url or base_of(st.context.url or "")
    make_address = manage_link if role is Role.EXAMINER else proctor_link
    titles = {
        Role.EXAMINER: "Your new manage link – keep it secret",
        Role.PROCTOR: "The new link for proctors – keep it secret",
        Role.REVIEWER: "The new link for a reviewer – keep it secret",
    }
    share_card(
        "new-link",
        title=titles[role],
        note="It is shown only now and cannot be recovered: copy it before you go on.",
        link=make_address(base, meeting.id, secret),
        open_label="Open it",
        is_first=True,
    )
    if st.button("I have copied it"):
        del st.session_state["made"]
        st.rerun()


def show_policy(meeting: Meeting, participants: list[Participant]) -> None:
    newest = policies.in_force(services().store, meeting.id)
    frozen = "frozen" if policies.is_frozen(participants) else "can still be changed"
    own = {"meeting": meeting.id, "key": st.query_params.get("key", "")}
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Policy:** {newest.label}, {frozen}", width="content")
        st.page_link("policy.py", label="Look at it", icon=":material/tune:", query_params=own)
        ask_copy(meeting)


def show_links(bearer: Capability) -> None:
    st.header("Links", anchor=False)
    now, zone = datetime.now(UTC), time_zone()
    with st.container(key="link-list", gap=None):
        for link in staff_links(services().store.capabilities(bearer.meeting_id)):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.html(link_row(link, bearer.id, zone, now), width="stretch")
                if link.is_valid(now) and link.id != bearer.id:
                    ask_button("Revoke", ("revoke", link.id))
    with st.container(horizontal=True):
        ask_button("New proctor link", ("replace", Role.PROCTOR), ":material/autorenew:")
        ask_button("New reviewer link", ("review", ""), ":material/person_search:")
        ask_button("Replace this manage link", ("replace", Role.EXAMINER), ":material/key:")
    if count := lists.on_lists(services().store, bearer.meeting_id):
        with st.container(horizontal=True, vertical_alignment="center"):
            whose = "a list of exams" if count == 1 else f"{count} lists of exams"
            st.markdown(f"This exam is on {whose}, which opens it, too.", width="stretch")
            ask_button("Take it off", ("unlist", ""))


def show_hold(bearer: Capability) -> None:
    st.header("Hold", anchor=False)
    reason = services().store.held(bearer.meeting_id)
    if reason:
        st.info(f"On hold, and nothing can be erased: {plain(reason)}", icon=":material/lock:")
        ask_button("Release the hold", ("release", ""))
        return
    st.markdown("While an exam is on hold, nothing of it is erased, by hand or by its time limit.")
    with st.form("hold", clear_on_submit=True):
        typed = st.text_input("Reason", max_chars=LONGEST_REASON, placeholder="Appeal 2026-114")
        if st.form_submit_button("Put on hold"):
            if typed.strip():
                services().office.hold(bearer, typed)
                st.rerun()
            st.error("Say why, so that whoever reads the log understands it.")


def show_candidates(participants: list[Participant], *, is_held: bool) -> None:
    st.header("Candidates", anchor=False)
    if not participants:
        st.markdown("Nobody has joined yet.")
        return
    pages = -(-len(participants) // ON_ONE_PAGE)
    number = st.pagination(pages, key="candidates-page") if pages > 1 else 1
    zone, first = time_zone(), (number - 1) * ON_ONE_PAGE
    with st.container(key="candidate-list", gap=None):
        for participant in participants[first : first + ON_ONE_PAGE]:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.html(candidate_row(participant, zone), width="stretch")
                if participant.erased_at is None:
                    with st.container(horizontal=True, width="content"):
                        ask_button("Export", ("export", participant.id))
                        if not is_held:
                            ask_button("Erase", ("erase", participant.id))


def show_log(meeting: Meeting, participants: list[Participant]) -> None:
    st.header("Log", anchor=False)
    store = services().store
    entries = store.audit_log(meeting.id)
    if not entries:
        st.markdown("Nothing has been done yet.")
        return
    is_whole, verdict = verdict_of_chain(entries)
    if is_whole:
        st.html(f'<p class="op-chain">{verdict}</p>')
    else:
        st.error(verdict)
    if not st.toggle("Also what the server wrote by itself", key="whole-log"):
        entries = [entry for entry in entries if entry.event.actor != SERVER]
    if len(entries) > NEWEST:
        st.caption(f"The newest {NEWEST} are shown.")
    if entries:
        words = words_of(store.capabilities(meeting.id), participants, meeting.id)
        st.html(log_list(entries, words, time_zone()))
    else:
        st.caption("Nobody has done anything yet.")


def ask_button(label: str, question: tuple[str, str], icon: str | None = None) -> None:
    """Opens the question; what it asks is done there."""
    if st.button(label, key=f"ask-{question[0]}-{question[1]}", icon=icon):
        st.session_state["asks"] = question
        st.rerun()


st.html(f"<style>{read_text('manage.css')}</style>")
with st.container(key="manage"):
    main()

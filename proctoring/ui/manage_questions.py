"""Questions over the manage page, before what cannot be undone: each says what it does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import streamlit as st

from proctoring.access.staff import MAKES_EXAMS
from proctoring.access.tokens import Refused
from proctoring.office import lists
from proctoring.plaintext import LONGEST_REASON
from proctoring.store import StoreError
from proctoring.types import Capability, Role
from proctoring.ui import plain, services, time_zone
from proctoring.ui.staff import OPEN_AGAIN, own_sign_in, staff_only

REVIEW_DAYS = 30


def ask_what_is_open(bearer: Capability) -> None:
    """Drawn on every run, as long as it is open."""
    kind, subject = st.session_state.get("asks", ("", ""))
    if kind == "replace" and subject == Role.EXAMINER:
        _ask("Replace this manage link?", lambda: _replace_own(bearer))
    elif kind == "replace":
        _ask("Make a new proctor link?", lambda: _replace_proctors(bearer))
    elif kind == "review":
        _ask("Make a reviewer link", lambda: _review(bearer))
    elif kind == "unlist":
        _ask("Take this exam off all lists?", lambda: _unlist(bearer))
    elif kind == "revoke":
        _ask("Revoke this link?", lambda: _revoke(bearer, subject))
    elif kind == "release":
        _ask("Release the hold?", lambda: _release(bearer))
    elif kind == "erase":
        name = plain(services().store.participant(subject).name)
        _ask(f"Erase {name}?", lambda: _erase(bearer, subject))
    elif kind == "export":
        name = plain(services().store.participant(subject).name)
        _ask(f"Export what is kept of {name}", lambda: _export(bearer, subject))


def _ask(title: str, draw: Callable[[], None]) -> None:
    st.dialog(title, on_dismiss=_drop)(draw)()


def _replace_proctors(bearer: Capability) -> None:
    st.markdown(
        "Every proctor link that works now stops working, and desks that are open with one close"
        " within two seconds. Reviewer links stay."
    )
    _answer("Make it", lambda: _made(Role.PROCTOR, _replace(bearer, Role.PROCTOR)))


def _replace_own(bearer: Capability) -> None:
    st.markdown("The link that you are here with stops working. The new one is shown once.")
    _answer("Replace it", lambda: _move(_replace(bearer, Role.EXAMINER)))


def _review(bearer: Capability) -> None:
    st.markdown("Its bearer reads incidents and their evidence, and sees nobody live.")
    zone = time_zone()
    today = datetime.now(zone).date()
    last = st.date_input(
        "Works until the end of",
        today + timedelta(days=REVIEW_DAYS),
        min_value=today,
        format="DD/MM/YYYY",
    )
    ends = datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC)
    office = services().office
    _answer("Make it", lambda: _made(Role.REVIEWER, office.make_link(bearer, Role.REVIEWER, ends)))


def _revoke(bearer: Capability, capability_id: str) -> None:
    st.markdown("It stops working at once; a desk that is open with it closes within two seconds.")
    _answer("Revoke it", lambda: services().office.revoke(bearer, capability_id))


def _unlist(bearer: Capability) -> None:
    st.markdown(
        "Whoever has such a list, by its link or by their account, opens this exam by it no more."
        " Keep this page’s own link: it still manages the exam."
    )
    _answer("Take it off", lambda: lists.take_off_all(services().office, bearer))


def _release(bearer: Capability) -> None:
    st.markdown("Candidates of this exam can be erased again.")
    _answer("Release it", lambda: services().office.release(bearer))


def _erase(bearer: Capability, participant_id: str) -> None:
    st.markdown(
        "The name, the answers, the pictures and the sounds are destroyed, and nobody can bring"
        " them back."
        " That there was an entry, its time and its numbers stay, without a name. If this exam is"
        " running, it ends."
    )
    reason = st.text_input("Reason", max_chars=LONGEST_REASON, placeholder="Asked for it")
    is_sure = st.checkbox("I know that this cannot be undone.")
    _answer(
        "Erase for good",
        lambda: services().office.erase(bearer, participant_id, reason),
        is_disabled=not (is_sure and reason.strip()),
    )


def _export(bearer: Capability, participant_id: str) -> None:
    st.markdown(
        "A ZIP file with the name, the times, the incidents with their pictures and sounds, what"
        " was measured when, and the entries of the log: for a candidate who asks what is kept of"
        " them, or for an appeal. It is not sealed: give it to nobody else, and delete it"
        " afterwards. The log tells that it was made."
    )
    sign_in = own_sign_in(bearer)

    def make() -> bytes:  # when the button is pressed, in a thread of its own
        if sign_in is not None and not services().sign_ins.opens(sign_in, bearer.role):
            raise Refused
        return services().office.export(bearer, participant_id)

    with st.container(horizontal=True):
        st.download_button(
            "Download",
            make,
            file_name=f"candidate-{participant_id}.zip",
            mime="application/zip",
            type="primary",
            icon=":material/download:",
        )
        if st.button("Close"):
            _drop()
            st.rerun()


def _answer(label: str, act: Callable[[], object], *, is_disabled: bool = False) -> None:
    with st.container(horizontal=True):
        if st.button(label, type="primary", disabled=is_disabled):
            # Signed out, or off the list, since the question was drawn.
            if not staff_only(OPEN_AGAIN, may=MAKES_EXAMS):
                return
            try:
                act()
            except Refused:
                st.error("This link does not manage the exam any more.")
                return
            except StoreError as error:
                st.error(plain(str(error)))
                return
            _drop()
            st.rerun()
        if st.button("Cancel"):
            _drop()
            st.rerun()


def _replace(bearer: Capability, role: Role) -> str:
    return services().office.replace_links(bearer, role)


def _made(role: Role, secret: str) -> None:
    st.session_state["made"] = (role, secret)


def _move(secret: str) -> None:
    """To the new link, on the spot."""
    _made(Role.EXAMINER, secret)
    st.query_params["key"] = secret


def _drop() -> None:
    st.session_state.pop("asks", None)

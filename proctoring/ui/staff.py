"""Signing in and out, for staff, where the operator asks for it. Candidates never do."""

from __future__ import annotations

from html import escape
from typing import Any

import streamlit as st

from proctoring.access.sign_ins import told
from proctoring.access.staff import OPENS, Outsider
from proctoring.access.tokens import READS
from proctoring.office.lists import owner_of_account
from proctoring.plaintext import LONGEST_NAME, line
from proctoring.types import Capability, Role, StaffRole
from proctoring.ui import services
from proctoring.ui.places import place

OPEN_AGAIN = (  # Streamlit comes back to the front page, from wherever somebody left to sign in
    "This page is for staff. Signing in ends on the front page: open your link once more then."
)
_NOT_STAFF = "This account is not staff here"
_OPEN_LINK = "Open the link that you were sent. Whoever runs this server can change the role."
_REFUSALS: dict[StaffRole | Outsider, tuple[str, str]] = {  # title, and why
    Outsider.UNVERIFIED: (
        _NOT_STAFF,
        "Your sign-in service does not say that it has verified this address.",
    ),
    Outsider.STRANGER: (_NOT_STAFF, "Whoever runs this server can add the address."),
    StaffRole.PROCTOR: ("This account watches exams, and does not make them", _OPEN_LINK),
    StaffRole.REVIEWER: ("This account reviews exams, and does not make them", _OPEN_LINK),
}


def staff_only(*sentences: str, may: frozenset[StaffRole] = frozenset(StaffRole)) -> bool:
    """May whoever looks at this page see it? If not, draws why not, and the way on.

    `sentences` are for whoever has not signed in; `may` says for which staff the page is.
    Always true where nobody need sign in.
    """
    claims, is_needed = _claims(), services().settings.staff is not None
    if not is_needed and "is_logged_in" in claims:  # Streamlit's, where it finds a provider
        place(
            "Sign-in is half set up",
            "Streamlit finds a section [auth] in its secrets, and OpenProctor did not when it"
            " began. It belongs in .streamlit/secrets.toml where the server is started, or in the"
            " home folder, and counts from the next start.",
        )
        return False
    if not is_needed:
        return True
    if not services().roster.roles():
        place(
            "Nobody may make exams yet",
            "Sign-in is on, and nobody is on the list of staff. Whoever runs this server adds them"
            " by `python -m proctoring staff add`, or sets OPENPROCTOR_STAFF.",
        )
        return False
    found = services().sign_ins.standing(claims)
    if found in may:
        return True
    if found is Outsider.NOBODY:
        place("Sign in", *sentences)
        if _button("Sign in", "primary"):
            st.login()
    else:
        title, why = _REFUSALS[found]
        place(title, f"You are signed in as {_name(claims)}.", why)
        if _button("Sign out", "secondary"):
            _sign_out(claims)
    return False


def links_of_staff() -> frozenset[Role]:
    """What the links may entitle to that open for whoever looks at this page."""
    if services().settings.staff is None:
        return READS
    found = services().sign_ins.standing(_claims())
    return OPENS[found] if isinstance(found, StaffRole) else frozenset()


def show_account() -> None:
    """Who is signed in, and the way out; nothing where nobody need sign in."""
    if services().settings.staff is None:
        return
    claims = _claims()
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        # HTML, because Markdown makes a link of an address.
        said = f"Signed in as {escape(_name(claims))}"
        st.html(f'<span style="font-size: 0.875rem; opacity: 0.8">{said}</span>', width="content")
        if st.button("Sign out", type="tertiary", width="content"):
            _sign_out(claims)


def account_owner() -> str:
    """On whose list an exam is that is made here; "" where nobody need sign in."""
    if services().settings.staff is None:
        return ""
    claims = _claims()
    is_staff = isinstance(services().sign_ins.standing(claims), StaffRole)
    return owner_of_account(str(claims["email"])) if is_staff else ""


def own_sign_in(bearer: Capability) -> dict[str, Any] | None:
    """What a pass is bound to: None for candidates, and where nobody need sign in."""
    if bearer.role is Role.CANDIDATE or services().settings.staff is None:
        return None
    return told(_claims())


def _claims() -> dict[str, Any]:
    """What the provider said of whoever looks at the page, when they signed in."""
    return dict(st.user.to_dict())


def _name(claims: dict[str, Any]) -> str:
    return line(str(claims.get("email") or claims.get("sub") or ""), LONGEST_NAME)


def _button(label: str, kind: Any) -> bool:
    with st.container(horizontal=True, horizontal_alignment="center"):
        return st.button(label, type=kind, width="content")


def _sign_out(claims: dict[str, Any]) -> None:
    """In all tabs: a desk closes at once, the others at their next run; this one goes to the
    front page."""
    services().sign_ins.end(claims)
    st.logout()
    st.stop()

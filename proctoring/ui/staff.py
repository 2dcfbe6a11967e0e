"""Signing in and out, for staff, where the operator asks for it. Candidates never do."""

from __future__ import annotations

import time
from html import escape
from typing import Any

import streamlit as st

from proctoring.access.staff import SignedOut, Standing, standing
from proctoring.plaintext import LONGEST_NAME, line
from proctoring.ui import services
from proctoring.ui.places import place

OPEN_AGAIN = (  # Streamlit comes back to the front page, from wherever somebody left to sign in
    "This page is for staff. Signing in ends on the front page: open your link once more then."
)
_signed_out = SignedOut()


def staff_only(*sentences: str) -> bool:
    """May whoever looks at this page see it? If not, draws why not, and the way on.

    `sentences` are for whoever has not signed in. Always true where nobody need sign in.
    """
    staff, claims = services().settings.staff, _claims()
    if staff is None and "is_logged_in" in claims:  # Streamlit's, where it finds a provider
        place(
            "Sign-in is half set up",
            "Streamlit finds a section [auth] in its secrets, and OpenProctor did not when it"
            " began. It belongs in .streamlit/secrets.toml where the server is started, or in the"
            " home folder, and counts from the next start.",
        )
        return False
    if staff is None:
        return True
    if not staff:
        place(
            "Nobody may make exams yet",
            "Sign-in is on, and OPENPROCTOR_STAFF names nobody. Whoever runs this server sets it.",
        )
        return False
    found = Standing.NOBODY if claims in _signed_out else standing(claims, staff, time.time())
    if found is Standing.NOBODY:
        place("Sign in", *sentences)
        if _button("Sign in", "primary"):
            st.login()
    elif found is not Standing.STAFF:
        is_unverified = found is Standing.UNVERIFIED
        place(
            "This account is not staff here",
            f"You are signed in as {_name(claims)}.",
            "Your sign-in service does not say that it has verified this address."
            if is_unverified
            else "Whoever runs this server can add the address.",
        )
        if _button("Sign out", "secondary"):
            _sign_out(claims)
    return found is Standing.STAFF


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


def _claims() -> dict[str, Any]:
    """What the provider said of whoever looks at the page, when they signed in."""
    return dict(st.user.to_dict())


def _name(claims: dict[str, Any]) -> str:
    return line(str(claims.get("email") or claims.get("sub") or ""), LONGEST_NAME)


def _button(label: str, kind: Any) -> bool:
    with st.container(horizontal=True, horizontal_alignment="center"):
        return st.button(label, type=kind, width="content")


def _sign_out(claims: dict[str, Any]) -> None:
    """In all tabs, at their next run; this one goes to the front page."""
    _signed_out.add(claims, time.time())
    st.logout()
    st.stop()

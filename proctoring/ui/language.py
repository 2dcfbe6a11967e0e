"""The language of one visit: kept in the tab's session, so that every run and every fragment of a
page, and every component on it, speaks the same one.

Streamlit draws a session's pages on threads of its own, fragments apart from their page. What a
thread remembers would be lost there; the session's state is not.
"""

from __future__ import annotations

import streamlit as st

from proctoring import language as spoken
from proctoring.language import ENGLISH

KEY = "language"


def language() -> str:
    known: str = st.session_state.get(KEY, ENGLISH)
    return known


def speak(code: str) -> None:
    st.session_state[KEY] = code


def t(text: str, **values: object) -> str:
    """In the language of this visit. `{name}` takes a value."""
    return spoken.t(text, language(), **values)


def nt(one: str, many: str, n: int, **values: object) -> str:
    """The same for a number: `one` is what English says of one thing. `{n}` is the number."""
    return spoken.nt(one, many, n, language(), **values)

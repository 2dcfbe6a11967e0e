"""The choice of a language on a candidate's page, and whose choice counts.

First the candidate's own: it stands in the address, so that a page that is loaded anew and a link
that goes on keep it, and in the browser, for the next time. Then what the browser asks for.
"""

from __future__ import annotations

import streamlit as st

from proctoring.language import ENGLISH, first_known, languages
from proctoring.language import t as said_in
from proctoring.ui import be_told, register
from proctoring.ui.language import language, speak, t

ASKED = "lang"  # in the address
MOST_NAMES = 3  # that the label has; more would be a line of their own

_switch = register("language_switch", in_languages=False)


def settle_language() -> None:
    """First of all in a run: which language the page speaks."""
    speak(first_known(_asked(), st.context.locale))
    if language() != ENGLISH:
        st.set_page_config(page_title=f"{t('Exam')} · OpenProctor")


def language_switch(key: str = "language") -> None:
    """Whoever chooses gets the page anew, in that language."""
    if len(languages()) < 2:
        return
    data = {
        "language": language(),
        "languages": dict(languages()),
        "label": _label(),
        "close": t("Close"),
        "is_asked": bool(_asked()),
    }
    with st.container(key=key):
        result = _switch(key=f"{key}-switch", data=data, on_chosen_change=be_told)
    chosen = first_known(str(result.get("chosen") or language()))
    if chosen != language():
        st.query_params[ASKED] = chosen
        st.rerun()


def _label() -> str:
    """In more than one language: whoever looks for it may not read this page's."""
    words = [said_in("Language", code) for code in (language(), *languages())]
    return " / ".join(list(dict.fromkeys(words))[:MOST_NAMES])


def _asked() -> str:
    return str(st.query_params.get(ASKED, ""))

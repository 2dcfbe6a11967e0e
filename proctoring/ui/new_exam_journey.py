"""The form for a new exam: how candidates come in, and what else is asked of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import streamlit as st

from proctoring.analysers import media_of
from proctoring.office.journey import LONGEST_LEGAL_BASIS
from proctoring.types import Journey

# By step: what it is called, the signal that it is for ("" if it stands alone), is it usual?
STEPS = {
    "identity": ("A set of pictures of themselves", "identity", True),
    "card": ("An identity card, held to the camera", "identity", False),
    "room": ("A look around the room", "", False),
    "voice": ("A few sentences, read aloud", "voice_owner", True),
}


def ask_journey() -> Journey:
    with st.expander("Check-in and rules"):
        steps = {
            step
            for step, (title, _, is_usual) in STEPS.items()
            if st.checkbox(title, value=is_usual, key=f"step-{step}")
        }
        st.caption(
            "From pictures and sentences the exam learns who sits it, before it begins and not in"
            " its first minute. They are only asked for with *Same person* and *Whose voice*. Of"
            " the room up to twelve pictures are kept, which proctors and reviewers look at."
        )
        needs_letting_in = st.checkbox(
            "A proctor lets each candidate in",
            key="letting-in",
            help="Candidates wait on their page until a proctor lets them in on the desk.",
        )
        full_screen = st.checkbox(
            "Ask for full screen",
            key="full-screen",
            help="Leaving it is shown to the candidate, with a button back. It ends nothing.",
        )
        screen_share = st.checkbox(
            "Ask for the screen to be shared",
            key="screen-share",
            help="Candidates share their whole screen. A still is kept when it changes, not a"
            " film. Phones and tablets cannot do it; switch it off on the desk for one"
            " candidate.",
        )
        legal_basis = st.text_area(
            "Legal basis, in your own words",
            max_chars=LONGEST_LEGAL_BASIS,
            height=100,
            placeholder="Art. 6 (1) e GDPR with § 15 of our examination rules …",
            help="Candidates read it with what is measured and kept, before they agree.",
            key="legal-basis",
        )
    return Journey(
        legal_basis=legal_basis.strip(),
        check_in=frozenset(steps),
        needs_letting_in=needs_letting_in,
        full_screen=full_screen,
        screen_share=screen_share,
    )


def fitting(journey: Journey, signals: Collection[str]) -> Journey:
    """Nothing is asked for that no signal uses."""
    steps = (step for step in journey.check_in if _has_use(step, signals))
    return replace(journey, check_in=frozenset(steps))


def _has_use(step: str, signals: Collection[str]) -> bool:
    _, signal, _ = STEPS[step]
    return signal in signals if signal else "camera" in media_of(signals)

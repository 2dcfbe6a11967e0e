"""The form for a new exam: what it asks, and what is wrong with an answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from proctoring.analysers import choices
from proctoring.analysers.phrases import LONGEST, MOST, PhraseError, PhraseSpotter, check_phrases
from proctoring.plaintext import LONGEST_INSTRUCTIONS, LONGEST_TITLE
from proctoring.policy.allowances import ALLOWANCES, USUAL, policy_of
from proctoring.policy.presets import PRESETS
from proctoring.types import Journey, Policy
from proctoring.ui.new_exam_journey import ask_journey, fitting

STEP = timedelta(minutes=5)
DAY = "DD/MM/YYYY"
USUAL_PRESET = "standard"  # the one that the error rates were measured with
MEDIA = {"camera": "By camera", "microphone": "By microphone", "page": "By the exam page itself"}


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form holds, as typed. Times are in the examiner's time zone."""

    title: str
    opens: datetime | None
    closes: datetime | None
    minutes: int | None
    signals: tuple[str, ...]
    instructions: str
    preset: str
    policy: Policy
    journey: Journey


def ask(zone: ZoneInfo) -> Draft:
    title = st.text_input("Title", max_chars=LONGEST_TITLE, placeholder="Statistics I, final exam")
    opens, closes = _ask_window(zone)
    minutes = st.number_input("Working time in minutes", 1, 24 * 60, value=90, step=5)
    signals = _ask_signals()
    policy = _ask_allowances()
    with st.expander("Instructions and sensitivity"):
        instructions = st.text_area(
            "Instructions for candidates, in Markdown",
            max_chars=LONGEST_INSTRUCTIONS,
            height=160,
            placeholder="**Allowed:** a calculator and one sheet of notes. …",
        )
        preset = st.radio(
            "When an observation becomes an entry",
            list(PRESETS),
            index=list(PRESETS).index(USUAL_PRESET),
            format_func=lambda name: PRESETS[name].title,
            captions=[preset.about for preset in PRESETS.values()],
        )
        challenges = st.checkbox(
            "In doubt whether a picture is live, ask the candidate to turn their head",
            value=True,
            help="Or to look at a few soft colours. They can always skip it; then you look.",
            key="challenges",
        )
    phrases = _ask_phrases()
    journey = ask_journey()
    return Draft(
        title=" ".join(title.split()),
        opens=opens,
        closes=closes,
        minutes=None if minutes is None else int(minutes),
        signals=signals,
        instructions=instructions.strip(),
        preset=preset or USUAL_PRESET,
        policy=replace(policy, challenges=challenges, phrases=phrases),
        journey=fitting(journey, signals),
    )


def _ask_window(zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    left, right = st.columns(2)
    first, last = default_window(zone)
    opens = left.datetime_input("Opens", first, format=DAY, step=STEP, key="opens")
    closes = right.datetime_input("Closes", last, format=DAY, step=STEP, key="closes")
    st.caption(f"Times are yours: {zone.key}. Candidates see them in their own time zone.")
    return opens, closes


def _ask_signals() -> tuple[str, ...]:
    """Names of the analysers that are to run."""
    chosen = set()
    with st.container(gap="xsmall", key="signals"):
        st.subheader("What is measured", anchor=False)
        for medium, heading in MEDIA.items():
            st.caption(heading)
            with st.container(gap=None, key=f"signals-{medium}"):
                for kind in choices():
                    if kind.medium == medium and st.checkbox(
                        kind.title, value=True, key=f"signal-{kind.name}"
                    ):
                        chosen.add(kind.name)
    with st.expander("What each of them looks at, and what is kept"):
        said = "\n".join(f"- **{kind.title}.** {kind.explains}" for kind in choices())
        faults = "Faults of camera and microphone are noticed as well, and never scored."
        st.markdown(f"{said}\n\n{faults}")
    return tuple(kind.name for kind in choices() if kind.name in chosen)


def _ask_allowances() -> Policy:
    with st.container(gap="xsmall", key="allowances"):
        st.subheader("What is allowed", anchor=False)
        with st.container(gap=None, key="allowances-all"):
            names = [
                name
                for name, words in ALLOWANCES.items()
                if st.checkbox(words.capitalize(), value=name in USUAL, key=f"allow-{name}")
            ]
    return policy_of(names)


def _ask_phrases() -> tuple[str, ...]:
    """Each once."""
    with st.expander("Phrases to listen for"):
        written = st.text_area(
            "Phrases to listen for (one a line; English)",
            max_chars=MOST * (LONGEST + 1),
            placeholder="hey siri\nwhat's the answer",
            help="Leave it empty to listen for none. " + PhraseSpotter.explains,
            key="phrases",
        )
    lines = (" ".join(line.split()) for line in written.splitlines())
    return tuple(dict.fromkeys(filter(None, lines)))


def default_window(zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Now, to the last five minutes, and two hours on; the same on every run of a session."""
    if "window" not in st.session_state:
        now = datetime.now(zone).replace(second=0, microsecond=0, tzinfo=None)
        opens = now - timedelta(minutes=now.minute % 5)
        st.session_state["window"] = (opens, opens + timedelta(hours=2))
    window: tuple[datetime, datetime] = st.session_state["window"]
    return window


def problems(draft: Draft, zone: ZoneInfo, now: datetime) -> list[str]:
    """What keeps this draft from being an exam, each with what to do about it."""
    found = []
    if not draft.title:
        found.append("Give the exam a title: candidates and proctors see it.")
    if draft.opens is None or draft.closes is None:
        found.append("Say from when and until when the exam is open.")
    elif draft.closes <= draft.opens:
        found.append("The exam closes before it opens. Choose a later time for “Closes”.")
    elif draft.closes.replace(tzinfo=zone) <= now:
        found.append("The exam would be over already. Choose a time to come for “Closes”.")
    elif draft.minutes and timedelta(minutes=draft.minutes) > draft.closes - draft.opens:
        room = (draft.closes - draft.opens) // timedelta(minutes=1)
        found.append(
            f"{draft.minutes} minutes of working time do not fit into the {room} minutes"
            " between “Opens” and “Closes”. Shorten the one or widen the other."
        )
    if draft.minutes is None:
        found.append("Say how many minutes a candidate may work.")
    if not draft.signals:
        found.append("Choose at least one thing to measure.")
    try:
        check_phrases(draft.policy.phrases)
    except PhraseError as error:
        found.append(str(error))
    return found

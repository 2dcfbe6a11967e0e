"""The exam office's page: what this is, a new exam, and its two links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from proctoring.analysers import choices
from proctoring.presets import PRESETS
from proctoring.store import StoreError
from proctoring.types import Meeting
from proctoring.ui import masthead, plain, say_time, services, time_zone
from proctoring.ui.links import (
    allows_camera,
    base_of,
    candidate_link,
    is_local,
    proctor_link,
    share_card,
)

STEP = timedelta(minutes=5)
LONGEST_TITLE = 120  # characters
LONGEST_INSTRUCTIONS = 20_000  # characters

LANDING = """
<p class="op-lead">Live exam proctoring on your own server, for an exam office that wants to know
what happened and be able to explain it.</p>
<ul class="op-points">
<li><strong>It measures in plain sight</strong><span>How many faces are in view, how many voices
are heard, whether camera and microphone work. Candidates read it before they begin, and see it
all the time.</span></li>
<li><strong>A person decides</strong><span>What was observed comes with its picture or sound, its
time and its numbers. Candidates are told at once, and how to mend it. A proctor says what it
means.</span></li>
<li><strong>Nothing leaves this server</strong><span>Pictures and sound are analysed and kept
here. Seconds that could not be measured are marked, and count against nobody.</span></li>
</ul>
"""


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


@dataclass(frozen=True, slots=True)
class Created:
    meeting: Meeting
    secret: str


def main() -> None:
    masthead("Open, self-hosted exam proctoring")
    created: Created | None = st.session_state.get("created")
    if created:
        return show_links(created)
    words, form = st.columns([5, 6], gap="large")
    with words:
        st.title("Software observes. People judge.", anchor=False)
        st.html(LANDING)
    with form:
        show_form()


def show_form() -> None:
    zone = time_zone()
    with st.form("new exam"):
        st.header("New exam", anchor=False)
        draft = ask(zone)
        if st.form_submit_button("Create exam", type="primary", width="stretch"):
            if found := problems(draft, zone, datetime.now(UTC)):
                st.error("\n".join(f"- {problem}" for problem in found))
            else:
                create(draft, zone)


def ask(zone: ZoneInfo) -> Draft:
    opens, closes = default_window(zone)
    title = st.text_input("Title", max_chars=LONGEST_TITLE, placeholder="Statistics I, final exam")
    left, right = st.columns(2)
    day = "DD/MM/YYYY"
    opens = left.datetime_input("Opens", opens, format=day, step=STEP, key="opens")
    closes = right.datetime_input("Closes", closes, format=day, step=STEP, key="closes")
    st.caption(f"Times are yours: {zone.key}. Candidates see them in their own time zone.")
    minutes = st.number_input("Working time in minutes", 1, 24 * 60, value=90, step=5)
    with st.container(gap="xsmall"):
        st.markdown("What is measured")
        ticked = {
            kind.name: st.checkbox(
                f"**{kind.title}** · {kind.explains}", value=True, key=f"signal-{kind.name}"
            )
            for kind in choices()
        }
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
            format_func=lambda name: PRESETS[name].title,
            captions=[preset.about for preset in PRESETS.values()],
        )
    return Draft(
        title=" ".join(title.split()),
        opens=opens,
        closes=closes,
        minutes=None if minutes is None else int(minutes),
        signals=tuple(name for name, is_on in ticked.items() if is_on),
        instructions=instructions.strip(),
        preset=preset or "standard",
    )


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
    return found


def create(draft: Draft, zone: ZoneInfo) -> None:
    assert draft.opens is not None
    assert draft.closes is not None
    assert draft.minutes is not None
    try:
        meeting, secret = services().create_meeting(
            title=draft.title,
            opens_at=draft.opens.replace(tzinfo=zone).astimezone(UTC),
            closes_at=draft.closes.replace(tzinfo=zone).astimezone(UTC),
            length_s=draft.minutes * 60,
            signals=draft.signals,
            instructions=draft.instructions,
            preset=draft.preset,
        )
    except StoreError as error:
        st.error(f"The exam could not be saved; what you typed is still here. {plain(str(error))}")
    else:
        st.session_state["created"] = Created(meeting, secret)
        st.rerun()


def show_links(created: Created) -> None:
    meeting, zone = created.meeting, time_zone()
    base = services().settings.public_url or base_of(st.context.url or "http://localhost:8501")
    st.badge("Exam created", icon=":material/check:", color="green")
    st.title(plain(meeting.title), anchor=False)
    st.markdown(
        f"Open from {plain(say_time(meeting.opens_at, zone))}  \nuntil"
        f" {plain(say_time(meeting.closes_at, zone))}, with {meeting.length_s // 60} minutes of"
        " working time for each candidate."
    )
    if not allows_camera(base):
        st.warning(
            "This address is not https, and browsers give a camera only to https pages. Serve"
            " OpenProctor behind https, and set OPENPROCTOR_PUBLIC_URL if its address differs.",
            icon=":material/lock_open:",
        )
    elif is_local(base):
        st.info("These links work on this computer only: its address is localhost.")
    share_card(
        "candidate-link",
        title="For candidates",
        note="Send it to everybody who takes this exam. Each of them types a name and gets a seat.",
        link=candidate_link(base, meeting.id),
        open_label="Open as candidate",
        is_first=True,
    )
    share_card(
        "proctor-link",
        title="For proctors – keep it secret",
        note="Whoever has it sees this exam's candidates. It is shown only now and cannot be"
        " recovered: copy it before you leave this page.",
        link=proctor_link(base, meeting.id, created.secret),
        open_label="Open the desk",
    )
    if st.button("Create another exam"):
        del st.session_state["created"]
        st.session_state.pop("window", None)
        st.rerun()


with st.container(key="home"):
    main()

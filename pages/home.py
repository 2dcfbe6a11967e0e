"""The exam office's page: what this is, a new exam, and its two links."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import streamlit as st

from proctoring.access.admission import TooMany
from proctoring.access.staff import MAKES_EXAMS
from proctoring.access.tokens import new_secret
from proctoring.office import lists, papers
from proctoring.paper.reading import Written
from proctoring.services import Opened
from proctoring.store import StoreError
from proctoring.types import Role
from proctoring.ui import masthead, plain, say_window, services, time_zone
from proctoring.ui.demo import show_demo
from proctoring.ui.full import show_capacity
from proctoring.ui.links import allows_camera, is_local, own_base, show_three_links
from proctoring.ui.new_exam import Draft, ask, problems
from proctoring.ui.new_exam_work import Work, ask_work
from proctoring.ui.new_exam_work import problems as problems_of_work
from proctoring.ui.places import allowed, minutes
from proctoring.ui.staff import account_owner, show_account, staff_only
from proctoring.ui.visitor import address

LANDING = """
<p class="op-lead">Live exam proctoring on your own server, for an exam office that wants to know
what happened and be able to explain it.</p>
<ul class="op-points">
<li><strong>It measures in plain sight</strong><span>Who and what the camera sees, how many voices
are heard, whether camera and microphone work. You choose; candidates read it before they begin, and
see it all the time.</span></li>
<li><strong>A person decides</strong><span>What was observed comes with its picture or sound, its
time and its numbers. Candidates are told at once, and how to mend it. A proctor says what it
means.</span></li>
<li><strong>It stays yours</strong><span>Pictures and sound are analysed on this server, and only
those of an entry are kept, sealed and for as long as you say. Nobody else gets any of
it.</span></li>
</ul>
"""


def main() -> None:
    if not staff_only(
        "Exams are made here by staff. Candidates need no account: they open the link that they"
        " were sent.",
        may=MAKES_EXAMS,
    ):
        return
    masthead("Open, self-hosted exam proctoring")
    show_account()
    created: Opened | None = st.session_state.get("created")
    if created:
        with st.container(key="links"):
            return show_links(created)
    words, form = st.columns([5, 6], gap="large")
    with words:
        st.title("Software observes. People judge.", anchor=False)
        show_demo()
        show_capacity()
        st.html(LANDING)
    with form:
        show_form()


def show_form() -> None:
    zone = time_zone()
    st.header("New exam", anchor=False)
    choose_work()
    with st.form("new exam"):
        draft = ask(zone)
        if st.form_submit_button("Create exam", type="primary", width="stretch"):
            found = problems(draft, zone, datetime.now(UTC))
            work: Work = st.session_state["chosen work"]
            if found := found + problems_of_work(work, draft.minutes):
                st.error("  \n".join(found))
            else:
                create(draft, work, zone)


@st.fragment
def choose_work() -> None:
    """By itself, so that another choice draws these few widgets anew and not the whole page."""
    with st.container(border=True, key="work-card"):
        st.session_state["chosen work"] = ask_work()


def create(draft: Draft, work: Work, zone: ZoneInfo) -> None:
    assert draft.opens is not None
    assert draft.closes is not None
    assert draft.minutes is not None
    try:
        opened = services().create_meeting(
            title=draft.title,
            opens_at=draft.opens.replace(tzinfo=zone).astimezone(UTC),
            closes_at=draft.closes.replace(tzinfo=zone).astimezone(UTC),
            length_s=draft.minutes * 60,
            signals=draft.signals,
            instructions=draft.instructions,
            preset=draft.preset,
            policy=draft.policy,
            journey=replace(draft.journey, exam_url=work.exam_url),
            address=address(),
        )
    except TooMany as too_many:
        st.error(str(too_many))
    except StoreError as error:
        st.error(f"The exam could not be saved; what you typed is still here. {plain(str(error))}")
    else:
        st.session_state["created"] = opened
        put_on_list(opened)
        if work.written:
            attach_paper(opened, work.written)
        st.rerun()


def put_on_list(opened: Opened) -> None:
    """Of whoever is signed in, or of a link that this tab holds."""
    owner = account_owner()
    if not owner:
        secret = st.session_state.setdefault("office", new_secret())
        owner = lists.owner_of_secret(secret)
    with suppress(StoreError):  # the exam is there; its own links open it
        lists.put_on(services().store, opened.meeting.id, owner)


def attach_paper(opened: Opened, written: Written) -> None:
    """The exam is there already, with or without it."""
    meeting_id, now = opened.meeting.id, datetime.now(UTC)
    try:
        papers.attach(services().store, meeting_id, written, examiner_of(meeting_id), now)
    except StoreError as error:
        st.session_state["no paper"] = str(error)


def examiner_of(meeting_id: str) -> str:
    """The id of its manage link, by which the log names whoever gave it the paper."""
    links = services().store.capabilities(meeting_id)
    return next(link.id for link in links if link.role is Role.EXAMINER)


def show_links(created: Opened) -> None:
    meeting, zone = created.meeting, time_zone()
    base = own_base()
    st.badge("Exam created", icon=":material/check:", color="green")
    if problem := st.session_state.get("no paper"):
        st.error(
            "Its paper could not be saved. Open the manage page and give it the paper there."
            f" {plain(problem)}"
        )
    st.title(plain(meeting.title), anchor=False)
    window = plain(say_window(meeting.opens_at, meeting.closes_at, zone))
    st.markdown(f"{window} · {minutes(meeting)} of working time for each candidate")
    st.markdown(allowed(meeting))
    if not allows_camera(base):
        st.warning(
            "This address is not https, and browsers give a camera only to https pages. Serve"
            " OpenProctor behind https, and set OPENPROCTOR_PUBLIC_URL if its address differs.",
            icon=":material/lock_open:",
        )
    elif is_local(base):
        st.info("These links work on this computer only: its address is localhost.")
    show_three_links(created, st.session_state.get("office", ""))
    if account_owner():
        st.page_link("office.py", label="All your exams", icon=":material/list:")
    if st.button("Create another exam"):
        del st.session_state["created"]
        for name in ("window", "no paper"):
            st.session_state.pop(name, None)
        st.rerun()


with st.container(key="home"):
    main()

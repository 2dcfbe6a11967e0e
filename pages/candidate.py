"""The exam, for a candidate: one page from the link to the end."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import streamlit as st
from streamlit_webrtc import webrtc_streamer

from proctoring.access.admission import TooMany
from proctoring.access.tokens import SITS
from proctoring.analysers import media_of
from proctoring.capture import stream_constraints, stream_options
from proctoring.check_in.plan import minutes as minutes_of
from proctoring.check_in.plan import names_of, plan_of
from proctoring.consent import Consent, consent
from proctoring.plaintext import LONGEST_NAME
from proctoring.services import Full, NotNow, Unheard
from proctoring.store import StoreError, Unknown
from proctoring.types import Capability, Meeting, Participant
from proctoring.ui import plain, say_time, services, time_zone
from proctoring.ui.candidate import START, Visit, remembered_seat, strip, visit_of
from proctoring.ui.check_in import check_in
from proctoring.ui.own import own_record
from proctoring.ui.paper import paper_afterwards, show_questions
from proctoring.ui.places import cannot_listen, closed, countdown, ended, minutes, place, steps
from proctoring.ui.questions import ask_what_is_open
from proctoring.ui.visitor import address, let_in


def main() -> None:
    meeting = find_meeting(st.query_params.get("meeting", ""))
    if meeting is None:
        return place(
            "This link leads to no exam",
            "Check that you opened the whole link. If it still fails, ask your exam office.",
        )
    visit = visit_of(meeting)
    participant = find_participant(visit, meeting)
    if participant is None:
        return show_door(visit, meeting)
    if participant.finished_at is not None:
        return show_end(visit, meeting, participant)
    try:
        if participant.started_at is None and not visit.wants_to_begin:
            return show_check_in(visit, meeting, participant)
        show_exam(visit, meeting, participant)
    except Unheard:
        cannot_listen()
    except NotNow:
        closed(meeting)


# --- who and what ------------------------------------------------------------------------


def find_meeting(meeting_id: str) -> Meeting | None:
    try:
        return services().store.meeting(meeting_id)
    except Unknown:
        return None


def find_participant(visit: Visit, meeting: Meeting) -> Participant | None:
    """By the seat in the address, or the one that this browser remembers; never a second one."""
    visit.token = visit.token or st.query_params.get("seat", "")
    if visit.token in visit.left:
        visit.token = ""
    visit.bearer = let_in(SITS, meeting.id, visit.token) if visit.token else None
    participant = find_own(visit.bearer) if visit.bearer else None
    if participant is None and visit.token:
        visit.left.add(visit.token)  # it is no seat of this exam
        visit.token = ""
    if (remembered := remembered_seat(visit)) and participant is None:
        visit.token = remembered
        st.rerun()
    if participant and st.query_params.get("seat") != visit.token:
        st.query_params["seat"] = visit.token
    if participant is None and "seat" in st.query_params:
        del st.query_params["seat"]
    return participant


def find_own(bearer: Capability) -> Participant:
    return services().store.participant(bearer.participant_id or "")


# --- before ------------------------------------------------------------------------------


def show_door(visit: Visit, meeting: Meeting) -> None:
    now = datetime.now(UTC)
    if now < meeting.opens_at:
        return countdown(meeting)
    if now >= meeting.closes_at:
        return closed(meeting)
    plan = plan_of(meeting)
    steps(meeting.title, names_of(plan), 1)
    closing = plain(say_time(meeting.closes_at, time_zone()))
    st.markdown(
        f"{minutes(meeting)} of working time, until {closing} at the latest. Before it begins,"
        f" the check-in takes {about(minutes_of(plan))} and is not part of it."
    )
    show_form(visit, meeting)


def show_form(visit: Visit, meeting: Meeting) -> None:
    agreement = consent_to(meeting)
    with st.form("join", border=False):
        name = st.text_input(
            "Your name, as your exam office knows it", max_chars=LONGEST_NAME, autocomplete="name"
        )
        with st.container(border=True, key="consent"):
            st.markdown(agreement.text)
        agrees = st.checkbox("I have read this and agree to it.")
        st.caption(f"Text {agreement.version}. Your agreement is recorded with its time.")
        if not st.form_submit_button("Continue", type="primary", icon=":material/arrow_forward:"):
            return
    name = " ".join(name.split())
    if not name:
        st.error("Type your name, so that your proctor knows whose exam this is.")
    elif not agrees:
        st.error("Tick the box to agree. Without your agreement nothing starts.")
    else:
        try:
            _, visit.token = services().join(meeting.id, name, agreement.version, address())
        except (Full, TooMany) as full:
            st.error(str(full))
            return
        except Unheard:
            return cannot_listen()
        except NotNow:
            return closed(meeting)
        st.rerun()


def consent_to(meeting: Meeting) -> Consent:
    return consent(
        meeting.signals,
        meeting.policy,
        services().keeping,
        check_in=plan_of(meeting),
        legal_basis=plain(meeting.journey.legal_basis),
    )


def about(count: int) -> str:
    return "about a minute" if count == 1 else f"about {count} minutes"


def show_check_in(visit: Visit, meeting: Meeting, participant: Participant) -> None:
    if datetime.now(UTC) >= meeting.closes_at:
        return closed(meeting)
    if check_in(visit, meeting, participant):
        visit.wants_to_begin = True
        st.query_params.pop("step", None)
        st.rerun()
    offer_other_name(visit, participant)


# --- during ------------------------------------------------------------------------------


def show_exam(visit: Visit, meeting: Meeting, participant: Participant) -> None:
    if visit.is_superseded(participant.id):
        return show_elsewhere(visit)
    visit.take_seat(participant.id)
    strip(visit, meeting, participant)
    if media_of(meeting.signals):
        send(visit, meeting, participant)
    st.title(plain(meeting.title), anchor=False)
    if meeting.instructions:
        st.markdown(meeting.instructions)
    has_paper = show_questions(meeting, participant, visit.bearer)
    st.divider()
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        if not has_paper and st.button("Finish exam", icon=":material/done_all:"):
            visit.asks = "finish"
        with st.popover("What is measured and kept", type="tertiary", key="consent-again"):
            st.markdown(consent_to(meeting).text)
    offer_other_name(visit, participant)
    ask_what_is_open(visit, participant)


def send(visit: Visit, meeting: Meeting, participant: Participant) -> None:
    """Camera and microphone, into the seat. exam.js presses the start button."""
    seat, capture = visit.take_seat(participant.id)
    configuration: dict[str, Any] = {"iceServers": list(services().settings.ice_servers)}
    with st.container(key="stream"):
        context = webrtc_streamer(
            key=f"stream-{participant.id}",
            frontend_rtc_configuration=configuration,
            server_rtc_configuration=configuration,
            media_stream_constraints=stream_constraints(media_of(meeting.signals)),
            media_toggle_controls=False,
            translations={"start": START},
            **stream_options(capture),
        )
    seat.tracks = (context.input_video_track, context.input_audio_track)


def show_elsewhere(visit: Visit) -> None:
    place(
        "Your exam goes on in another tab",
        "It was opened there later, so this one has stopped. Nothing is lost. You can close this"
        " tab, or take the exam back to it.",
    )
    with st.container(horizontal=True, horizontal_alignment="center"):
        if st.button("Continue here", type="primary"):
            visit.drop_seat()
            st.rerun()


# --- after, and other places ---------------------------------------------------------------


def show_end(visit: Visit, meeting: Meeting, participant: Participant) -> None:
    visit.drop_seat()
    ended(participant, services().standing(participant.id).ended)
    paper_afterwards(participant, visit.bearer)
    if visit.bearer:
        own_record(visit.bearer, meeting, participant)
    offer_other_name(visit, participant)


def offer_other_name(visit: Visit, participant: Participant) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="whose"):
        st.caption(f"You are here as {plain(participant.name)}.", width="content")
        if st.button("Not you? Start as someone else", type="tertiary"):
            if visit.seat is None:
                visit.leave()
            else:
                visit.asks = "leave"
            st.rerun()


with st.container(key="candidate"):
    try:
        main()
    except TooMany as too_many:
        place("The exam cannot open now", str(too_many))
    except StoreError:
        place(
            "The exam cannot open now",
            "Its records cannot be read. Reload this page in a moment; nothing is lost.",
        )

"""The exam, for a candidate: one page from the link to the end."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import streamlit as st
from streamlit_webrtc import webrtc_streamer

from proctoring.access.admission import TooMany
from proctoring.access.tokens import SITS
from proctoring.analysers import media_of
from proctoring.language.again import again
from proctoring.live.capture import stream_constraints, stream_options
from proctoring.live.ice import SERVER, ice_servers
from proctoring.live.ways import connect
from proctoring.services import NotInvited, NotNow, Unheard
from proctoring.store import StoreError, Unknown
from proctoring.types import Capability, Meeting, Participant
from proctoring.ui import plain, services
from proctoring.ui.candidate import START, Visit, remembered_seat, strip, visit_of
from proctoring.ui.check_in import check_in
from proctoring.ui.door import consent_to, show_door
from proctoring.ui.language import language, t
from proctoring.ui.language_switch import language_switch, settle_language
from proctoring.ui.own import own_record
from proctoring.ui.paper import paper_afterwards, show_questions
from proctoring.ui.personal import not_invited, take_personal
from proctoring.ui.places import cannot_listen, closed, ended, place
from proctoring.ui.questions import ask_what_is_open
from proctoring.ui.visitor import let_in


def main() -> None:
    settle_language()
    meeting = find_meeting(st.query_params.get("meeting", ""))
    if meeting is None:
        language_switch()
        return place(
            t("This link leads to no exam"),
            t("Check that you opened the whole link. If it still fails, ask your exam office."),
        )
    visit = visit_of(meeting)
    try:
        visit.invitation = take_personal(visit, meeting)
    except NotInvited:
        language_switch()
        return not_invited(has_link=True)
    participant = find_participant(visit, meeting)
    is_sitting = participant is not None and (participant.started_at or visit.wants_to_begin)
    if not is_sitting or (participant and participant.finished_at):
        language_switch()  # in an exam it is at the foot: what matters there is the strip
    if participant is None:
        return show_door(visit, meeting)
    if participant.finished_at is not None:
        return show_end(visit, meeting, participant)
    try:
        if not is_sitting:
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
    if visit.invitation:  # their own seat, and not that of who sat at this computer before
        return None
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
        if not has_paper and st.button(t("Finish exam"), icon=":material/done_all:"):
            visit.asks = "finish"
        with st.popover(t("What is measured and kept"), type="tertiary", key="consent-again"):
            st.markdown(consent_to(meeting).text)
    language_switch("language-foot")
    offer_other_name(visit, participant)
    ask_what_is_open(visit, participant)


def send(visit: Visit, meeting: Meeting, participant: Participant) -> None:
    """Camera and microphone, into the seat. exam.js presses the start button."""
    seat, capture = visit.take_seat(participant.id)
    settings = services().settings
    with st.container(key="stream"):
        context = webrtc_streamer(
            key=f"stream-{participant.id}",
            frontend_rtc_configuration={"iceServers": visit.ice_servers(participant.id)},
            server_rtc_configuration={"iceServers": ice_servers(settings, SERVER, time.time())},
            media_stream_constraints=stream_constraints(media_of(meeting.signals)),
            media_toggle_controls=False,
            translations={"start": START},
            **stream_options(capture),
        )
    seat.tracks = (context.input_video_track, context.input_audio_track)
    connect(seat, context)


def show_elsewhere(visit: Visit) -> None:
    place(
        t("Your exam goes on in another tab"),
        t(
            "It was opened there later, so this one has stopped. Nothing is lost. You can close"
            " this tab, or take the exam back to it."
        ),
    )
    with st.container(horizontal=True, horizontal_alignment="center"):
        if st.button(t("Continue here"), type="primary"):
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
        st.caption(t("You are here as {name}.", name=plain(participant.name)), width="content")
        if st.button(t("Not you? Start as someone else"), type="tertiary"):
            if visit.seat is None:
                visit.leave()
            else:
                visit.asks = "leave"
            st.rerun()


with st.container(key="candidate"):
    try:
        main()
    except TooMany as too_many:
        place(t("The exam cannot open now"), again(str(too_many), language()))
    except StoreError:
        place(
            t("The exam cannot open now"),
            t("Its records cannot be read. Reload this page in a moment; nothing is lost."),
        )

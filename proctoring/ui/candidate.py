"""The exam page's parts that live in the browser, and what a tab holds between two runs."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from proctoring.analysers import analyser_types, media_of, page_signals
from proctoring.check_in.words import READ_ALOUD
from proctoring.ids import new_id
from proctoring.live.capture import Capture, stream_constraints
from proctoring.live.ice import ice_servers
from proctoring.live.sharing import is_asked_for
from proctoring.office.invitations import Invitation
from proctoring.plaintext import line
from proctoring.services import Seat
from proctoring.types import BrowserEvent, Capability, Meeting, Participant
from proctoring.ui import be_told, register, services
from proctoring.ui.language import t
from proctoring.ui.passes import forget_pass, page_pass

ICE_RENEWED_AFTER_S = 3600.0
LONGEST_WHY = 200  # characters, of what a page says it failed by
START = "Start sending"  # the stream's own button, which exam.js presses

_seat = register("seat", in_languages=False)
_devices = register(
    "devices",
    "media.js",
    "way.js",
    "address.js",
    "ice.js",
    "check_in_words.js",
    "socket.js",
    "check_in_line.js",
    "check_in_network.js",
    "check_in_checks.js",
    "check_in_spoken.js",
    "check_in_said.js",
    "check_in_capture.js",
    "picture.js",
    "sound.js",
    "check_in_tasks.js",
    "stills.js",
    "screen_share.js",
    "check_in_room.js",
    "check_in_light.js",
)
_exam = register(
    "exam",
    "media.js",
    "tracks.js",
    "stream.js",
    "way.js",
    "socket.js",
    "picture.js",
    "sound.js",
    "opus.js",
    "snapshot_line.js",
    "snapshots.js",
    "sending.js",
    "line.js",
    "challenge.js",
    "watch.js",
    "stills.js",
    "screen_share.js",
    "exam_words.js",
    "exam_kept.js",
    "exam_explain.js",
    "exam_pause.js",
    "exam_messages.js",
    "exam_cards.js",
)


@dataclass(frozen=True, slots=True)
class Equipment:
    """What the browser says of a step; anybody could say it."""

    state: str  # "ready", "failed", or "" while the candidate has not answered
    stuck: str  # why the step failed for the third time, in this run; else empty
    share: str  # of the screen: "whole", "cannot", or "" while it is not


@dataclass(slots=True)
class Visit:
    """One tab on one meeting. Plain attributes: setting one is never interrupted by a rerun,
    so a double click on "Continue" joins once."""

    meeting_id: str
    id: str = field(default_factory=new_id)
    token: str = ""
    bearer: Capability | None = None  # what the token stands for, checked in this run
    invitation: Invitation | None = None  # of who opened a personal link and has not come yet
    left: set[str] = field(default_factory=set)  # tokens of those who said "not me"
    wants_to_begin: bool = False
    is_lacking: bool = False  # camera or microphone was missing in the check-in
    share: str = ""  # of the screen, when this tab last looked: see Equipment
    stuck: dict[str, str] = field(default_factory=dict)  # step of the check-in -> why
    asks: str = ""  # the question that is open over the page; reruns do not close it
    seat: Seat | None = None
    capture: Capture | None = None
    page: int = 0
    ice: tuple[float, list[dict[str, Any]]] = (float("-inf"), [])  # when it was made, UNIX s

    def take_seat(self, participant_id: str) -> tuple[Seat, Capture]:
        """The candidate's running seat; it is opened anew if it rested meanwhile."""
        if self.seat is None or self.capture is None or services().seat(participant_id) is None:
            self.seat, self.capture, self.page = services().open_page(participant_id)
        return self.seat, self.capture

    def is_superseded(self, participant_id: str) -> bool:
        """A newer tab has taken the seat."""
        seat = services().seat(participant_id)
        return self.seat is not None and seat is not None and seat.page != self.page

    def ice_servers(self, participant_id: str) -> list[dict[str, Any]]:
        """Of the stream: the same for a while, because streamlit-webrtc keeps each that it saw."""
        made_at, _ = self.ice
        if not 0 <= time.time() - made_at < ICE_RENEWED_AFTER_S:
            now = time.time()
            self.ice = (now, ice_servers(services().settings, participant_id, now))
        return self.ice[1]

    def leave(self) -> None:
        """Somebody else sits down: this tab forgets whose it was."""
        self.left.add(self.token)
        self.token = ""
        self.wants_to_begin = False
        self.stuck.clear()
        self.asks = ""
        self.drop_seat()

    def drop_seat(self) -> None:
        self.seat = self.capture = None
        self.ice = (float("-inf"), [])


def visit_of(meeting: Meeting) -> Visit:
    visit: Visit | None = st.session_state.get("visit")
    if visit is None or visit.meeting_id != meeting.id:
        visit = st.session_state["visit"] = Visit(meeting.id)
    return visit


def remembered_seat(visit: Visit) -> str:
    """The resume token that this browser keeps for the meeting, or "".

    Gives the browser the visit's token to keep, and has it forget those who left.
    """
    data = {
        "meeting": visit.meeting_id,
        "token": visit.token,
        "left": sorted(visit.left),
    }
    result = _seat(key="seat", data=data, on_token_change=be_told)
    token = str(result.get("token") or "")
    return "" if token in visit.left else token


def devices(
    visit: Visit, meeting: Meeting, step: str, done: Collection[str], *, has_dot: bool = False
) -> Equipment:
    """The check-in's part in the browser, in one of its steps. `done` are the steps that are.

    `has_dot`: after the face, how they look at the screen is learned.
    """
    assert visit.bearer is not None
    media = media_of(meeting.signals)
    data = {
        "pass": page_pass(visit.bearer),
        "media": sorted(media),
        "constraints": stream_constraints(media),
        "sends": services().settings.transport,
        "step": step,
        "done": sorted(done),
        "gaze": has_dot,
        "text": t(READ_ALOUD),
    }
    result = _devices(
        key="devices",
        data=data,
        on_state_change=be_told,
        on_share_change=be_told,
        on_news_change=be_told,
    )
    news = result.get("news")
    news = news if isinstance(news, dict) else {}
    if news.get("is") == "refused":
        forget_pass(visit.bearer)
        st.rerun()
    why = line(str(news.get("why", "")), LONGEST_WHY) if news.get("is") == "stuck" else ""
    return Equipment(str(result.get("state") or ""), why, str(result.get("share") or ""))


def strip(visit: Visit, meeting: Meeting, participant: Participant) -> None:
    """What stays in sight during the exam. Its news makes the page run again, and no more."""
    assert visit.bearer is not None
    data = {
        "pass": page_pass(visit.bearer),
        "page": visit.page,
        "visit": visit.id,
        "name": participant.name,
        "title": meeting.title,
        "media": sorted(media_of(meeting.signals)),
        "start": START,
        "sends": services().transport_of(participant.id),
        "sound": services().settings.snapshot_sound,
        "constraints": stream_constraints(media_of(meeting.signals)),
        "events": _wants_events(meeting),
        "watches": page_signals(meeting.signals),
        "full_screen": meeting.journey.full_screen,
        "shares": is_asked_for(meeting),
        "exam_url": meeting.journey.exam_url,
    }
    with st.container(key="strip"):
        result = _exam(key="exam", data=data, on_news_change=be_told)
    if result.get("news") == "refused":
        forget_pass(visit.bearer)
        st.rerun()


def _wants_events(meeting: Meeting) -> bool:
    """Nothing is reported that nothing measures."""
    return any(
        issubclass(BrowserEvent, kind.accepts)
        for kind in analyser_types()
        if kind.name in meeting.signals
    )

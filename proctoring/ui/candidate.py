"""The exam page's parts that live in the browser, and what a tab holds between two runs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import streamlit as st

from proctoring.analysers import analyser_types, media_of, page_signals
from proctoring.capture import Capture, stream_constraints
from proctoring.check_in.words import READ_ALOUD
from proctoring.ids import new_id
from proctoring.plaintext import line
from proctoring.services import Seat
from proctoring.types import BrowserEvent, Capability, Meeting, Participant
from proctoring.ui import be_told, register, services
from proctoring.ui.passes import forget_pass, page_pass

LONGEST_WHY = 200  # characters, of what a page says it failed by
START = "Start sending"  # the stream's own button, which exam.js presses

_seat = register("seat")
_devices = register(
    "devices",
    "media.js",
    "check_in_words.js",
    "check_in_line.js",
    "check_in_network.js",
    "check_in_checks.js",
    "check_in_spoken.js",
    "check_in_capture.js",
    "check_in_tasks.js",
    "check_in_light.js",
)
_exam = register(
    "exam",
    "media.js",
    "stream.js",
    "line.js",
    "challenge.js",
    "watch.js",
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

    state: str  # "ready", "no_path", "failed", or "" while the candidate has not answered
    stuck: str  # why the step failed for the third time, in this run; else empty


@dataclass(slots=True)
class Visit:
    """One tab on one meeting. Plain attributes: setting one is never interrupted by a rerun,
    so a double click on "Continue" joins once."""

    meeting_id: str
    id: str = field(default_factory=new_id)
    token: str = ""
    bearer: Capability | None = None  # what the token stands for, checked in this run
    left: set[str] = field(default_factory=set)  # tokens of those who said "not me"
    wants_to_begin: bool = False
    is_lacking: bool = False  # camera, microphone or a way for them was missing in the check-in
    stuck: dict[str, str] = field(default_factory=dict)  # step of the check-in -> why
    asks: str = ""  # the question that is open over the page; reruns do not close it
    seat: Seat | None = None
    capture: Capture | None = None
    page: int = 0

    def take_seat(self, participant_id: str) -> tuple[Seat, Capture]:
        """The candidate's running seat; it is opened anew if it rested meanwhile."""
        if self.seat is None or self.capture is None or services().seat(participant_id) is None:
            self.seat, self.capture, self.page = services().open_page(participant_id)
        return self.seat, self.capture

    def is_superseded(self, participant_id: str) -> bool:
        """A newer tab has taken the seat."""
        seat = services().seat(participant_id)
        return self.seat is not None and seat is not None and seat.page != self.page

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
        "ice_servers": list(services().settings.ice_servers),
        "step": step,
        "done": sorted(done),
        "gaze": has_dot,
        "text": READ_ALOUD,
    }
    result = _devices(key="devices", data=data, on_state_change=be_told, on_news_change=be_told)
    news = result.get("news")
    news = news if isinstance(news, dict) else {}
    if news.get("is") == "refused":
        forget_pass(visit.bearer)
        st.rerun()
    why = line(str(news.get("why", "")), LONGEST_WHY) if news.get("is") == "stuck" else ""
    return Equipment(str(result.get("state") or ""), why)


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
        "events": _wants_events(meeting),
        "watches": page_signals(meeting.signals),
        "full_screen": meeting.journey.full_screen,
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

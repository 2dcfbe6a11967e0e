"""What an exam page is told over and over, as values that JSON can carry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from proctoring.analysers import analyser_types, media_of
from proctoring.challenge import Asked
from proctoring.seats import Seat, left_s
from proctoring.session import FRESH_S, Status
from proctoring.types import Analyser, Measured, Meeting, Occurrence
from proctoring.views import is_exempt, worst_signal

Message = dict[str, Any]


def status(
    meeting: Meeting,
    seat: Seat,
    occurrences: Iterable[Occurrence],
    now: datetime,
    *,
    is_watched: bool = False,
) -> Message:
    """What the page shows: media, signals, time left, what is open now and what is asked."""
    session = seat.session.status
    age = {"camera": session.video_t, "microphone": session.audio_t}
    clock = seat.session.clock()
    arrives = {medium: t is not None and clock - t <= FRESH_S for medium, t in age.items()}
    arrives["page"] = True  # it is the page that is told
    return {
        "type": "status",
        "is": "running",
        "left_s": left_s(seat, now),
        "extra_s": seat.held.extra_for(meeting.length_s),
        "paused": _pause(seat, now),
        "break_left_s": round(seat.held.break_left_s(now)),
        "hand": seat.held.is_hand_up,
        "watched": is_watched,
        "media": {medium: arrives[medium] for medium in sorted(media_of(meeting.signals))},
        "signals": [
            _signal(kind, session, arrives[kind.medium])
            for kind in analyser_types()
            if kind.name in meeting.signals and not is_exempt(kind, session)
        ],
        "warnings": [_warning(occurrence) for occurrence in occurrences],
        "challenge": _challenge(session.asked),
    }


def _pause(seat: Seat, now: datetime) -> Message | None:
    held = seat.held
    if held.paused_at is None:
        return None
    since, is_break = held.paused_at.isoformat(), held.is_on_break
    return {"since": since, "reason": held.pause_reason, "is_break": is_break}


def _signal(kind: type[Analyser], session: Status, arrives: bool) -> Message:
    worst = worst_signal(kind, session)
    message: Message = {"title": kind.title, "state": Measured.NOT_MEASURED, "reason": ""}
    if not arrives:
        return message | {"reason": "no picture" if kind.medium == "camera" else "no sound"}
    if kind.title in session.broken:
        return message | {"reason": "it stopped working"}
    if session.is_paused:
        return message | {"reason": "paused"}
    if worst is None or worst.state is Measured.NOT_MEASURED:
        return message | {"reason": "starting" if worst else "switched off"}
    return message | {"state": worst.state, "reason": worst.reason}


def _challenge(asked: Asked | None) -> Message | None:
    """Without the seed it was made from."""
    if asked is None:
        return None
    steps = [asdict(step) for step in asked.challenge.steps]
    return {"id": asked.id, "kind": asked.challenge.kind, "steps": steps}


def _warning(occurrence: Occurrence) -> Message:
    return {
        "id": occurrence.id,
        "kind": occurrence.kind,
        "title": occurrence.title,
        "summary": occurrence.summary,
        "advice": occurrence.advice,
        "category": occurrence.category,
        "opened_at": occurrence.opened_at.isoformat(),
    }

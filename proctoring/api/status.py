"""What an exam page is told over and over, as values that JSON can carry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from proctoring.analysers import analyser_types, media_of
from proctoring.challenge import Asked
from proctoring.language import ENGLISH, t
from proctoring.language.again import again, parts_again
from proctoring.live.seats import Seat, left_s
from proctoring.live.sharing import SIGNAL, is_asked_for
from proctoring.live.watch import FRESH_S, Status
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
    language: str = ENGLISH,
) -> Message:
    """What the page shows: media, signals, time left, what is open now and what is asked.

    `language` is the reader's; what is kept stays English.
    """
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
            _signal(kind, session, arrives[kind.medium], language)
            for kind in analyser_types()
            if kind.name in meeting.signals and not is_exempt(kind, session)
        ],
        "warnings": [_warning(occurrence, language) for occurrence in occurrences],
        "challenge": _challenge(session.asked),
        "shares": is_asked_for(meeting) and SIGNAL not in seat.held.adjustments.signals_off,
    }


def _pause(seat: Seat, now: datetime) -> Message | None:
    held = seat.held
    if held.paused_at is None:
        return None
    since, is_break = held.paused_at.isoformat(), held.is_on_break
    return {"since": since, "reason": held.pause_reason, "is_break": is_break}


def _signal(kind: type[Analyser], session: Status, arrives: bool, language: str) -> Message:
    worst = worst_signal(kind, session)
    title = again(kind.title, language)
    message: Message = {"title": title, "state": Measured.NOT_MEASURED, "reason": ""}
    if not arrives:
        is_seen = kind.medium == "camera"
        reason = t("no picture", language) if is_seen else t("no sound", language)
        return message | {"reason": reason}
    if kind.title in session.broken:
        return message | {"reason": t("it stopped working", language)}
    if session.is_paused:
        return message | {"reason": t("paused", language)}
    if worst is None or worst.state is Measured.NOT_MEASURED:
        is_starting = worst is not None
        reason = t("starting", language) if is_starting else t("switched off", language)
        return message | {"reason": reason}
    return message | {"state": worst.state, "reason": parts_again(worst.reason, language)}


def _challenge(asked: Asked | None) -> Message | None:
    """Without the seed it was made from."""
    if asked is None:
        return None
    steps = [asdict(step) for step in asked.challenge.steps]
    return {"id": asked.id, "kind": asked.challenge.kind, "steps": steps}


def _warning(occurrence: Occurrence, language: str) -> Message:
    return {
        "id": occurrence.id,
        "kind": occurrence.kind,
        "title": again(occurrence.title, language),
        "summary": parts_again(occurrence.summary, language),
        "advice": again(occurrence.advice, language),
        "category": occurrence.category,
        "opened_at": occurrence.opened_at.isoformat(),
    }

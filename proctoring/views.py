"""What a proctor is shown, as values that JSON can carry. Pure: the time comes in.

Numbers and times stay numbers and times (ISO 8601, UTC); the desk says them in words.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from proctoring import cards
from proctoring.acts import talk
from proctoring.acts.standing import AS_EVER, Standing, deadline
from proctoring.analysers import DEVICES, media_of
from proctoring.coverage_view import WORST_FIRST, View, analysers_of, coverage
from proctoring.live.seats import Seat
from proctoring.live.watch import FRESH_S, SignalStatus, Status
from proctoring.live.ways import way_of
from proctoring.policy.consequence import figure_in
from proctoring.rules import score
from proctoring.store import EvidenceRef
from proctoring.types import (
    Analyser,
    Category,
    Incident,
    Measured,
    Meeting,
    Notice,
    Occurrence,
    Participant,
)

__all__ = ["View", "candidate", "coverage", "incident", "is_exempt", "is_live", "measured"]
__all__ += ["worst_signal"]

SETTLES_IN_S = 6.0  # of a session, in which "nothing comes in" only means "not yet"
STARTING = "starting"  # besides the states of Measured


# --- incidents ---------------------------------------------------------------------------


def incident(
    incident: Incident,
    evidence: Mapping[str, Sequence[EvidenceRef]],
    notices: Mapping[str, Notice],
    meeting: Meeting | None = None,
) -> View:
    """`evidence` and `notices` by occurrence id. With its meeting, the figure is of its policy."""
    kind = incident.kind
    return {
        "id": incident.id,
        "participant_id": incident.first.participant_id,
        "kind": incident.kind,
        "title": incident.first.title,
        "category": incident.category,
        "severity": max(o.severity for o in incident.occurrences).name.lower(),
        "figure": figure_in(meeting, kind) if meeting else cards.figure(kind),
        "occurrences": [
            _occurrence(o, evidence.get(o.id, ()), notices.get(o.id)) for o in incident.occurrences
        ],
    }


def _occurrence(
    occurrence: Occurrence, evidence: Sequence[EvidenceRef], notice: Notice | None
) -> View:
    return {
        "id": occurrence.id,
        "summary": occurrence.summary,
        "opened_at": _iso(occurrence.opened_at),
        "last_seen_at": _iso(occurrence.last_seen_at),
        "closed_at": _iso(occurrence.closed_at),
        "shown_at": _iso(notice.shown_at if notice else None),
        "evidence": [
            {"id": e.id, "media_type": e.media_type, "captured_at": _iso(e.captured_at)}
            for e in evidence
        ],
    }


# --- candidates --------------------------------------------------------------------------


def candidate(
    participant: Participant,
    meeting: Meeting,
    seat: Seat | None,
    incidents: Collection[Incident],
    now: datetime,
    held: Standing = AS_EVER,
    warnings: int = 0,
) -> View:
    """`marks` are all that is true of the candidate: the desk counts and filters by them.

    `warnings`: how many their page has shown, those of proctors too. `way`: by which picture and
    sound come, while any do; see `proctoring.live.ways`.
    """
    status = seat.session.status if seat and seat.session.status.is_running else None
    lasting = [i for i in incidents if i.closed_at is None] if status else []
    signals = measured(meeting, status) if status else []
    started = participant.started_at
    ends_at = deadline(meeting, started, held, now) if started else None
    still = seat.session.still if seat else None
    arrives = _line(meeting, seat, status)
    return {
        "id": participant.id,
        "name": participant.name,
        "started_at": _iso(started),
        "finished_at": _iso(participant.finished_at),
        "finish_reason": participant.finish_reason,
        "left_s": max(0, round((ends_at - now).total_seconds())) if ends_at else None,
        "marks": _marks(participant, seat, status, lasting, signals, held),
        "is_running": status is not None,
        "is_live": seat is not None and any(map(is_live, seat.tracks)),
        "score": round(score(incidents)),
        "open": [i.id for i in lasting],
        "signals": signals,
        "line": arrives,
        "way": way_of(seat) if seat and any(arrives.get(one) for one in DEVICES) else "",
        "warnings": warnings,
        "picture_age_s": round((now - still.at).total_seconds(), 1) if still else None,
        **talk.held(held, meeting),
    }


def _line(meeting: Meeting, seat: Seat | None, status: Status | None) -> View:
    """What arrives now; a medium that the meeting does not need is not in it."""
    if seat is None or status is None:
        return {}
    newest = {"camera": status.video_t, "microphone": status.audio_t}
    clock = seat.session.clock()
    arrives = {
        medium: t is not None and clock - t <= FRESH_S
        for medium, t in newest.items()
        if medium in media_of(meeting.signals)
    }
    return arrives | {"page": seat.is_connected}


def is_live(track: Any) -> bool:
    """Is it a track that still brings something?"""
    return track is not None and track.readyState == "live"


def _marks(
    participant: Participant,
    seat: Seat | None,
    status: Status | None,
    lasting: Collection[Incident],
    signals: Sequence[View],
    held: Standing,
) -> list[str]:
    if participant.finished_at:
        return ["finished"]
    hand = ["hand"] if held.is_hand_up else []
    if participant.started_at is None and status is None:
        return ["waiting", *(["asks_in"] if held.asked_in_at else []), *hand]
    paused = ["paused"] if held.paused_at else []
    if seat is None or status is None or not _is_in_touch(seat, status):
        return ["disconnected", *paused, *hand]
    if paused:
        return ["in_exam", *paused, *hand]
    marks = ["in_exam", *hand]
    if any(i.category is Category.CONDUCT for i in lasting):
        marks.append("look")
    is_lost = any(signal["state"] == Measured.NOT_MEASURED for signal in signals)
    if is_lost or any(i.category is Category.TECHNICAL for i in lasting):
        marks.append("technical")
    return marks


def _is_in_touch(seat: Seat, status: Status) -> bool:
    """The page's own line is open, or its media arrive."""
    newest = max(status.video_t or 0.0, status.audio_t or 0.0, seat.last_contact_t)
    return seat.is_connected or seat.session.clock() - newest <= FRESH_S


# --- what is measured --------------------------------------------------------------------


def measured(meeting: Meeting, status: Status) -> list[View]:
    """For each analyser of the meeting: does it measure now?"""
    kinds = (kind for kind in analysers_of(meeting) if not is_exempt(kind, status))
    return [_measured_now(kind, status) for kind in kinds]


def is_exempt(kind: type[Analyser], status: Status) -> bool:
    """Nothing of it is measured of this candidate."""
    return all(rule.signal in status.exempt for rule in kind.rules)


def _measured_now(kind: type[Analyser], status: Status) -> View:
    view: View = {"title": kind.title, "state": Measured.NOT_MEASURED, "reason": ""}
    if kind.title in status.broken:
        return view | {"reason": "the analyser stopped working"}
    worst = worst_signal(kind, status)
    if worst is None:
        return view | {"reason": "it is not running"}
    if worst.state is Measured.NOT_MEASURED and status.t < SETTLES_IN_S:
        return view | {"state": STARTING}
    return view | {"state": worst.state, "reason": worst.reason}


def worst_signal(kind: type[Analyser], status: Status) -> SignalStatus | None:
    """An analyser measures as well as this one; None while it is not running."""
    names = {rule.signal for rule in kind.rules}
    found = (signal for signal in status.signals if signal.signal in names)
    return min(found, key=lambda signal: WORST_FIRST.index(signal.state), default=None)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None

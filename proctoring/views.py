"""What a proctor is shown, as values that JSON can carry. Pure: the time comes in.

Numbers and times stay numbers and times (ISO 8601, UTC); the desk says them in words.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from proctoring import cards, talk
from proctoring.analysers import analyser_types, is_on
from proctoring.rules import score
from proctoring.seats import Seat
from proctoring.session import FRESH_S, SignalStatus, Status
from proctoring.standing import AS_EVER, Standing, deadline
from proctoring.store import EvidenceRef
from proctoring.types import (
    Analyser,
    Category,
    CoverageSpan,
    Incident,
    Measured,
    Meeting,
    Notice,
    Occurrence,
    Participant,
)

View = dict[str, Any]
SHORTEST_GAP = timedelta(seconds=1)  # coverage is kept by whole seconds
MAX_GAPS = 60  # of one analyser; the share counts them all
SETTLES_IN_S = 6.0  # of a session, in which "nothing comes in" only means "not yet"
STARTING = "starting"  # besides the states of Measured
WORST_FIRST = (Measured.NOT_MEASURED, Measured.DEGRADED, Measured.MEASURED)


# --- incidents ---------------------------------------------------------------------------


def incident(
    incident: Incident, evidence: Mapping[str, Sequence[EvidenceRef]], notices: Mapping[str, Notice]
) -> View:
    """`evidence` and `notices` by occurrence id."""
    return {
        "id": incident.id,
        "participant_id": incident.first.participant_id,
        "kind": incident.kind,
        "title": incident.first.title,
        "category": incident.category,
        "severity": max(o.severity for o in incident.occurrences).name.lower(),
        "figure": cards.figure(incident.kind),
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
) -> View:
    """`marks` are all that is true of the candidate: the desk counts and filters by them."""
    status = seat.session.status if seat and seat.session.status.is_running else None
    lasting = [i for i in incidents if i.closed_at is None] if status else []
    signals = measured(meeting, status) if status else []
    started = participant.started_at
    ends_at = deadline(meeting, started, held, now) if started else None
    still = seat.session.still if seat else None
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
        "picture_age_s": round((now - still.at).total_seconds(), 1) if still else None,
        **talk.held(held, meeting),
    }


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
    kinds = (kind for kind in _analysers(meeting) if not is_exempt(kind, status))
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


def _analysers(meeting: Meeting) -> list[type[Analyser]]:
    """Those that the meeting names, and the health of the media they need."""
    return [kind for kind in analyser_types() if is_on(kind, meeting.signals)]


# --- what was measured -------------------------------------------------------------------


def coverage(
    meeting: Meeting, spans: Sequence[CoverageSpan], start: datetime, end: datetime
) -> list[View]:
    """For each analyser: the share of the time that it measured, 0..1, and its longest gaps.

    An analyser measured while all of its signals were; where no span says anything, nothing
    was measured.
    """
    return [_coverage_of(kind, spans, start, end) for kind in _analysers(meeting)]


def _coverage_of(
    kind: type[Analyser], spans: Sequence[CoverageSpan], start: datetime, end: datetime
) -> View:
    found = _gaps([_track(spans, rule.signal) for rule in kind.rules], start, end)
    gaps = [gap for gap in found if gap.end - gap.start >= SHORTEST_GAP]
    total = (end - start).total_seconds()
    lost = sum((gap.end - gap.start).total_seconds() for gap in gaps)
    longest = sorted(gaps, key=lambda gap: gap.start - gap.end)[:MAX_GAPS]
    return {
        "title": kind.title,
        "measured": 1 - lost / total if total > 0 else None,
        "gaps": [
            {"from": _iso(gap.start), "to": _iso(gap.end), "state": gap.state, "reason": gap.reason}
            for gap in sorted(longest)
        ],
    }


class _Gap(NamedTuple):
    start: datetime
    end: datetime
    state: Measured
    reason: str


def _track(spans: Iterable[CoverageSpan], signal: str) -> list[CoverageSpan]:
    return sorted((s for s in spans if s.signal == signal), key=lambda s: s.started_at)


def _gaps(tracks: Sequence[list[CoverageSpan]], start: datetime, end: datetime) -> list[_Gap]:
    """Between two neighbouring edges no signal changes its state."""
    times = (t for track in tracks for span in track for t in (span.started_at, span.ended_at))
    edges = sorted({start, end, *(t for t in times if start < t < end)})
    gaps: list[_Gap] = []
    for left, right in pairwise(edges):
        states = (_state_at(track, left) for track in tracks)
        state, reason = min(states, key=lambda found: WORST_FIRST.index(found[0]))
        if state is Measured.MEASURED:
            continue
        if gaps and gaps[-1][1:] == (left, state, reason):
            gaps[-1] = gaps[-1]._replace(end=right)
        else:
            gaps.append(_Gap(left, right, state, reason))
    return gaps


def _state_at(track: list[CoverageSpan], at: datetime) -> tuple[Measured, str]:
    index = bisect_right(track, at, key=lambda span: span.started_at) - 1
    if index >= 0 and at < track[index].ended_at:
        return track[index].state, track[index].reason
    return Measured.NOT_MEASURED, "nothing was running"


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None

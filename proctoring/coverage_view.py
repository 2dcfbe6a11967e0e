"""Coverage as people are shown it: shares and gaps, as values that JSON can carry. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from proctoring.analysers import analyser_types, is_on
from proctoring.types import Analyser, CoverageSpan, Measured, Meeting

View = dict[str, Any]
SHORTEST_GAP = timedelta(seconds=1)  # coverage is kept by whole seconds
MAX_GAPS = 60  # of one analyser; the share counts them all
WORST_FIRST = (Measured.NOT_MEASURED, Measured.DEGRADED, Measured.MEASURED)


def analysers_of(meeting: Meeting) -> list[type[Analyser]]:
    """Those that the meeting names, and the health of the media they need."""
    return [kind for kind in analyser_types() if is_on(kind, meeting.signals)]


def coverage(
    meeting: Meeting, spans: Sequence[CoverageSpan], start: datetime, end: datetime
) -> list[View]:
    """For each analyser: the share of the time that it measured, 0..1, and its longest gaps.

    An analyser measured while all of its signals were; where no span says anything, nothing
    was measured.
    """
    return [_coverage_of(kind, spans, start, end) for kind in analysers_of(meeting)]


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
            {
                "from": gap.start.isoformat(),
                "to": gap.end.isoformat(),
                "state": gap.state,
                "reason": gap.reason,
            }
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

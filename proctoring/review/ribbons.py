"""The coverage ribbon of each signal: what was measured, what was not, and what nobody missed.

A pause is no gap, and a signal that is off for a candidate is exempt: neither counts against what
was measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from proctoring import views
from proctoring.acts.standing import Pause
from proctoring.analysers import analyser_types, is_on
from proctoring.review.dossier import Dossier
from proctoring.types import Measured

EXEMPT, PAUSED = "exempt", "paused"  # besides the states of Measured


@dataclass(frozen=True, slots=True)
class Piece:
    """Between its times the signal was not simply measured."""

    start: datetime  # UTC
    end: datetime
    state: str  # a Measured, EXEMPT or PAUSED
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Ribbon:
    name: str  # of the analyser
    title: str
    share: float | None  # 0..1, measured of what was to be; None if nothing was to be
    pieces: tuple[Piece, ...]  # by time; all else was measured


def ribbons(dossier: Dossier) -> list[Ribbon]:
    """None of who did not begin."""
    start, end = dossier.participant.started_at, dossier.end
    if start is None or end is None or end <= start:
        return []
    held = dossier.standing
    pauses = [_piece(pause, start, end) for pause in held.pauses]
    pauses = [piece for piece in pauses if piece.end > piece.start]
    kinds = [kind for kind in analyser_types() if is_on(kind, dossier.meeting.signals)]
    found = views.coverage(dossier.meeting, dossier.spans, start, end)
    return [
        Ribbon(kind.name, kind.title, None, (Piece(start, end, EXEMPT),))
        if kind.name in held.adjustments.signals_off
        else _ribbon(kind.name, view, pauses, (end - start).total_seconds())
        for kind, view in zip(kinds, found, strict=True)
    ]


def shares(found: Iterable[Ribbon]) -> dict[str, float]:
    """Of the signals that were to be measured, by name."""
    return {ribbon.name: ribbon.share for ribbon in found if ribbon.share is not None}


def mean(found: Iterable[Ribbon]) -> float | None:
    """Over the signals, 0..1; None where there was nothing to measure."""
    known = list(shares(found).values())
    return sum(known) / len(known) if known else None


def _piece(pause: Pause, start: datetime, end: datetime) -> Piece:
    return Piece(max(start, pause.start), min(end, pause.end or end), PAUSED)


def _ribbon(name: str, view: views.View, pauses: Sequence[Piece], total_s: float) -> Ribbon:
    gaps = [
        Piece(
            datetime.fromisoformat(gap["from"]),
            datetime.fromisoformat(gap["to"]),
            Measured(gap["state"]),
            gap["reason"],
        )
        for gap in view["gaps"]
    ]
    left = [piece for gap in gaps for piece in _without(gap, pauses)]
    # The view lists the longest gaps and counts all of them.
    unlisted_s = max(0.0, (1 - (view["measured"] or 0.0)) * total_s - _seconds(gaps))
    to_measure_s = total_s - _seconds(pauses)
    share = 1 - (_seconds(left) + unlisted_s) / to_measure_s if to_measure_s > 0 else None
    pieces = sorted([*left, *pauses], key=lambda piece: piece.start)
    return Ribbon(name, view["title"], share if share is None else max(0.0, share), tuple(pieces))


def _without(gap: Piece, pauses: Iterable[Piece]) -> Iterator[Piece]:
    start = gap.start
    for pause in pauses:
        if pause.end <= start or pause.start >= gap.end:
            continue
        if pause.start > start:
            yield Piece(start, pause.start, gap.state, gap.reason)
        start = max(start, pause.end)
    if start < gap.end:
        yield Piece(start, gap.end, gap.state, gap.reason)


def _seconds(pieces: Iterable[Piece]) -> float:
    return sum((piece.end - piece.start).total_seconds() for piece in pieces)

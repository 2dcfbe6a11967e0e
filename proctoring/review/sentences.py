"""Why something is there to look at, in a sentence with its numbers."""

from __future__ import annotations

from proctoring import cards
from proctoring.types import Incident, Occurrence

NO_CARD = "How often it errs has not been measured."


def why(incident: Incident) -> str:
    """ "2 faces, for 6.4 s. It came 3 times within 4 min 10 s, 14 s in all." """
    worst = incident.worst
    said = worst.summary[:1].upper() + worst.summary[1:]
    length = length_s(worst)
    words = f"{said}, for {lasting(length)}." if length >= 0.05 else f"{said}."
    if incident.count > 1:
        last = max(o.last_seen_at for o in incident.occurrences)
        within = (last - incident.opened_at).total_seconds()
        total = sum(length_s(o) for o in incident.occurrences)
        words += f" It came {incident.count} times within {lasting(within)}"
        words += f", {lasting(total)} in all." if total >= 0.05 else "."
    return words


def tested(kind: str) -> str:
    """ "Tested: at this setting 96 % found (n 27), 5 % false (n 39)." """
    figure = cards.figure(kind)
    return f"Tested: {figure}." if figure else NO_CARD


def length_s(occurrence: Occurrence) -> float:
    return (occurrence.last_seen_at - occurrence.opened_at).total_seconds()


def lasting(seconds: float) -> str:
    """ "6.4 s", "2 min 05 s", "1 h 02 min" """
    if seconds < 59.95:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def percent(share: float) -> str:
    """Never rounded up to all of it."""
    return "100 %" if share >= 1 else f"{int(share * 1000) / 10:.{0 if share < 0.99 else 1}f} %"

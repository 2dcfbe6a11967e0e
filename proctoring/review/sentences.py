"""Why something is there to look at, in a sentence with its numbers."""

from __future__ import annotations

from proctoring import cards
from proctoring.language import ENGLISH, t
from proctoring.language.again import parts_again, value_again
from proctoring.policy.consequence import figure_in
from proctoring.types import Incident, Meeting, Occurrence


def why(incident: Incident, language: str = ENGLISH) -> str:
    """ "2 faces, for 6.4 s. It came 3 times within 4 min 10 s, 14 s in all." """
    worst = incident.worst
    said = parts_again(worst.summary, language)
    said = said[:1].upper() + said[1:]
    length = length_s(worst)
    words = f"{said}."
    if length >= 0.05:
        words = t("{said}, for {length}.", language, said=said, length=_again(length, language))
    if incident.count > 1:
        last = max(o.last_seen_at for o in incident.occurrences)
        within = (last - incident.opened_at).total_seconds()
        total = sum(length_s(o) for o in incident.occurrences)
        told = {"n": incident.count, "within": lasting(within), "total": _again(total, language)}
        if total >= 0.05:
            often = t("It came {n} times within {within}, {total} in all.", language, **told)
        else:
            often = t("It came {n} times within {within}.", language, **told)
        words += f" {often}"
    return words


def tested(  # it is no test
    kind: str,
    language: str = ENGLISH,  # noqa: PT028
    meeting: Meeting | None = None,  # noqa: PT028
) -> str:
    """ "Tested: at this setting 96 % found (n 27), 5 % false (n 39)." Without a meeting, at the
    setting as it comes."""
    figure = figure_in(meeting, kind) if meeting else cards.figure(kind)
    if not figure:
        return t("How often it errs has not been measured.", language)
    return t("Tested: {figure}.", language, figure=parts_again(figure, language, ", "))


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


def _again(seconds: float, language: str) -> str:
    return value_again(lasting(seconds), language)


def percent(share: float) -> str:
    """Never rounded up to all of it."""
    return "100 %" if share >= 1 else f"{int(share * 1000) / 10:.{0 if share < 0.99 else 1}f} %"

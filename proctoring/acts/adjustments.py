"""What is different for one candidate: accommodations, applied before anything is detected.

An act of kind "adjustment" holds all of them, and the newest act counts. Why somebody has them is
nobody's business here: no reason is asked for, and none is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from proctoring.types import Rule

EXTRA_PERCENT = (0, 25, 50, 100)  # of the working time
MOST_BREAK_MIN = 60
LONGER_LOOK_S = 20.0  # how much longer than others somebody may look away

# Kinds of incidents that do not exist for whoever may have somebody with them, or may speak.
OF_A_SECOND_PERSON = frozenset(
    {
        "multiple_faces",
        "other_person",
        "different_person",
        "multiple_speakers",
        "other_voice",
        "voice_swap",
        "talking",
    }
)
OF_SPEAKING = frozenset({"talking", "whisper"})


@dataclass(frozen=True, slots=True)
class Adjustments:
    signals_off: frozenset[str] = frozenset()  # names of analysers
    second_person: bool = False  # may be there: a reader, a scribe
    may_speak: bool = False  # also where the exam does not allow it
    longer_looks: bool = False  # away from the screen
    extra_percent: int = 0  # more working time
    break_min: int = 0  # minutes of breaks that stop the clock, taken when the candidate likes

    @property
    def exempt(self) -> frozenset[str]:
        """Kinds of incidents that do not exist for this candidate."""
        kinds = OF_A_SECOND_PERSON if self.second_person else frozenset[str]()
        return kinds | OF_SPEAKING if self.may_speak else kinds

    @property
    def detection(self) -> tuple[object, ...]:
        """What of it makes a difference to what is measured."""
        return self.signals_off, self.second_person, self.may_speak, self.longer_looks


NONE = Adjustments()


@dataclass(frozen=True, slots=True)
class Relaxed:
    """What it means for the rules."""

    exempt: frozenset[str] = frozenset()  # kinds
    longer_s: Mapping[str, float] = field(default_factory=dict)  # kind -> s more before it opens

    def rule(self, rule: Rule) -> Rule:
        more_s = self.longer_s.get(rule.kind, 0.0)
        return replace(rule, enter_after_s=rule.enter_after_s + more_s) if more_s else rule


AS_FOR_ALL = Relaxed()


def relaxed(adjustments: Adjustments) -> Relaxed:
    longer = {"looking_away": LONGER_LOOK_S} if adjustments.longer_looks else {}
    return Relaxed(adjustments.exempt, longer)


def read_adjustments(content: Mapping[str, Any]) -> Adjustments:
    """Raises ValueError, with a sentence."""
    unknown = content.keys() - {"signals_off", *_FLAGS, "extra_percent", "break_min"}
    if unknown:
        raise ValueError(f"There is no adjustment {min(unknown)!r}.")
    off = content.get("signals_off", [])
    if not isinstance(off, list) or not all(isinstance(n, str) and 0 < len(n) <= 40 for n in off):
        raise ValueError("The signals that are off are a list of names.")
    flags = {name: content.get(name, False) for name in _FLAGS}
    if not all(isinstance(flag, bool) for flag in flags.values()):
        raise ValueError("An adjustment is on or off.")
    extra, minutes = content.get("extra_percent", 0), content.get("break_min", 0)
    if isinstance(extra, bool) or extra not in EXTRA_PERCENT:
        raise ValueError(f"Extra time is one of {', '.join(map(str, EXTRA_PERCENT))} per cent.")
    if type(minutes) is not int or not 0 <= minutes <= MOST_BREAK_MIN:
        raise ValueError(f"Breaks are from 0 to {MOST_BREAK_MIN} minutes.")
    return Adjustments(frozenset(off), **flags, extra_percent=extra, break_min=minutes)


def to_content(adjustments: Adjustments) -> dict[str, Any]:
    return {
        "signals_off": sorted(adjustments.signals_off),
        **{name: getattr(adjustments, name) for name in _FLAGS},
        "extra_percent": adjustments.extra_percent,
        "break_min": adjustments.break_min,
    }


_FLAGS = ("second_person", "may_speak", "longer_looks")

"""What a limit gives on pictures that it was not chosen by.

Where few pictures are at hand, the limits that run were chosen with all of them in view. Here each
source (a person, a clip, a room) is left out in turn, a limit is chosen by the others alone, and
what was left out is judged by that. It tells how far the counts at the running limit flatter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

LABEL = "its limit chosen without it"


@dataclass(frozen=True, slots=True)
class Case:
    sources: frozenset[str]  # everybody and everything that is in it
    score: float  # the higher, the likelier; minus infinity where nothing was told
    is_positive: bool


@dataclass(frozen=True, slots=True)
class LeftOut:
    positives: int
    found: int
    negatives: int
    false: int
    lowest: float  # limit that was chosen
    highest: float

    def row(self, condition: str, of: str, unit: str) -> dict[str, Any]:
        """In the shape of a card's row."""
        limits = f"limit {self.lowest:.2f} to {self.highest:.2f}"
        return {
            "condition": f"{condition}, {LABEL}" if condition else LABEL,
            "set": f"{of}; {limits}",
            "n_positive": self.positives,
            "found": self.found,
            "n_negative": self.negatives,
            "false": self.false,
            "unit": unit,
            "hours": None,
        }


def choose(cases: Iterable[Case]) -> float:
    """Midway of the widest gap between scores that gets most right, each kind counting half."""
    known = list(cases)
    yes = np.sort([case.score for case in known if case.is_positive])
    no = np.sort([case.score for case in known if not case.is_positive])
    scores = np.unique([case.score for case in known if np.isfinite(case.score)])
    gaps = list(pairwise(scores.tolist()))
    if not gaps or not len(yes) or not len(no):
        raise ValueError("there is nothing to choose a limit by")

    def worth(gap: tuple[float, float]) -> tuple[float, float]:
        found = 1 - np.searchsorted(yes, gap[1]) / len(yes)
        spared = np.searchsorted(no, gap[1]) / len(no)
        return round(float(found + spared), 9), gap[1] - gap[0]

    low, high = max(gaps, key=worth)
    return float(low + high) / 2


def left_out(cases: Sequence[Case]) -> LeftOut:
    """Each is judged by a limit that none of its sources had a part in."""
    limits = {
        sources: choose(case for case in cases if not case.sources & sources)
        for sources in {case.sources for case in cases}
    }
    told = [(case.is_positive, case.score >= limits[case.sources]) for case in cases]
    return LeftOut(
        positives=sum(is_one for is_one, _ in told),
        found=sum(is_one and is_told for is_one, is_told in told),
        negatives=sum(not is_one for is_one, _ in told),
        false=sum(not is_one and is_told for is_one, is_told in told),
        lowest=min(limits.values()),
        highest=max(limits.values()),
    )

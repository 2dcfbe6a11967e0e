"""Sets of 10 ms frames, as numbers counted from media time 0.

NumPy's own functions for sets know nothing of numbers that lie close together, and take tens of
times as long.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int_]  # of 10 ms


def distinct(parts: Iterable[Numbers]) -> Numbers:
    """All of them in order, each once."""
    filled = [part for part in parts if len(part)]
    if not filled:
        return np.empty(0, np.int_)
    first = min(int(part.min()) for part in filled)
    is_there = np.zeros(max(int(part.max()) for part in filled) - first + 1, bool)
    for part in filled:
        is_there[part - first] = True
    return np.flatnonzero(is_there) + first


def are_in(first: int, count: int, frames: Numbers) -> npt.NDArray[np.bool_]:
    """(count,): of the frames from `first` on, which are among these?"""
    found = np.zeros(count, bool)
    found[frames[(frames >= first) & (frames < first + count)] - first] = True
    return found

"""What the distance of two faces says. All figures are of `benchmarks/identity.py`.

Distances are those of `proctoring.perception.face_embedding`: pictures of one person, taken
on different days, lie 0.75 apart and clear ones hardly ever above 1.05; pictures of two people
1.57, and below 1.3 in one of a hundred. Brothers and sisters, small children above all, can
come as near as 1.0: they cannot be told apart so.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from proctoring.perception.face_embedding import Embedding, distance, mean_of

Embeddings = npt.NDArray[np.float32]  # (n, 256)

THRESHOLD = 1.2  # of two single pictures
DOUBT = 0.06  # so near to it, nobody can say

# A profile's limit is its own spread and this, within bounds. The bounds are what the threshold
# is for two single pictures at their best and at their worst.
BEYOND_SPREAD = 0.5
LEAST_LIMIT, MOST_LIMIT = 1.15, 1.3
MEASURED = Path(__file__).with_name("face_distances.json")


@dataclass(frozen=True, slots=True)
class FalseAccepts:
    """How often two different people are taken for one at a threshold."""

    share: float  # 0..1, as measured
    pairs: int  # of different people
    people: int


def same_person(apart: float, threshold: float = THRESHOLD) -> bool | None:
    """None in the band about the threshold, where it can't be said."""
    if abs(apart - threshold) < DOUBT:
        return None
    return apart < threshold


def distance_from(profile: Embeddings, embedding: Embedding) -> float:
    """From the nearest of a profile's pictures, or from what they have in common."""
    common = mean_of(profile)
    return min(distance(known, embedding) for known in (*profile, common))


def spread_of(profile: Embeddings) -> float | None:
    """How far one picture of a profile lies from the nearest other one, at most; None for one."""
    if len(profile) < 2:
        return None
    apart = np.linalg.norm(profile[:, None] - profile[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    return float(apart.min(axis=1).max())


def limit_of(spread: float | None) -> float:
    """The distance from which on somebody is another person: less for the less varied."""
    if spread is None:
        return MOST_LIMIT
    return min(MOST_LIMIT, max(LEAST_LIMIT, spread + BEYOND_SPREAD))


def farthest_apart(profile: Sequence[Embedding]) -> float:
    """The largest distance of two pictures of it; 0 for one."""
    return max((distance(one, other) for one in profile for other in profile), default=0.0)


def false_accepts(threshold: float = THRESHOLD) -> FalseAccepts:
    """Read from the table that `python -m benchmarks.identity --write` measured."""
    table = _table()
    pairs = int(table["pairs"])
    if threshold > table["told_up_to"]:
        raise ValueError(f"false accepts were measured up to {table['told_up_to']}")
    below = bisect_right(table["nearest"], threshold)
    return FalseAccepts(below / pairs, pairs, int(table["people"]))


@cache
def _table() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(MEASURED.read_text(encoding="utf-8"))
    return content

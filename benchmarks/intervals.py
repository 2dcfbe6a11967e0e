"""Shares with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt


def interval(hits: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's 95 % confidence interval of a share."""
    share, more = hits / of, z * z / of
    middle = (share + more / 2) / (1 + more)
    half = z / (1 + more) * sqrt(share * (1 - share) / of + more / of / 4)
    return max(0.0, middle - half), min(1.0, middle + half)


def told(hits: Sequence[bool]) -> str:
    """ "0.95 (21/22; 0.78–0.99)" """
    if not hits:
        return "–"
    low, high = interval(sum(hits), len(hits))
    return f"{sum(hits) / len(hits):.2f} ({sum(hits)}/{len(hits)}; {low:.2f}–{high:.2f})"

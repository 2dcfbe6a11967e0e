"""How far two reviewers agree, beyond what chance alone would bring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence


def cohens_kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> float | None:
    """1 for full agreement, 0 for what chance brings, below 0 for less (Cohen 1960).

    `pairs`: what the one and what the other said of the same thing. None where nothing can be
    said: no pairs, or both always said one and the same, so that chance explains all of it.
    """
    if not pairs:
        return None
    n = len(pairs)
    of_one, of_other = (Counter(pair[side] for pair in pairs) for side in (0, 1))
    agreed = sum(one == other for one, other in pairs) / n
    by_chance = sum(of_one[name] * of_other[name] for name in of_one) / n**2
    return None if by_chance == 1 else (agreed - by_chance) / (1 - by_chance)

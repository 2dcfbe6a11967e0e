"""The degradation ladder: what is left out, step by step, while a server is too busy for all of it.

What it saves was measured on a calm minute: CPU for the camera 57 ms a second, on the first rung
43, on the second 30 (`benchmarks.visual_cost`).
"""

from __future__ import annotations

from enum import IntEnum

RARER = 2.0  # costly looks come so many times more rarely
PICTURE_EVERY_S = 1.0  # on the last rung, as of who sends snapshots from the beginning


class Rung(IntEnum):
    """Each leaves out what those before it do, and more."""

    ALL = 0
    RARER_LOOKS = 1
    FEWER_PICTURES = 2

    @property
    def stretch(self) -> float:
        """How many times more rarely costly looks come."""
        return RARER if self >= Rung.RARER_LOOKS else 1.0

    @property
    def picture_every_s(self) -> float:
        """At most one in so many seconds; 0: as many as ever."""
        return PICTURE_EVERY_S if self >= Rung.FEWER_PICTURES else 0.0


# What the coverage says of a signal meanwhile.
WHY = {
    Rung.RARER_LOOKS: "the server is busy and looks less often",
    Rung.FEWER_PICTURES: "the server is busy and takes one picture a second",
}

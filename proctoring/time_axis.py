"""Times along a drawing: how far apart they stand, and how they are written."""

from __future__ import annotations

STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
MOST_TICKS = 12


def tick_s(duration_s: float) -> int:
    """From one time on the axis to the next."""
    fitting = (step for step in STEPS_S if duration_s / step <= MOST_TICKS)
    return next(fitting, STEPS_S[-1])


def clock(seconds: float) -> str:
    """ "1:02:05", "2:05" """
    minutes, s = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{s:02d}" if hours else f"{minutes}:{s:02d}"

"""Two drawings of a run: how long incidents took, and how busy the server was."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from proctoring.load.metrics import Reading
from proctoring.load.results import Judged
from proctoring.report.shapes import (
    ALERT,
    FAINT,
    MEASURED,
    RULE,
    TECHNICAL,
    Drawing,
    Line,
    Rect,
    Shape,
    Text,
)

WIDTH, HEIGHT = 900.0, 260.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 16.0, 34.0, 34.0
DOT = 6.0


class _Axes:
    def __init__(self, from_x: float, to_x: float, most_y: float) -> None:
        self._from_x, self._to_x = from_x, max(to_x, from_x + 1.0)
        self.most_y = max(most_y, 0.1)

    def x(self, value: float) -> float:
        share = (value - self._from_x) / (self._to_x - self._from_x)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - value / self.most_y * (HEIGHT - TOP - BOTTOM)

    def shapes(self, title: str, unit: str) -> list[Shape]:
        found: list[Shape] = [Text(LEFT, 20, title, 14)]
        for part in range(5):
            value = self.most_y * part / 4
            y = self.y(value)
            found.append(Line(((LEFT, y), (WIDTH - RIGHT, y)), RULE))
            found.append(Text(LEFT - 6, y + 4, f"{value:.2g} {unit}", 11, FAINT, "end"))
        length_s = self._to_x - self._from_x
        for part in range(5):
            x = self.x(self._from_x + length_s * part / 4)
            found.append(Text(x, HEIGHT - 12, f"{length_s * part / 4:.0f} s", 11, FAINT, "middle"))
        return found


def delays(judged: Sequence[Judged]) -> Drawing:
    """A dot for each stretch, by when it began; those that were not found stand at the top."""
    found = [one.delay_s for one in judged if one.delay_s is not None]
    times = [one.at_s for one in judged]
    axes = _Axes(min(times), max(times), max(found, default=1.0) * 1.15)
    shapes = axes.shapes("From the first bad picture sent to the incident on the desk", "s")
    for one in judged:
        y = axes.y(one.delay_s if one.delay_s is not None else axes.most_y)
        fill = MEASURED if one.delay_s is not None else ALERT
        told = f"{one.delay_s:.2f} s" if one.delay_s is not None else "not found"
        title = f"{one.name}: {one.kind}, {told}"
        shapes.append(Rect(axes.x(one.at_s) - DOT / 2, y - DOT / 2, DOT, DOT, fill, title=title))
    label = f"{len(found)} of {len(judged)} incidents found, the slowest after"
    return Drawing(WIDTH, HEIGHT, f"{label} {max(found, default=0.0):.1f} s", tuple(shapes))


def load(readings: Sequence[Reading]) -> Drawing:
    """The server's processor time, in cores, between each two readings."""
    points = [
        (after.at_s, (after.cpu_s - before.cpu_s) / (after.at_s - before.at_s))
        for before, after in pairwise(readings)
        if after.at_s > before.at_s
    ]
    most = max(y for _, y in points)
    axes = _Axes(readings[0].at_s, readings[-1].at_s, most * 1.15)
    shapes = axes.shapes("Processor time of the server", "cores")
    shapes.append(Line(tuple((axes.x(x), axes.y(y)) for x, y in points), TECHNICAL, 2))
    return Drawing(WIDTH, HEIGHT, f"The server used at most {most:.2f} cores", tuple(shapes))

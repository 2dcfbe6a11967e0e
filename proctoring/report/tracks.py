"""What each signal said in the course of a replay, in no more points than a plot can show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from proctoring.replay import Watcher
from proctoring.types import Observation

FINEST_S = 0.25  # one live picture
MOST_BUCKETS = 2400  # of one signal: two for each pixel of a wide plot
LONGEST_GAP_S = 6.0  # the rarest looks are 5 s apart; a line that has nothing for longer is broken


class Point(NamedTuple):
    t: float  # s
    low: float  # in the signal's unit, of what was said within the bucket
    high: float


@dataclass(slots=True)
class Track:
    """One signal's values, in buckets that grow wider as the recording gets longer."""

    bucket_s: float = FINEST_S
    _buckets: dict[int, Point | None] = field(default_factory=dict)  # None: abstained

    def add(self, t: float, value: float | None) -> None:
        key = int(t / self.bucket_s)
        self._buckets[key] = _joined(self._buckets.get(key), t, value)
        if len(self._buckets) > MOST_BUCKETS:
            self._widen()

    def lines(self) -> Iterator[list[Point]]:
        """Stretches without an abstention or a long gap in them."""
        line: list[Point] = []
        for _, point in sorted(self._buckets.items(), key=lambda item: item[0]):
            if line and (point is None or point.t - line[-1].t > self._longest_gap_s):
                yield line
                line = []
            if point is not None:
                line.append(point)
        if line:
            yield line

    @property
    def _longest_gap_s(self) -> float:
        return max(LONGEST_GAP_S, 2 * self.bucket_s)

    def _widen(self) -> None:
        self.bucket_s *= 2
        narrow, self._buckets = self._buckets, {}
        for key, point in narrow.items():
            wide = key // 2
            if point is None:
                self._buckets.setdefault(wide, None)
            else:
                for value in (point.low, point.high):
                    self._buckets[wide] = _joined(self._buckets.get(wide), point.t, value)


def _joined(point: Point | None, t: float, value: float | None) -> Point | None:
    """A value outlasts an abstention of the same moment."""
    if value is None:
        return point
    if point is None:
        return Point(t, value, value)
    return Point(point.t, min(point.low, value), max(point.high, value))


class Tracks(Watcher):
    """By signal."""

    def __init__(self) -> None:
        self.by_signal: dict[str, Track] = {}

    def observed(self, observation: Observation) -> None:
        track = self.by_signal.setdefault(observation.signal, Track())
        track.add(observation.t, observation.value)

"""For which seconds was each signal really measured?

Silence in the feed means nothing unless somebody was looking. Each whole second of media
time gets one state per signal; equal neighbours become one span, which grows as the exam
goes on and is saved again under the same id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import ceil, floor

from proctoring.ids import new_id
from proctoring.rungs import RARER
from proctoring.types import CoverageSpan, Measured, Observation

SETTLED_AFTER_S = 3  # sound is judged in windows, so an observation may come this late
PAUSED, EXEMPT = "paused", "exempt"  # reasons
NOTHING = (Measured.NOT_MEASURED, "nothing came in")
RANK = {Measured.NOT_MEASURED: 0, Measured.DEGRADED: 1, Measured.MEASURED: 2}


@dataclass(slots=True)
class _Signal:
    looks_every_s: float
    told_t: float = 0.0  # of the newest observation
    was_limited: bool = False  # when it was made: the next may come as late
    seen: dict[int, tuple[Measured, str]] = field(default_factory=dict)  # second -> state, reason
    lost: str = ""  # why its analyser is off for the rest of the session
    span: CoverageSpan | None = None


class CoverageTracker:
    def __init__(
        self, signals: Mapping[str, float], participant_id: str, started_at: datetime
    ) -> None:
        """`signals` -> how many seconds are from one look to the next."""
        self._signals = {name: _Signal(every_s) for name, every_s in signals.items()}
        self._late_s = max([SETTLED_AFTER_S, *(1 + ceil(every_s) for every_s in signals.values())])
        self._limits: Mapping[str, str] = {}
        self._participant_id = participant_id
        self._started_at = started_at
        self._settled = 0  # whole seconds that have their state
        self._changed: dict[str, CoverageSpan] = {}  # by id

    def note(self, observation: Observation) -> None:
        """An observation speaks for the second that it ends, and for those since the last one.

        If that is too long ago, nobody looked meanwhile: then for one second alone.
        """
        signal = self._signals.get(observation.signal)
        if signal is None:
            return
        told, second = self._told(observation), floor(observation.t)
        state, _ = told
        if second >= self._settled and RANK[state] > RANK[signal.seen.get(second, NOTHING)[0]]:
            signal.seen[second] = told
        is_limited = observation.signal in self._limits
        every_s = signal.looks_every_s * (RARER if is_limited or signal.was_limited else 1)
        is_next = observation.t - signal.told_t <= every_s + 1
        back = ceil(every_s) if is_next else 1
        for earlier in range(max(self._settled, second - back), second):
            signal.seen.setdefault(earlier, told)
        signal.told_t, signal.was_limited = observation.t, is_limited

    def limit(self, why: Mapping[str, str]) -> None:
        """From here on these signals are measured less well than ever, and why: *degraded*."""
        if why:  # looks may come later than ever; once it was so, what is settled stays as late
            every_s = max((one.looks_every_s for one in self._signals.values()), default=0.0)
            self._late_s = max(self._late_s, 1 + ceil(RARER * every_s))
        self._limits = why

    def lose(self, signal: str, reason: str) -> None:
        """Its analyser broke and is off: from here on the signal is not measured."""
        self._signals[signal].lost = reason

    def leave_out(self, signals: Mapping[str, float], reason: str) -> None:
        """These are not to be measured of this candidate at all."""
        for name, every_s in signals.items():
            self._signals[name] = _Signal(every_s, lost=reason)

    def advance(self, t: float) -> None:
        self._settle(floor(t) - self._late_s)

    def close(self, t: float) -> None:
        self._settle(floor(t))

    def take_changed(self) -> tuple[CoverageSpan, ...]:
        """The spans that began or grew since the last call."""
        changed, self._changed = tuple(self._changed.values()), {}
        return changed

    def _told(self, observation: Observation) -> tuple[Measured, str]:
        if observation.value is None:
            return Measured.DEGRADED, observation.reason
        if why := self._limits.get(observation.signal):
            return Measured.DEGRADED, why
        return Measured.MEASURED, observation.reason

    def _settle(self, until: int) -> None:
        for second in range(self._settled, until):
            for name, signal in self._signals.items():
                lost = (Measured.NOT_MEASURED, signal.lost) if signal.lost else NOTHING
                self._extend(name, signal, second, *signal.seen.pop(second, lost))
        self._settled = max(self._settled, until)

    def _extend(self, name: str, signal: _Signal, second: int, state: Measured, why: str) -> None:
        end = self._started_at + timedelta(seconds=second + 1)
        if signal.span and (signal.span.state, signal.span.reason) == (state, why):
            signal.span = replace(signal.span, ended_at=end)
        else:
            start = end - timedelta(seconds=1)
            signal.span = CoverageSpan(new_id(), self._participant_id, name, state, why, start, end)
        self._changed[signal.span.id] = signal.span


class Pause:
    """While nothing is measured because a proctor stopped the exam."""

    def __init__(self, signals: Iterable[str], participant_id: str, since: datetime) -> None:
        state = Measured.NOT_MEASURED
        self._spans = tuple(
            CoverageSpan(new_id(), participant_id, name, state, PAUSED, since, since)
            for name in signals
        )

    def until(self, now: datetime) -> tuple[CoverageSpan, ...]:
        """As long as it has been until now."""
        return tuple(replace(span, ended_at=max(span.started_at, now)) for span in self._spans)


def fractions(spans: Iterable[CoverageSpan], duration_s: float) -> dict[str, float]:
    """Per signal, the share of `duration_s` that was measured, 0..1."""
    measured: dict[str, float] = {}
    for span in spans:
        length = (span.ended_at - span.started_at).total_seconds()
        measured.setdefault(span.signal, 0.0)
        if span.state is Measured.MEASURED:
            measured[span.signal] += length
    return {
        signal: min(1.0, seconds / duration_s) if duration_s > 0 else 0.0
        for signal, seconds in measured.items()
    }

"""A candidate's signals as small plots: what a page needs to draw them, and no more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from proctoring.rules import is_bad
from proctoring.signal_names import title_of, unit_of
from proctoring.traces.minutes import Stretch
from proctoring.types import Observation, Rule

MOST_POINTS = 240  # of one plot
LONGEST_GAP_S = 6.0  # the rarest looks are 5 s apart; a line that has nothing for longer is broken

T = TypeVar("T")
Plot = dict[str, Any]
_Reading = tuple[float, Observation]  # s since the plot's beginning


def plots(
    stretches: Iterable[Stretch],
    rules: Iterable[Rule],
    since: datetime,
    until: datetime,
    *,
    most_points: int = MOST_POINTS,
) -> list[Plot]:
    """One for each signal that said something between the two times, in the rules' order.

    `rules` are those in force: `what_if.rules_of`. All times in a plot are in s after `since`:

        signal   "sound_level_db"
        name     "Sound level", for people
        unit     "dB", or ""
        lines    [[[t, low, high], …], …]: stretches without a gap; low and high are the least and
                 the most of what was said about then
        limits   [{"kind", "title", "at", "side": "above" | "below"}, …]: where it becomes bad
        bad      [[from, to], …]: when it was on the bad side of a limit
        unsure   [[from, to, reason], …]: when nothing could be told
        range    [low, high] of all values and limits
    """
    by_signal: dict[str, list[Rule]] = {}
    for rule in rules:
        by_signal.setdefault(rule.signal, []).append(rule)
    end_s = (until - since).total_seconds()
    known = sorted(stretches, key=lambda stretch: stretch.started_at)
    drawn = (
        _plot(signal, of_signal, list(_between(known, signal, since, end_s)), end_s / most_points)
        for signal, of_signal in by_signal.items()
    )
    return [plot for plot in drawn if plot["lines"] or plot["unsure"]]


def _between(
    stretches: Sequence[Stretch], signal: str, since: datetime, end_s: float
) -> Iterator[_Reading]:
    for stretch in stretches:
        begun_s = (stretch.started_at - since).total_seconds()
        readings = stretch.readings.get(signal)
        for observation in readings.observations if readings else ():
            if 0 <= (t := begun_s + observation.t) <= end_s:
                yield t, observation


def _plot(
    signal: str, rules: Sequence[Rule], readings: Sequence[_Reading], bucket_s: float
) -> Plot:
    said = [o.value for _, o in readings if o.value is not None]
    values = [*said, *(rule.enter_at for rule in rules)]
    return {
        "signal": signal,
        "name": title_of(signal),
        "unit": unit_of(signal),
        "lines": _lines(readings, bucket_s),
        "limits": [
            {
                "kind": rule.kind,
                "title": rule.title,
                "at": rule.enter_at,
                "side": "above" if rule.enter_at > rule.exit_at else "below",
            }
            for rule in rules
        ],
        "bad": [
            [start, end] for start, end, bad in _runs(readings, lambda o: _is_bad(rules, o)) if bad
        ],
        "unsure": [
            [start, end, reason] for start, end, reason in _runs(readings, _unsure) if reason
        ],
        "range": [min(values), max(values)],
    }


def _is_bad(rules: Iterable[Rule], observation: Observation) -> bool:
    value = observation.value
    return value is not None and any(is_bad(rule, value) for rule in rules)


def _unsure(observation: Observation) -> str:
    """Why nothing could be told; "" if it could."""
    return (observation.reason or "unknown") if observation.value is None else ""


def _runs(
    readings: Iterable[_Reading], state: Callable[[Observation], T]
) -> Iterator[tuple[float, float, T]]:
    """From when to when each state was observed, without a long gap."""
    run: tuple[float, float, T] | None = None
    for t, observation in readings:
        now = state(observation)
        if run and run[2] == now and t - run[1] <= LONGEST_GAP_S:
            run = (run[0], t, now)
            continue
        if run:
            yield run
        run = (t, t, now)
    if run:
        yield run


def _lines(readings: Iterable[_Reading], bucket_s: float) -> list[list[list[float]]]:
    """A point for each bucket in which something was said."""
    lines: list[list[list[float]]] = []
    last: tuple[float, int] | None = None  # time and bucket of the newest value in this line
    for t, observation in readings:
        value = observation.value
        if value is None:
            continue
        bucket = int(t / bucket_s) if bucket_s else 0
        if last is None or t - last[0] > max(LONGEST_GAP_S, 2 * bucket_s):
            lines.append([[t, value, value]])
        elif bucket == last[1]:
            point = lines[-1][-1]
            point[1:] = min(point[1], value), max(point[2], value)
        else:
            lines[-1].append([t, value, value])
        last = t, bucket
    return lines

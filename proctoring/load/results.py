"""What a run found out: pure, of what was sent, what came, and what the server told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import linear_regression
from typing import Any

from proctoring.load.metrics import Reading, lag_at

LOOKS_FOR_S = 15.0  # an incident that comes later was not found
SETTLES_S = 8.0  # of a candidate who just began: their stretches do not count yet
PERCENTS = (50, 95, 99)
SOAK_S = 600.0  # a shorter run says nothing about what stays

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One candidate."""

    name: str
    state: str
    problem: str
    disconnects: int
    late: int  # pictures that went out more than half a second late
    sending_since: float | None  # of the event loop's clock, as all times here
    sent: tuple[tuple[str, float], ...]  # kind, when its first picture went out


@dataclass(frozen=True, slots=True)
class Judged:
    """One stretch of one candidate. `delay_s` is None if no incident came of it."""

    name: str
    kind: str
    at_s: float
    delay_s: float | None


def judge(
    rows: Iterable[Row], came: Sequence[tuple[str, str, float]], end_s: float
) -> tuple[list[Judged], Counter[str]]:
    """Each stretch with the first incident of its kind that came of it; how many others came.

    `came`: name, kind, when. A stretch that began too late for its incident to come is left out.
    """
    left = sorted(came, key=lambda one: one[2])
    judged = []
    for row in rows:
        for kind, at_s in row.sent:
            if row.sending_since is None or at_s < row.sending_since + SETTLES_S:
                continue
            if at_s + LOOKS_FOR_S > end_s:
                continue
            found = next(
                (
                    one
                    for one in left
                    if one[:2] == (row.name, kind) and at_s <= one[2] <= at_s + LOOKS_FOR_S
                ),
                None,
            )
            if found:
                left.remove(found)
            judged.append(Judged(row.name, kind, at_s, found[2] - at_s if found else None))
    return judged, Counter(kind for _, kind, _ in left)


def percentiles(values: Sequence[float]) -> Json:
    """Nearest rank, in the values' own unit; empty of nothing."""
    ordered = sorted(values)
    if not ordered:
        return {}
    at = {f"p{p}": ordered[max(0, -(-len(ordered) * p // 100) - 1)] for p in PERCENTS}
    return {name: round(value, 3) for name, value in (at | {"max": ordered[-1]}).items()}


def incidents(
    judged: Sequence[Judged], others: Mapping[str, int], holds: Mapping[str, float]
) -> Json:
    """`holds`: by kind, how long it has to last by rule before an incident opens, in s."""
    kinds: defaultdict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        kinds[one.kind].append(one)
    found = [one for one in judged if one.delay_s is not None]
    return {
        "expected": len(judged),
        "found": len(found),
        "delay_s": percentiles([one.delay_s or 0.0 for one in found]),
        "beyond_rule_s": percentiles(
            [(one.delay_s or 0.0) - holds.get(one.kind, 0.0) for one in found]
        ),
        "by_kind": {
            kind: {
                "expected": len(ones),
                "found": sum(one.delay_s is not None for one in ones),
                "rule_s": holds.get(kind, 0.0),
                "delay_s": percentiles([o.delay_s for o in ones if o.delay_s is not None]),
            }
            for kind, ones in sorted(kinds.items())
        },
        "others": dict(sorted(others.items())),
    }


def server(before: Reading | None, readings: Sequence[Reading], candidates: int) -> Json:
    """Per candidate. `before`: with nobody in it; `readings`: while all send. Empty of too few."""
    if len(readings) < 2 or not candidates:
        return {}
    first, last = readings[0], readings[-1]
    took_s = last.at_s - first.at_s
    cpu = (last.cpu_s - first.cpu_s) / took_s
    lags = {f"p{p}": lag_at(first, last, p) for p in PERCENTS}
    told: Json = {
        "cpu_cores": round(cpu, 3),
        "cpu_ms_per_candidate_s": round(cpu * 1000 / candidates, 1),
        "loop_lag_ms": {k: round(v * 1000, 1) for k, v in lags.items() if v is not None},
        "dropped": last.dropped - first.dropped,
        "lowest_rung": max(reading.rung for reading in readings),
    }
    if before and before.memory >= 0:
        grown = (last.memory - before.memory) / 1e6
        told["memory_mb_per_candidate"] = round(grown / candidates, 1)
        told["memory_mb"] = round(last.memory / 1e6)
    if (slope := memory_slope(readings)) is not None:
        told["memory_mb_per_hour"] = round(slope, 1)
    return told


def memory_slope(readings: Sequence[Reading]) -> float | None:
    """By how many MB an hour it grew in the second half, by least squares: what is loaded and
    filled once is in the first. None of less than SOAK_S."""
    took_s = readings[-1].at_s - readings[0].at_s
    late = [one for one in readings if one.at_s >= readings[0].at_s + took_s / 2]
    if took_s < SOAK_S or len(late) < 3 or min(one.memory for one in late) < 0:
        return None
    hours = [one.at_s / 3600 for one in late]
    return linear_regression(hours, [one.memory / 1e6 for one in late]).slope

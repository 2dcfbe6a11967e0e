"""What the server tells of itself: its processor time, memory, event loop and drops."""

from __future__ import annotations

import re
from dataclasses import dataclass

import httpx

TIMEOUT_S = 30.0
_LINE = re.compile(r'openproctor_(\w+?)(?:\{le="([^"]+)"\})? (\S+)')
_LAG = "loop_lag_seconds_bucket"


@dataclass(frozen=True, slots=True)
class Reading:
    at_s: float  # of the event loop's clock
    cpu_s: float  # of the server and its workers, as the memory
    memory: int  # bytes; -1 where it cannot tell
    dropped: int  # samples that gave way, of those who sit now
    lag: tuple[tuple[float, int], ...]  # (upper bound in s, how many woke at most so late)
    rung: int = 0  # of the degradation ladder


class Metrics:
    """Of one server, by a key with that role. Asked a few times a minute."""

    def __init__(self, url: str, key: str) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        self._http = httpx.AsyncClient(base_url=url, headers=headers, timeout=TIMEOUT_S)

    async def close(self) -> None:
        await self._http.aclose()

    async def read(self, at_s: float) -> Reading | None:
        """None where it is not told: no such key, an older server, no answer."""
        try:
            answer = await self._http.get("/metrics")
        except httpx.HTTPError:
            return None
        return reading_of(answer.text, at_s) if answer.is_success else None


def reading_of(text: str, at_s: float) -> Reading:
    """Of Prometheus' text format."""
    values: dict[str, float] = {}
    lag: list[tuple[float, int]] = []
    for line in text.splitlines():
        if match := _LINE.fullmatch(line):
            name, bound, value = match.groups()
            if name == _LAG:
                lag.append((float(bound), int(float(value))))
            elif bound is None:
                values[name] = float(value)
    return Reading(
        at_s,
        values.get("cpu_seconds_total", 0.0) + values.get("workers_cpu_seconds_total", 0.0),
        int(values.get("memory_bytes", -1) + values.get("workers_memory_bytes", 0)),
        int(values.get("samples_dropped", 0)),
        tuple(lag),
        int(values.get("degradation_rung", 0)),
    )


def lag_at(first: Reading, last: Reading, percent: float) -> float | None:
    """Percentile of the lag between two readings, in s: the upper bound of its bucket, or between
    the bounds by how far in it lies. None where nothing was measured."""
    before = dict(first.lag)
    counts = [(bound, count - before.get(bound, 0)) for bound, count in last.lag]
    total = counts[-1][1] if counts else 0
    if total <= 0:
        return None
    wanted, low, below = total * percent / 100, 0.0, 0
    for bound, count in counts:
        if count >= wanted:
            if bound == float("inf"):
                return low
            share = (wanted - below) / max(1, count - below)
            return low + (bound - low) * share
        low, below = bound, count
    return low

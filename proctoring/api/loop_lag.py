"""How late the server's event loop is: what waits for it waits as long.

Sockets, pages and WebRTC share one loop. A task sleeps a twentieth of a second, again and again,
and counts by how much too late it woke. It begins with the first look at the metrics.
"""

from __future__ import annotations

import asyncio
import bisect
from collections.abc import Iterator

EVERY_S = 0.05
BOUNDS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
NAME = "openproctor_loop_lag_seconds"


class LoopLag:
    """Used on the server's loop, but for `lines`, which reads what is there."""

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS_S) + 1)
        self._sum_s = 0.0
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """On the loop that is to be measured. As often as one likes."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._measure())

    def note(self, lag_s: float) -> None:
        self._counts[bisect.bisect_left(BOUNDS_S, lag_s)] += 1
        self._sum_s += lag_s

    def lines(self) -> Iterator[str]:
        """A histogram, as Prometheus reads it."""
        counts, total = list(self._counts), 0
        yield f"# HELP {NAME} by which the event loop wakes too late, every {EVERY_S:g} s"
        yield f"# TYPE {NAME} histogram"
        for bound, count in zip((*map(str, BOUNDS_S), "+Inf"), counts, strict=True):
            total += count
            yield f'{NAME}_bucket{{le="{bound}"}} {total}'
        yield f"{NAME}_sum {self._sum_s:.6f}"
        yield f"{NAME}_count {total}"

    async def _measure(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due_s = loop.time() + EVERY_S
            await asyncio.sleep(EVERY_S)
            self.note(max(0.0, loop.time() - due_s))

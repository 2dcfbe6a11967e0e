"""How a run goes, as it goes: a small table on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections import Counter
from typing import TextIO

from proctoring.load.run import Run

LINE_EVERY_S = 10.0
MOST_ROWS = 24  # of candidates; of more only how many there are
UP = "\x1b[{}F\x1b[J"  # to the beginning of so many lines before, and clear what follows


class Progress:
    """Called about once a second."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._height = 0
        self._told_at = -LINE_EVERY_S
        self._begun = time.monotonic()

    def __call__(self, run: Run) -> None:
        now = time.monotonic()
        if self._is_terminal:
            lines = [self._summary(run), *table(run)]
            head = UP.format(self._height) if self._height else ""
            self._stream.write(head + "\n".join(lines) + "\n")
            self._height = len(lines)
        elif now - self._told_at >= LINE_EVERY_S:
            self._told_at = now
            self._stream.write(self._summary(run) + "\n")
        self._stream.flush()

    def _summary(self, run: Run) -> str:
        states = Counter(one.state for one in run.people)
        told = ", ".join(f"{count} {state}" for state, count in states.items())
        lag = ""
        if len(run.readings) > 1:
            first, last = run.readings[-2], run.readings[-1]
            cores = (last.cpu_s - first.cpu_s) / max(0.1, last.at_s - first.at_s)
            lag = f" · server {cores:.2f} cores, {last.dropped} dropped"
        took = time.monotonic() - self._begun
        return f"{took:4.0f} s · {told} · {len(run.came)} incidents on the desk{lag}"


def table(run: Run) -> list[str]:
    """A row for each candidate."""
    came = Counter(name for name, _, _ in run.came)
    rows = [f"{'candidate':<14} {'state':<8} {'sent':>4} {'came':>4} {'lost':>4}  problem"]
    for one in run.people[:MOST_ROWS]:
        row = f"{one.name:<14} {one.state:<8} {len(one.sent):>4} {came[one.name]:>4}"
        rows.append(f"{row} {one.disconnects:>4}  {one.problem[:60]}".rstrip())
    if (more := len(run.people) - MOST_ROWS) > 0:
        rows.append(f"… and {more} more")
    return rows

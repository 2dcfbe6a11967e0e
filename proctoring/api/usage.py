"""What processes of this machine take, where the system tells it as Linux does: proc(5)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

UTIME, STIME, RSS = 11, 12, 21  # of /proc/PID/stat, counted from what follows the name


@dataclass(frozen=True, slots=True)
class Used:
    cpu_s: float
    memory: int  # bytes, resident


def used_by(pid: int | str) -> Used | None:
    """None where the process is gone, or the system tells nothing."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks, pages = int(fields[UTIME]) + int(fields[STIME]), int(fields[RSS])
    except (OSError, ValueError, IndexError):
        return None
    return Used(ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE"))


def used_by_all(pids: Iterable[int]) -> Used:
    """Of those that are still there, together."""
    found = [used for used in map(used_by, pids) if used]
    return Used(sum(one.cpu_s for one in found), sum(one.memory for one in found))

"""Which machine this is, and what others do on it meanwhile."""

from __future__ import annotations

import hashlib
import os
import platform
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Machine:
    processor: str  # "AMD EPYC 7B13"
    cores: int  # that this process may use

    @property
    def id(self) -> str:
        """The same for the same kind of machine: what was measured holds for it."""
        return hashlib.sha256(f"{self.processor} {self.cores}".encode()).hexdigest()[:12]


def this_machine() -> Machine:
    return Machine(_processor(), usable_cores())


def usable_cores() -> int:
    try:
        return max(1, len(os.sched_getaffinity(0)))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1


def busy_s() -> float | None:
    """Processor time that all processes have used since the machine started, in s of one core.

    Linux's proc(5), stat: user, nice and system; idle and waiting are left out. None elsewhere.
    """
    try:
        first = Path("/proc/stat").read_text().partition("\n")[0].split()
        ticks = sum(map(int, first[1:4])) + sum(map(int, first[6:9]))
        return ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, AttributeError):
        return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine() or "unknown"

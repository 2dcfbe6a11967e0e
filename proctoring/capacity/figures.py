"""What was measured, and how many candidates that is. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

LOAD = 0.7  # of what the cores can do: the rest is for what nobody foresees
FORM = 1  # of the file: another is not read


class Mode(StrEnum):
    """How a candidate is measured, from all to the least."""

    FULL = "full"  # WebRTC, four pictures a second
    LIGHT = "light"  # WebRTC, two pictures a second
    SNAPSHOTS = "snapshots"  # the page's own socket, one picture a second


PICTURES_PER_S = {Mode.FULL: 4.0, Mode.LIGHT: 2.0, Mode.SNAPSHOTS: 1.0}


@dataclass(frozen=True, slots=True)
class Costs:
    """Processor time for one second of one candidate, in ms."""

    camera: dict[str, float]  # by mode: looking at the pictures
    sound: float
    webrtc: float  # receiving picture and sound
    jpeg: float  # decoding one snapshot
    attending: float  # the page's line, the desk, the records

    def of(self, mode: Mode) -> float:
        way = PICTURES_PER_S[mode] * self.jpeg if mode is Mode.SNAPSHOTS else self.webrtc
        return self.camera[mode] + self.sound + way + self.attending


@dataclass(frozen=True, slots=True)
class Capacity:
    machine: str  # its id: see capacity.machine
    processor: str
    cores: int
    version: str  # of the product that measured it
    measured_at: str  # ISO 8601
    efficiency: float  # of the cores, how much a process with many threads can use, 0..1
    costs: Costs

    def carries(self, mode: Mode) -> int:
        """Candidates at once, all in this mode."""
        return int(LOAD * self.cores * self.efficiency * 1000 / self.costs.of(mode))

    @property
    def all(self) -> dict[str, int]:
        return {mode.value: self.carries(mode) for mode in Mode}


def to_json(found: Capacity) -> dict[str, Any]:
    ms = {mode.value: round(found.costs.of(mode), 1) for mode in Mode}
    return {
        "form": FORM,
        **asdict(found),
        "load": LOAD,
        "ms_per_candidate_s": ms,
        "carries": found.all,
    }


def from_json(told: dict[str, Any]) -> Capacity | None:
    """None for what another version wrote, or anybody else."""
    try:
        if told["form"] != FORM:
            return None
        costs = Costs(**{name: told["costs"][name] for name in Costs.__slots__})
        names = [name for name in Capacity.__slots__ if name != "costs"]
        found = Capacity(**{name: told[name] for name in names}, costs=costs)
        return found if min(found.all.values()) >= 0 else None
    except (KeyError, TypeError, ValueError, ZeroDivisionError, AttributeError):
        return None

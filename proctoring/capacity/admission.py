"""Who begins now, in which way, and who waits a moment: before the exam, never in it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from proctoring.capacity.figures import Capacity, Mode

OFF, AUTO = "off", "auto"
EXACT = 1e-9


class Limit:
    """What the operator has set: `off`, `auto`, or a number of candidates in full."""

    def __init__(self, text: str) -> None:
        """Raises ValueError."""
        self.is_off = text == OFF
        self.number = None if text in (OFF, AUTO) else int(text)
        if self.number is not None and not 1 <= self.number <= 100_000:
            raise ValueError(text)


class Verdict(StrEnum):
    BEGINS = "begins"
    BEGINS_BY_SNAPSHOTS = "snapshots"
    WAITS = "waits"


@dataclass(frozen=True, slots=True)
class Room:
    """How many candidates fit, in each mode alone. None: nobody counts."""

    full: int | None
    snapshots: int | None


UNBOUNDED = Room(None, None)


def room_of(limit: Limit, found: Capacity | None) -> Room:
    """Where nothing was measured, only a number that was set bounds.

    A set number is of candidates in full; how many more there are room for by snapshots follows
    from what was measured, and without it none.
    """
    if limit.is_off or (limit.number is None and found is None):
        return UNBOUNDED
    if limit.number is None:
        assert found is not None
        full = max(1, found.carries(Mode.FULL))  # a machine that is too slow for one still tries
        return Room(full, max(full, found.carries(Mode.SNAPSHOTS)))
    ratio = 1.0
    if found is not None:
        ratio = max(1.0, found.costs.of(Mode.FULL) / found.costs.of(Mode.SNAPSHOTS))
    return Room(limit.number, int(limit.number * ratio))


def used(room: Room, seated: Mapping[Mode, int]) -> float:
    """Share of the server that is taken, 0..1 and beyond."""
    if room.full is None or room.snapshots is None:
        return 0.0
    by_snapshots = seated.get(Mode.SNAPSHOTS, 0)
    others = sum(seated.values()) - by_snapshots
    return others / room.full + by_snapshots / room.snapshots


def verdict(room: Room, seated: Mapping[Mode, int], *, has_begun: bool) -> Verdict:
    """For one more. Whoever has begun comes back whatever there is: nobody fails in the exam."""
    if has_begun or room.full is None or room.snapshots is None:
        return Verdict.BEGINS
    taken = used(room, seated)
    if taken + 1 / room.full <= 1 + EXACT:
        return Verdict.BEGINS
    if taken + 1 / room.snapshots <= 1 + EXACT:
        return Verdict.BEGINS_BY_SNAPSHOTS
    return Verdict.WAITS


def says(room: Room, now: int) -> str:
    """For the examiner, in one line; empty where nobody counts."""
    if room.full is None:
        return ""
    they = "1 is" if now == 1 else f"{now} are"
    about = "1 candidate" if room.full == 1 else f"{room.full} candidates"
    return f"This server carries about {about} at once; {they} booked at this time."

"""What solves a paper. For whoever marks, and never for a candidate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class RightChoices:
    kind: ClassVar[str] = "choices"
    ids: frozenset[str]  # at least one
    counts_each: bool = False  # else all of them and no other, or nothing


@dataclass(frozen=True, slots=True)
class RightText:
    """One of these, whatever the white space and the shape of quotes and dashes."""

    kind: ClassVar[str] = "text"
    alternatives: tuple[str, ...]  # at least one
    is_case_sensitive: bool = False


@dataclass(frozen=True, slots=True)
class RightNumber:
    kind: ClassVar[str] = "number"
    value: Decimal
    tolerance: Decimal = Decimal(0)  # the furthest that is still right
    is_relative: bool = False  # `tolerance` is a share of the value's size

    @property
    def furthest(self) -> Decimal:
        """In the unit of the value."""
        return abs(self.value) * self.tolerance if self.is_relative else self.tolerance


@dataclass(frozen=True, slots=True)
class ByHand:
    """A person marks it."""

    kind: ClassVar[str] = "by_hand"
    guide: str = ""  # what is expected, for that person


Solution = RightChoices | RightText | RightNumber | ByHand


@dataclass(frozen=True, slots=True)
class Solved:
    solution: Solution
    points: float
    penalty: float = 0.0  # ≥ 0: what a wrong answer costs


@dataclass(frozen=True, slots=True)
class Key:
    solved: Mapping[str, Solved] = field(repr=False)  # by question id

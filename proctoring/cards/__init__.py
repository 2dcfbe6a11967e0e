"""How often each kind of incident is found, and how often falsely: measured, and shipped.

One JSON file a kind, made by `python -m benchmarks.cards`; a test holds them to the rules and the
models that run. What has no card has not been measured, and nothing is said of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from math import exp, sqrt
from pathlib import Path
from types import MappingProxyType
from typing import Any

FOLDER = Path(__file__).resolve().parent
CONFIDENCE, Z = 0.95, 1.96  # and the normal distribution's deviation for it
ENOUGH_H = 1.0  # of recordings, to speak of false alarms per hour


@dataclass(frozen=True, slots=True)
class Row:
    """Counts under one condition."""

    condition: str  # "all", "an eighth of the light"
    set: str  # "faces, 92 pictures"
    n_positive: int
    found: int
    n_negative: int  # 0 where what is false is counted by hour
    false: int
    unit: str  # of what is false: "hour", or what was counted: "image", "recording"
    hours: float  # of recordings in which nothing of the kind is to be found


@dataclass(frozen=True, slots=True)
class Card:
    kind: str  # "multiple_faces"
    signal: str
    threshold: Mapping[str, float]  # of the rule: enter_at, exit_at, enter_after_s
    constants: Mapping[str, float]  # "package.module:NAME" -> what it was in the measurement
    model_sha256: Mapping[str, str]  # by name in models.toml
    rows: tuple[Row, ...]  # the first stands for the whole
    chosen_on: str  # what the threshold was chosen on
    groups: tuple[Mapping[str, Any], ...] = ()  # miss rates of groups of people, side by side


def card_of(kind: str) -> Card | None:
    return all_cards().get(kind)


@cache
def all_cards() -> Mapping[str, Card]:
    """By kind of incident."""
    paths = sorted(FOLDER.glob("*.json"))
    cards = (as_card(json.loads(path.read_text(encoding="utf-8"))) for path in paths)
    return MappingProxyType({card.kind: card for card in cards})


def as_card(values: Mapping[str, Any]) -> Card:
    """From what a benchmark's `card()` gives."""
    return Card(
        kind=values["kind"],
        signal=values["signal"],
        threshold=values["threshold"],
        constants=values.get("constants", {}),
        model_sha256=values["model_sha256"],
        rows=tuple(_as_row(row) for row in values["rows"]),
        chosen_on=values["chosen_on"],
        groups=tuple(values.get("groups", ())),
    )


def figure(kind: str, condition: str = "") -> str:
    """ "at this setting 96 % found (n 27), 0.1 false per hour", or nothing without a card.

    `condition` is a row's. Without one, the first row that counts a thing speaks for it.
    """
    card = card_of(kind)
    rows = [row for row in card.rows if condition in ("", row.condition)] if card else []
    found = next((row for row in rows if row.n_positive), None)
    by_hour = next((row for row in rows if row.unit == "hour" and row.hours), None)
    by_case = next((row for row in rows if row.n_negative), None)
    parts = []
    if found:
        parts.append(f"{percent(found.found, found.n_positive)} found (n {found.n_positive})")
    if by_case and not (by_hour and by_hour.hours >= ENOUGH_H):
        parts.append(f"{percent(by_case.false, by_case.n_negative)} false (n {by_case.n_negative})")
    if by_hour:
        parts.append(_said_of_hours(by_hour))
    return "at this setting " + ", ".join(parts) if parts else ""


def _said_of_hours(row: Row) -> str:
    if row.hours >= ENOUGH_H:
        return f"{row.false / row.hours:.1f} false per hour"
    return f"{row.false or 'none'} false in {row.hours * 60:.0f} min of recordings"


def percent(part: int, whole: int) -> str:
    """Whole percents, but never rounded to all or to none."""
    share = 100 * part / whole
    if 0 < part < whole:
        return f"{min(max(share, 0.1), 99.9):.{0 if 1 <= share <= 99 else 1}f} %"
    return f"{share:.0f} %"


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The 95 % confidence interval of a share, 0..1."""
    if whole == 0:
        return 0.0, 1.0
    share, spread = part / whole, Z**2 / whole
    middle = (share + spread / 2) / (1 + spread)
    half = Z * sqrt(share * (1 - share) / whole + spread / (4 * whole)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def poisson(events: int, hours: float) -> tuple[float, float]:
    """The exact 95 % confidence interval of a rate per hour."""
    tail = (1 - CONFIDENCE) / 2
    low = _where(lambda mean: 1 - _at_most(events - 1, mean), tail) if events else 0.0
    high = _where(lambda mean: 1 - _at_most(events, mean), 1 - tail)
    return low / hours, high / hours


def _at_most(events: int, mean: float) -> float:
    """How likely so many or fewer are, when `mean` are to be expected."""
    term = total = exp(-mean)
    for number in range(1, events + 1):
        term *= mean / number
        total += term
    return total


def _where(rises: Callable[[float], float], to: float) -> float:
    """The mean at which a likelihood that rises with it comes to `to`."""
    low, high = 0.0, 700.0  # beyond, exp(-mean) is no number
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if rises(middle) < to else (low, middle)
    return (low + high) / 2


def _as_row(values: Mapping[str, Any]) -> Row:
    return Row(
        condition=values["condition"],
        set=values["set"],
        n_positive=int(values.get("n_positive") or 0),
        found=int(values.get("found") or 0),
        n_negative=int(values.get("n_negative") or 0),
        false=int(values.get("false") or 0),
        unit=values["unit"],
        hours=float(values.get("hours") or 0.0),
    )

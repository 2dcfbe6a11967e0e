"""The few shapes that a timeline is drawn of; `svg` and `png` each draw all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# Okabe and Ito's colours, which people who see few colours can tell apart, on white.
INK, FAINT, RULE = "#1f2933", "#5f6b78", "#d5dae0"
ALERT, WARNING, TECHNICAL = "#b23c00", "#8a5a00", "#0072b2"
MEASURED, DEGRADED, NOT_MEASURED = "#009e73", "#e69f00", "#c3c9d0"


@dataclass(frozen=True, slots=True)
class Rect:
    x: float
    y: float
    width: float
    height: float
    fill: str
    opacity: float = 1.0
    title: str = ""  # told where the pointer rests on it
    t: float | None = None  # s, the moment in the recording that it stands for


@dataclass(frozen=True, slots=True)
class Line:
    points: tuple[tuple[float, float], ...]
    stroke: str
    width: float = 1.0
    is_dashed: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    x: float
    y: float  # of the line it stands on
    text: str
    size: float = 12.0
    fill: str = INK
    anchor: Literal["start", "middle", "end"] = "start"


Shape = Rect | Line | Text


@dataclass(frozen=True, slots=True)
class Drawing:
    width: float  # px
    height: float  # px
    label: str  # the whole in one sentence, for those who cannot see it
    shapes: tuple[Shape, ...]

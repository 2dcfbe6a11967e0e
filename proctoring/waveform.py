"""Sound as a picture: its waveform, coloured by whose voice it is, and what is to be looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from proctoring.perception.whose import Whose
from proctoring.time_axis import clock, tick_s
from proctoring.types import SAMPLE_RATE, Sound
from proctoring.types import Image as Pixels

WIDTH, HEIGHT, LANE = 960, 250, 30  # px; one more lane for each speaker of `lanes`
LEFT, RIGHT, TOP, BOTTOM = 16, 16, 58, 50  # px around the waveform
LABELS = 96  # px more to the left, where lanes have names
LOUD = 0.25  # of full scale: a sound with less is drawn as large as this much
QUIETEST = 0.005  # below, noise is not drawn larger

# Okabe and Ito's colours, which people who see few colours can tell apart, on white.
INK, FAINT, RULE, MARK = "#1f2933", "#5f6b78", "#d5dae0", "#b23c00"
UNTOLD = "#4b545e"
COLOURS: dict[Whose | None, str] = {
    Whose.NOBODY: "#a3acb6",
    Whose.CANDIDATE: "#0072b2",
    Whose.OTHER: "#d55e00",
    Whose.BOTH: "#aa4499",
    None: "#b58900",
}
WORDS: dict[Whose | None, str] = {
    Whose.CANDIDATE: "candidate",
    Whose.OTHER: "another voice",
    Whose.BOTH: "both",
    None: "unsure whose",
    Whose.NOBODY: "no voice",
}
LEGEND = [*((COLOURS[whose], words) for whose, words in WORDS.items()), (UNTOLD, "not told")]

Span = tuple[float, float]  # s, from when to when
Told = tuple[float, float, Whose | None]  # s, from when to when, who is heard


@dataclass(frozen=True, slots=True, eq=False)
class Lane:
    name: str
    told: Sequence[Told]


def draw(
    sound: Sound,
    start_t: float,
    told: Sequence[Told],
    marks: Sequence[Span],
    title: str,
    numbers: str,
    lanes: Sequence[Lane] = (),
) -> Pixels:
    """(height, width, 3), BGR. The first sample is of `start_t`."""
    height = HEIGHT + LANE * len(lanes)
    canvas = Image.new("RGB", (WIDTH, height), "white")
    pen = ImageDraw.Draw(canvas, "RGBA")
    pen.text((LEFT, 26), title, INK, _font(18), "ls")
    pen.text((LEFT, 45), numbers, FAINT, _font(13), "ls")
    left = LEFT + (LABELS if lanes else 0)
    scale = _Scale(start_t, max(len(sound) / SAMPLE_RATE, 0.1), left, WIDTH - RIGHT)
    bottom = height - BOTTOM
    _draw_axis(pen, scale, bottom)
    for start, end in marks:
        x = scale.x(start)
        x_end = max(x + 2, scale.x(end))
        pen.rectangle((x, TOP, x_end, bottom), (178, 60, 0, 36))
        pen.rectangle((x, TOP, x_end, TOP + 3), MARK)
    _draw_sound(pen, scale, sound, told)
    for number, lane in enumerate(lanes):
        y = HEIGHT - BOTTOM + LANE * number + 8
        pen.text((LEFT, y + 13), lane.name, INK, _font(13), "ls")
        for start, end, whose in lane.told:
            x = scale.x(start)
            pen.rectangle((x, y, max(x + 1, scale.x(end)), y + 14), COLOURS[whose])
    _draw_legend(pen, height - 12)
    return np.asarray(np.asarray(canvas)[:, :, ::-1], np.uint8)


@dataclass(frozen=True, slots=True)
class _Scale:
    start_t: float
    duration_s: float
    left: int  # px
    right: int

    def x(self, t: float) -> float:
        share = min(max((t - self.start_t) / self.duration_s, 0.0), 1.0)
        return self.left + (self.right - self.left) * share


def _draw_sound(
    pen: ImageDraw.ImageDraw, scale: _Scale, sound: Sound, told: Sequence[Told]
) -> None:
    """A stroke for each pixel, from the lowest to the highest sample within it."""
    columns = scale.right - scale.left
    middle, half = (TOP + HEIGHT - BOTTOM) / 2, (HEIGHT - BOTTOM - TOP) / 2 - 4
    colours = [UNTOLD] * columns
    for start, end, whose in told:
        first, last = (round(scale.x(t)) - scale.left for t in (start, end))
        colours[first:last] = [COLOURS[whose]] * (last - first)
    for x, colour, (low, high) in zip(
        range(scale.left, scale.right), colours, _extremes(sound, columns), strict=True
    ):
        pen.line((x, middle - high * half - 0.5, x, middle - low * half + 0.5), colour)


def _extremes(sound: Sound, columns: int) -> Iterator[tuple[float, float]]:
    """Of each column, in shares of what is drawn at full height."""
    if len(sound) < columns:
        sound = np.zeros(columns, np.float32)
    edges = np.linspace(0, len(sound), columns, endpoint=False).astype(int)
    lows = np.minimum.reduceat(sound, edges)
    highs = np.maximum.reduceat(sound, edges)
    peak = max(_usual_peak(np.maximum(-lows, highs)), QUIETEST)
    top = max(peak, min(LOUD, peak * 4))
    for low, high in zip(lows / top, highs / top, strict=True):
        yield max(-1.0, float(low)), min(1.0, float(high))


def _usual_peak(peaks: npt.NDArray[np.float32]) -> float:
    """One click must not flatten all the rest."""
    return float(np.percentile(peaks, 98))


def _draw_axis(pen: ImageDraw.ImageDraw, scale: _Scale, bottom: int) -> None:
    step = tick_s(scale.duration_s)
    first = int(np.ceil(scale.start_t / step - 1e-9))
    for number in range(first, int((scale.start_t + scale.duration_s) // step) + 1):
        x = scale.x(number * step)
        pen.line((x, TOP, x, bottom), RULE)
        pen.text((x, bottom + 15), clock(number * step), FAINT, _font(11), "ms")


def _draw_legend(pen: ImageDraw.ImageDraw, y: float) -> None:
    x = float(LEFT)
    for colour, words in LEGEND:
        pen.rectangle((x, y - 9, x + 14, y), colour)
        pen.text((x + 19, y), words, FAINT, _font(12), "ls")
        x += 19 + _font(12).getlength(words) + 20
    pen.rectangle((x, y - 9, x + 14, y), (178, 60, 0, 60))
    pen.rectangle((x, y - 11, x + 14, y - 9), MARK)
    pen.text((x + 19, y), "incident", FAINT, _font(12), "ls")


@cache
def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own, so that none is shipped or looked for. It has letters for English alone."""
    return ImageFont.load_default(size)

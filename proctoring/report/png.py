"""A drawing as PNG."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import pairwise
from math import hypot

from PIL import Image, ImageColor, ImageDraw

from proctoring.report.lettering import font
from proctoring.report.shapes import Drawing, Line, Rect, Shape, Text

SCALE = 2  # pixels of the file for one of the drawing
DASH, PAUSE = 4.0, 3.0  # px
ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}
# Pillow's font has letters for English alone.
PLAIN = str.maketrans({"–": "-", "—": "-", "≥": ">=", "≤": "<=", "×": "x", "−": "-", "…": "..."})


def png(drawing: Drawing) -> bytes:
    size = (round(drawing.width * SCALE), round(drawing.height * SCALE))
    canvas = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(canvas, "RGBA")
    for shape in drawing.shapes:
        _draw(pen, shape)
    file = io.BytesIO()
    canvas.save(file, "PNG", optimize=True)
    return file.getvalue()


def _draw(pen: ImageDraw.ImageDraw, shape: Shape) -> None:
    match shape:
        case Rect():
            left, top = shape.x * SCALE, shape.y * SCALE
            right = max(left, (shape.x + shape.width) * SCALE - 1)
            bottom = max(top, (shape.y + shape.height) * SCALE - 1)
            colour = (*ImageColor.getrgb(shape.fill)[:3], round(255 * shape.opacity))
            pen.rectangle((left, top, right, bottom), colour)
        case Line():
            stroke = max(1, round(shape.width * SCALE))
            for part in _dashes(shape) if shape.is_dashed else [shape.points]:
                scaled = [(x * SCALE, y * SCALE) for x, y in part]
                pen.line(scaled, shape.stroke, stroke, joint="curve")
        case Text():
            text = shape.text.translate(PLAIN).encode("ascii", "replace").decode()
            at = (shape.x * SCALE, shape.y * SCALE)
            pen.text(at, text, shape.fill, font(shape.size * SCALE), ANCHORS[shape.anchor])


def _dashes(line: Line) -> Iterator[list[tuple[float, float]]]:
    for (x, y), (end_x, end_y) in pairwise(line.points):
        length = hypot(end_x - x, end_y - y) or 1.0
        right, down = (end_x - x) / length, (end_y - y) / length
        at = 0.0
        while at < length:
            to = min(at + DASH, length)
            yield [(x + at * right, y + at * down), (x + to * right, y + to * down)]
            at += DASH + PAUSE

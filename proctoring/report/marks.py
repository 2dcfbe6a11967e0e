"""What was seen in a picture, drawn upon it: boxes, the face's points, which way it looks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw

from proctoring.perception.head import EYES, Head, measure_head
from proctoring.perception.mesh import Mesh
from proctoring.pictures.rendition import BOX_COLOUR
from proctoring.report.lettering import font, width
from proctoring.signal_names import named
from proctoring.time_axis import clock
from proctoring.types import BoxXYXY, Image, Occurrence

MESH_COLOUR, HEAD_COLOUR, GAZE_COLOUR = (200, 230, 120), (255, 160, 60), (90, 240, 90)  # BGR
LETTERS, LINE = 15.0, 22.0  # px
QUIET, LOUD = (20, 24, 28, 190), (150, 50, 0, 215)  # RGBA, behind words
NOSE = 1  # of the mesh
FACE = 0.5  # confidence; a mesh of less lies on no face
LONG = 0.7  # of an axis, in widths of the face


def annotated(
    image: Image,
    t: float,
    boxes: Mapping[str, Sequence[BoxXYXY]],
    mesh: Mesh | None,
    lasting: Sequence[Occurrence],
) -> Image:
    """A copy with boxes by signal, the points of the face if they were computed, and a banner."""
    image = image.copy()
    said = clock(t)
    if mesh is not None and mesh.confidence >= FACE:
        head = measure_head(mesh, (image.shape[0], image.shape[1]))
        _draw_mesh(image, mesh)
        _draw_axes(image, mesh, head)
        said += f"   head {_angles(head.yaw_deg, head.pitch_deg)}"
        said += f", eyes {_angles(head.gaze_yaw_deg, head.gaze_pitch_deg)}"
    for left, top, right, bottom in (box for found in boxes.values() for box in found):
        cv2.rectangle(image, (left, top), (right, bottom), BOX_COLOUR, 2)
    canvas = Pillow.fromarray(np.ascontiguousarray(image[..., ::-1]))
    pen = ImageDraw.Draw(canvas, "RGBA")
    for signal, (left, top) in _places(boxes).items():
        _label(pen, left, max(0.0, top - LINE), signal, QUIET)
    _label(pen, 0, image.shape[0] - LINE, said, QUIET)
    for row, occurrence in enumerate(lasting):
        _label(pen, 0, row * LINE, f"{occurrence.title}: {occurrence.summary}", LOUD)
    return np.asarray(canvas, np.uint8)[..., ::-1]


def _places(boxes: Mapping[str, Sequence[BoxXYXY]]) -> dict[str, tuple[int, int]]:
    """Each label once, at its signal's first box; signals that share it share the label."""
    names: dict[BoxXYXY, list[str]] = {}
    for signal, found in boxes.items():
        names.setdefault(found[0], []).append(named(signal))
    return {", ".join(signals): (box[0], box[1]) for box, signals in names.items()}


def _draw_mesh(image: Image, mesh: Mesh) -> None:
    x, y = np.rint(mesh.points[:, :2]).astype(int).T
    inside = (x >= 0) & (x < image.shape[1]) & (y >= 0) & (y < image.shape[0])
    image[y[inside], x[inside]] = MESH_COLOUR


def _draw_axes(image: Image, mesh: Mesh, head: Head) -> None:
    """Where nose and eyes point: straight at the camera, an arrow is a dot."""
    left, _, right, _ = mesh.box
    long = LONG * (right - left)
    _draw_arrow(image, mesh, NOSE, _ahead(head.yaw_deg, head.pitch_deg, long), HEAD_COLOUR)
    gaze = _ahead(head.gaze_yaw_deg, head.gaze_pitch_deg, long)
    for eye in EYES:
        _draw_arrow(image, mesh, eye.iris, gaze, GAZE_COLOUR)


def _ahead(yaw_deg: float, pitch_deg: float, long: float) -> tuple[float, float]:
    """px to the right and down."""
    yaw, pitch = math.radians(yaw_deg), math.radians(pitch_deg)
    return long * math.sin(yaw) * math.cos(pitch), -long * math.sin(pitch)


def _draw_arrow(
    image: Image, mesh: Mesh, point: int, by: tuple[float, float], colour: tuple[int, int, int]
) -> None:
    x, y = (float(value) for value in mesh.points[point, :2])
    start, end = (round(x), round(y)), (round(x + by[0]), round(y + by[1]))
    cv2.arrowedLine(image, start, end, colour, 2, cv2.LINE_AA, tipLength=0.2)


def _angles(yaw_deg: float, pitch_deg: float) -> str:
    return f"{yaw_deg:+.0f}/{pitch_deg:+.0f}°"


def _label(
    pen: ImageDraw.ImageDraw, x: float, y: float, text: str, ground: tuple[int, int, int, int]
) -> None:
    plain = text.encode("latin-1", "replace").decode("latin-1")  # about what the font has
    pen.rectangle((x, y, x + width(plain, LETTERS) + 12, y + LINE - 1), ground)
    pen.text((x + 6, y + 16), plain, "white", font(LETTERS), "ls")

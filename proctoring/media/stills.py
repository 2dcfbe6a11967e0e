"""A still from a candidate's browser, made anew before anybody keeps it.

What is kept is a JPEG that this server wrote: of the pixels alone, without what else a file can
carry (a place, a name, a smaller picture, another file behind the end).
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from PIL import Image as Pillow

MOST_BYTES = 600_000  # as it comes; 1280×720 of text has about 200,000
MOST_SIDE, LEAST_SIDE = 1280, 16  # px
MOST_KEPT = 400_000  # bytes; proctoring.store.contents.LONGEST_STILL
QUALITIES = (70, 50, 30, 10)  # the first whose picture is small enough; noise needs the last
COLOURS = ("L", "RGB")  # what a browser writes


class NoStill(ValueError):
    """These bytes are no such picture. The sentence says why."""


@dataclass(frozen=True, slots=True)
class Clean:
    jpeg: bytes
    width: int  # px
    height: int  # px


def clean(data: bytes) -> Clean:
    """The same picture. Its size is read before anything is decoded. Raises NoStill.

    Progressive files are refused: each of their passes goes over the whole picture, and a small
    file can ask for thousands. Browsers write none from a canvas.
    """
    if not 0 < len(data) <= MOST_BYTES:
        raise NoStill(f"A still has at most {MOST_BYTES} bytes.")
    try:
        with Pillow.open(BytesIO(data), formats=("JPEG",)) as picture:
            _check(picture)
            pixels = picture.convert("RGB")
            pixels.info = {}  # or a comment would be written again
    except NoStill:
        raise
    except Exception as error:  # whatever a decoder stumbles on
        raise NoStill("A still is a JPEG, and a whole one.") from error
    for quality in QUALITIES:
        made = BytesIO()
        pixels.save(made, "JPEG", quality=quality)
        if made.tell() <= MOST_KEPT:
            return Clean(made.getvalue(), pixels.width, pixels.height)
    raise NoStill("The still holds more than can be kept.")


def _check(picture: Pillow.Image) -> None:
    """Of what its head says. Raises NoStill."""
    width, height = picture.size
    if not LEAST_SIDE <= min(width, height) <= max(width, height) <= MOST_SIDE:
        raise NoStill(
            f"A still has sides of {LEAST_SIDE} to {MOST_SIDE} pixels, not {width}×{height}."
        )
    if picture.format != "JPEG" or picture.mode not in COLOURS:
        raise NoStill("A still is a plain JPEG.")
    if picture.info.get("progressive"):
        raise NoStill("A still is no progressive JPEG.")

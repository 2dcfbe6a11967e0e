"""One picture: a file, or what somebody sent, as the BGR pixels that people would be shown."""

from __future__ import annotations

import warnings
from io import BytesIO
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image as Pillow
from PIL import ImageOps

from proctoring.media.problems import MAX_PIXELS, MediaError, check_size, why
from proctoring.types import Image

# What cameras, telephones and scanners write. Pillow knows more, and runs another program for
# some of it (Ghostscript for EPS): none of that is opened here.
WANTED = ("JPEG", "MPO", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "JPEG2000", "AVIF")
Pillow.init()
FORMATS = tuple(name for name in WANTED if name in Pillow.OPEN)  # an older Pillow has no AVIF
BEHIND = (255, 255, 255)  # what shows through a picture, as in most viewers
# Of tags that it can't understand, and of sizes that are looked at here anyway.
warnings.filterwarnings("ignore", module=r"PIL\.")
DEEP = ("I", "I;16", "I;16B", "I;16L", "I;16N")  # 16 bits of grey


def read_picture(path: Path) -> Image:
    """(height, width, 3) BGR, upright (EXIF). Of an animation its first picture.

    Raises MediaError.
    """
    try:
        with path.open("rb") as file:
            return _decoded(file, str(path))
    except OSError as error:
        raise MediaError(f"{path}: {why(path, error, 'the file cannot be read')}") from None
    except _Unreadable as error:
        raise MediaError(f"{path}: {why(path, error, str(error))}") from None


def decode_picture(data: bytes, name: str = "picture") -> Image:
    """The same of a picture in memory; `name` is what the message calls it."""
    if not data:
        raise MediaError(f"{name}: it is empty")
    try:
        return _decoded(BytesIO(data), name)
    except _Unreadable as error:
        raise MediaError(f"{name}: {error}") from None


class _Unreadable(Exception):
    pass


def _decoded(file: IO[bytes], name: str) -> Image:
    """Whatever a decoder says of a file's contents, in its own or in Python's terms, is that
    the file is no good: of the errors that it raises no list can be complete."""
    try:
        with Pillow.open(file, formats=FORMATS) as picture:
            check_size(name, *picture.size)
            upright = ImageOps.exif_transpose(picture)
            return np.ascontiguousarray(np.asarray(_rgb(upright), np.uint8)[..., ::-1])
    except (MediaError, _Unreadable):
        raise
    except Pillow.DecompressionBombError:
        most = f"at most {MAX_PIXELS // 1_000_000} megapixels"
        raise _Unreadable(f"too large a picture ({most})") from None
    except Exception as error:
        cut = "truncated" in str(error)
        sentence = "cut off before its end" if cut else "not a picture that can be read"
        raise _Unreadable(sentence) from None


def _rgb(picture: Pillow.Image) -> Pillow.Image:
    if picture.mode == "F":
        raise _Unreadable("its pixels are fractions; save it with 8 or 16 bits a colour")
    if picture.mode in DEEP:
        return _eight_bits(picture)
    if picture.has_transparency_data:
        shown = Pillow.new("RGBA", picture.size, (*BEHIND, 255))
        return Pillow.alpha_composite(shown, picture.convert("RGBA")).convert("RGB")
    return picture.convert("RGB")


def _eight_bits(picture: Pillow.Image) -> Pillow.Image:
    """Pillow's own conversion calls everything above 255 white."""
    values = np.asarray(picture, np.int64)
    if values.min() < 0 or values.max() > 0xFFFF:
        raise _Unreadable("its greys have more than 16 bits; save it with 8 or 16")
    return Pillow.fromarray((values >> 8).astype(np.uint8)).convert("RGB")

"""Pictures in questions: a file beside the paper, kept within it. Only what it truly is counts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from proctoring.paper.limits import LARGEST_PICTURE

OpenPicture = Callable[[str], bytes]  # by its name; raises PictureError


class PictureError(ValueError):
    """It cannot be in a paper; the message says why and what to do."""


def no_pictures(name: str) -> bytes:
    """For a paper that comes without its folder: nobody reads the server's files by its name."""
    raise PictureError(f"the picture {name!r} is not here; attach the paper with its folder.")


def pictures_in(folder: Path) -> OpenPicture:
    """Of this folder and those within, and of no other."""

    def open_picture(name: str) -> bytes:
        try:
            path = (folder / name).resolve()
            if not path.is_relative_to(folder.resolve()) or Path(name).is_absolute():
                raise PictureError(f"{name!r} is not beside the paper; move it there.")
            with path.open("rb") as file:
                return file.read(LARGEST_PICTURE + 1)
        except (OSError, ValueError) as error:
            if isinstance(error, PictureError):
                raise
            told = getattr(error, "strerror", None) or "no name of a file"
            raise PictureError(f"{name!r} cannot be read ({told}).") from None

    return open_picture


def media_type(name: str, data: bytes) -> str:
    """By its first bytes, whatever its name says. Raises PictureError."""
    if len(data) > LARGEST_PICTURE:
        largest = LARGEST_PICTURE // 1000
        raise PictureError(f"{name!r} is larger than {largest} kB; make it smaller.")
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    raise PictureError(f"{name!r} is no PNG, JPEG or WebP; save it as one.")

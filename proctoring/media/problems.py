"""What makes a file unusable, in words."""

from __future__ import annotations

from pathlib import Path

MIN_SIDE = 16  # px; in less there is nothing to see
MAX_SIDE = 16_000  # px
# What a telephone takes at most without being asked to: 150 MB once it is decoded.
MAX_PIXELS = 50_000_000


class MediaError(Exception):
    """The file cannot be used; the message says why."""


def why(path: Path, error: Exception, otherwise: str) -> str:
    """What is wrong with a file that could not be opened."""
    if not path.exists():
        return "there is no such file"
    if path.is_dir():
        return "that is a folder"
    if path.stat().st_size == 0:
        return "the file is empty"
    return "cut off before its end" if "truncated" in str(error) else otherwise


def check_size(name: object, width: int, height: int) -> None:
    """Raises MediaError."""
    size = f"{name}: {width}×{height} px is too"
    if min(width, height) < MIN_SIDE:
        raise MediaError(f"{size} small (at least {MIN_SIDE} a side)")
    if max(width, height) > MAX_SIDE:
        raise MediaError(f"{size} large (at most {MAX_SIDE} a side)")
    if width * height > MAX_PIXELS:
        raise MediaError(f"{size} large (at most {MAX_PIXELS // 1_000_000} megapixels)")

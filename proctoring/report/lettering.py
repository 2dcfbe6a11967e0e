"""The font of what is drawn: Pillow's own, so that none is shipped or looked for."""

from __future__ import annotations

from functools import cache

from PIL import ImageFont


@cache
def font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Aileron, in pixels."""
    return ImageFont.load_default(size)


def width(text: str, size: float) -> float:
    """px"""
    return float(font(size).getlength(text))

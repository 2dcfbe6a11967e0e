"""Pictures and recordings made here, to be odd or broken."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from PIL import Image as Pillow

from proctoring.media import MediaError

BGR = (10, 60, 200)
GRADIENT = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (48, 1))

Read = TypeVar("Read")


def saved(picture: Pillow.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def plain(mode: str = "RGB", size: tuple[int, int] = (64, 48)) -> Pillow.Image:
    return Pillow.new("RGB", size, BGR[::-1]).convert(mode)


def ffmpeg(*arguments: object) -> None:
    subprocess.run(["ffmpeg", "-y", "-loglevel", "error", *map(str, arguments)], check=True)


def either(read: Callable[[], Read]) -> tuple[Read | None, str]:
    """What it gives, or the sentence with which it refuses."""
    try:
        return read(), ""
    except MediaError as error:
        return None, str(error)

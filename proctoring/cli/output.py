"""What the commands print: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
from typing import Any


def line(values: dict[str, Any]) -> None:
    """One line of JSON Lines."""
    print(json.dumps(values, ensure_ascii=False, separators=(",", ":")), flush=True)


def problem(text: object) -> None:
    print(text, file=sys.stderr, flush=True)


def count(number: int, noun: str) -> str:
    """ "1 face", "2 faces" """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def clock(seconds: float) -> str:
    """ "2:05.3": minutes and seconds of media time."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes:.0f}:{rest:04.1f}"

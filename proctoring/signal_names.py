"""What signals are called, for people."""

from __future__ import annotations

UNITS = {"s": "s", "db": "dB", "deg": "°", "px": "px", "cm": "cm"}  # as signals' names end


def named(signal: str) -> str:
    """ "face count", "sound level (dB)" """
    words, unit = _parted(signal)
    return f"{words} ({unit})" if unit else words


def unit_of(signal: str) -> str:
    """ "dB"; "" if it has none."""
    return _parted(signal)[1]


def _parted(signal: str) -> tuple[str, str]:
    words, _, ending = signal.rpartition("_")
    name, unit = (words, UNITS[ending]) if ending in UNITS else (signal, "")
    return name.replace("_", " "), unit

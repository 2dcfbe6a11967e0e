"""A paper to begin with, in both file formats."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent
FORMATS = {"yaml": "text/yaml", "csv": "text/csv"}  # by the ends of their names


@cache
def template(ending: str) -> bytes:
    """A spreadsheet knows by the mark before it that it is UTF-8."""
    text = (_HERE / f"template.{ending}").read_text(encoding="utf-8")
    return text.encode("utf-8-sig" if ending == "csv" else "utf-8")

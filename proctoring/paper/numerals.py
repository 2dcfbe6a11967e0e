"""Numbers as people type them: 3.14, 3,14, −5, 1 000, 6.02e23, and 9,81 m/s² if that is the unit.

Exact decimals, so that what is at the very edge of a tolerance is judged as on paper.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from proctoring.paper.limits import LONGEST_NUMBER

LARGEST_EXPONENT = 300  # of ten, as of a float
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?", re.IGNORECASE)
_GROUPED = re.compile(r"([+-]?\d{1,3})(,\d{3})+")
_MINUS = str.maketrans("−–", "--")
_THOUSANDS = re.compile(r"(?<=\d)[\s'’_](?=\d{3}(?!\d))")  # "1 000", but not "1 2"


class NoNumber(ValueError):
    """The message says what to write."""


def read_number(text: str, unit: str = "") -> Decimal:
    """Raises NoNumber; also where a comma may be that of thousands or of decimals (1,234)."""
    text, unit = (unicodedata.normalize("NFC", one).strip() for one in (text, unit))
    text = text.removesuffix(unit).rstrip()
    plain = _THOUSANDS.sub("", text.translate(_MINUS))
    if len(plain) > LONGEST_NUMBER:
        raise NoNumber(f"this is too long for a number; at most {LONGEST_NUMBER} signs.")
    if _GROUPED.fullmatch(plain):
        if plain.count(",") == 1 and not plain.lstrip("+-").startswith("0,"):
            either = f"{plain.replace(',', '')} or {plain.replace(',', '.')}"
            raise NoNumber(f"{plain} can be read in two ways; write {either}.")
        plain = plain.replace(",", "") if plain.count(",") > 1 else plain
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    if not _NUMBER.fullmatch(plain):
        raise NoNumber("this is no number; write one such as 3.5.")
    value = Decimal(plain)
    if value and abs(value.adjusted()) > LARGEST_EXPONENT:
        raise NoNumber(f"this is out of range; at most 1e{LARGEST_EXPONENT}.")
    return value

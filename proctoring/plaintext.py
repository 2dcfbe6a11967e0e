"""What people type, before it is kept: bounded, and without signs that steer the reader's eye."""

from __future__ import annotations

import re
import unicodedata

LONGEST_NAME = 120  # characters, of a candidate
LONGEST_TITLE = 120  # characters, of an exam
LONGEST_REASON = 200  # characters
LONGEST_INSTRUCTIONS = 20_000  # characters
LONGEST_DETAIL = 400  # characters, of an entry of a log

# Embeddings, overrides and isolates turn the direction of what stands after them (Unicode
# UAX #9; "Trojan Source"). Marks and joiners, which names of many languages need, stay.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")
_UNSEEN = ("Cc", "Cs")  # controls, and halves of characters that no store can keep
_PRIVATE = "Co"  # means nothing without the writer's own font; the remote store writes some anew

_SEPARATOR = re.compile(r"([;\t\r\n])")
_PLAIN_NUMBER = re.compile(r"\s*[+-]?\d+([.,]\d+)?\s*")
_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # that formulas begin with


def line(text: str, longest: int) -> str:
    """One line: white space is one space, and what is too long is cut."""
    return " ".join(_clean(text[: 4 * longest], keep="\t\n\r").split())[:longest].rstrip()


def lines(text: str, longest: int) -> str:
    """Several lines, as they were typed."""
    return _clean(text[:longest], keep="\t\n").strip()


def detail(text: str) -> str:
    """For a log, whose hash must be the same in every store: a line without private signs."""
    seen = "".join(c for c in text[: 4 * LONGEST_DETAIL] if unicodedata.category(c) != _PRIVATE)
    return line(seen, LONGEST_DETAIL)


def cell(text: str) -> str:
    """For a table. What somebody typed may be written so that a spreadsheet would calculate it: the
    quote makes it text. One that is set to semicolons or tabs, as in half of Europe, begins a cell
    after those and after line ends, too. A number is a number already."""
    return "".join(
        f"'{part}"
        if part.lstrip(' "\v\f\xa0').startswith(_SIGNS) and not _PLAIN_NUMBER.fullmatch(part)
        else part
        for part in _SEPARATOR.split(text)
    )


def is_plain(text: str) -> bool:
    """May it be in a log as it is? Nothing but `detail` could change it."""
    return not any(unicodedata.category(c) in (*_UNSEEN, _PRIVATE) for c in text)


def _clean(text: str, keep: str) -> str:
    return "".join(c for c in text if c in keep or not _is_unwanted(c))


def _is_unwanted(character: str) -> bool:
    return character in _TURNING or unicodedata.category(character) in _UNSEEN

"""A list of candidates from a spreadsheet: CSV as they write it, read row by row, errors by line.

The first line names the columns. `name` is needed; the others are the examiner's own reference
(`id`, `email`), and what is different for one candidate, applied before anything is detected.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from proctoring.acts.adjustments import EXTRA_PERCENT, MOST_BREAK_MIN, Adjustments
from proctoring.acts.kinds import MOST_EXTRA_S
from proctoring.plaintext import LONGEST_NAME, line

LARGEST = 1_000_000  # bytes
MOST = 5000  # candidates of one exam
MOST_PROBLEMS = 20  # shown at once
LONGEST_REFERENCE = 120  # characters, of an id
LONGEST_EMAIL = 254  # characters
MOST_EXTRA_MIN = MOST_EXTRA_S // 60
COLUMNS = {  # as they may be headed, in small letters -> what they are
    "name": "name",
    "candidate": "name",
    "full name": "name",
    "id": "own_id",
    "external id": "own_id",
    "number": "own_id",
    "student id": "own_id",
    "matriculation number": "own_id",
    "email": "email",
    "e-mail": "email",
    "mail": "email",
    "extra minutes": "extra_min",
    "extra percent": "extra_percent",
    "break minutes": "break_min",
    "longer looks": "longer_looks",
    "may speak": "may_speak",
    "second person": "second_person",
}
TEMPLATE = (
    "name;id;email;extra_minutes;break_minutes;longer_looks\r\n"
    "Ada Lovelace;1815;ada@example.org;;;\r\n"
    "Alan Turing;1912;;30;10;yes\r\n"
)
_YES, _NO = {"yes", "y", "true", "1", "x"}, {"", "no", "n", "false", "0"}


class BadList(ValueError):
    """The file is no list of candidates; the sentence says how to mend it."""


@dataclass(frozen=True, slots=True)
class Guest:
    """One who is to be invited."""

    name: str
    own_id: str = ""  # the examiner's own reference
    email: str = ""  # likewise; nothing is ever sent to it
    extra_min: int = 0  # more working time
    adjustments: Adjustments = field(default_factory=Adjustments)
    line: int = 0  # of the file


@dataclass(frozen=True, slots=True)
class GuestList:
    guests: tuple[Guest, ...]
    problems: tuple[str, ...]  # sentences that name their line
    encoding: str  # "UTF-8", "Windows-1252"


def read(data: bytes) -> GuestList:
    """Every row is read, so that all that is wrong is told at once. Raises BadList."""
    if len(data) > LARGEST:
        raise BadList(f"The file is larger than {LARGEST // 1_000_000} MB: split it.")
    text, encoding = _decoded(data)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    guests: list[Guest] = []
    problems: list[str] = []
    try:
        columns = _columns(next(rows, []))
        for row in rows:
            if any(cell.strip() for cell in row):
                _take(row, rows.line_num, columns, guests, problems)
            if len(guests) > MOST:
                raise BadList(f"There are more than {MOST} candidates: split the exam.")
    except csv.Error as error:
        raise BadList(f"This is no CSV at line {rows.line_num}: {error}.") from None
    if not guests and not problems:
        raise BadList("There is no candidate under the first line, which names the columns.")
    return GuestList(tuple(guests), (*problems, *_twice(guests)), encoding)


def _decoded(data: bytes) -> tuple[str, str]:
    """As spreadsheets write it: UTF-8, with or without a mark, UTF-16 with one, or Windows' own."""
    for mark, name in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            try:
                return data.decode(name), "UTF-16"
            except UnicodeDecodeError:
                raise BadList("This is no text: save it as CSV, UTF-8.") from None
    if b"\0" in data:
        raise BadList("This is no text but a file of a program: save it as CSV.")
    try:
        return data.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace"), "Windows-1252"


def _delimiter(text: str) -> str:
    """Whichever the first line has most of."""
    first = text.partition("\n")[0]
    return max((";", ",", "\t"), key=first.count)


def _columns(header: list[str]) -> list[str]:
    """What each column is. Raises BadList."""
    names = [" ".join(cell.lower().replace("_", " ").split()) for cell in header]
    if unknown := [cell for cell, name in zip(header, names, strict=True) if name not in COLUMNS]:
        known = "name, id, email, extra_minutes, extra_percent, break_minutes, longer_looks, "
        raise BadList(
            f"The first line has to name the columns, and “{line(unknown[0], 40)}” is none. There"
            f" are {known}may_speak and second_person."
        )
    columns = [COLUMNS[name] for name in names]
    if "name" not in columns:
        raise BadList("The first line has to name the columns, and none of them is “name”.")
    if len(set(columns)) < len(columns):
        raise BadList("Two columns of the first line say the same.")
    return columns


def _take(
    row: list[str], number: int, columns: list[str], guests: list[Guest], problems: list[str]
) -> None:
    if len(row) > len(columns) and any(cell.strip() for cell in row[len(columns) :]):
        problems.append(f"Line {number} has more cells than the first line has columns.")
        return
    cells = dict(zip(columns, row, strict=False))
    try:
        guests.append(_guest(cells, number))
    except ValueError as error:
        problems.append(f"Line {number}: {error}")


def _guest(cells: dict[str, str], number: int) -> Guest:
    """Raises ValueError, with a sentence that begins in the middle."""
    name = line(cells.get("name", ""), LONGEST_NAME + 1)
    if not name:
        raise ValueError("the name is missing.")
    if len(name) > LONGEST_NAME:
        raise ValueError(f"the name is longer than {LONGEST_NAME} characters.")
    email = line(cells.get("email", ""), LONGEST_EMAIL + 1)
    if email and (len(email) > LONGEST_EMAIL or "@" not in email[1:-1] or " " in email):
        raise ValueError(f"“{email[:60]}” is no e-mail address.")
    own_id = line(cells.get("own_id", ""), LONGEST_REFERENCE + 1)
    if len(own_id) > LONGEST_REFERENCE:
        raise ValueError(f"the id is longer than {LONGEST_REFERENCE} characters.")
    return Guest(
        name=name,
        own_id=own_id,
        email=email,
        extra_min=_number(cells, "extra_min", "extra_minutes", range(MOST_EXTRA_MIN + 1)),
        adjustments=Adjustments(
            second_person=_flag(cells, "second_person"),
            may_speak=_flag(cells, "may_speak"),
            longer_looks=_flag(cells, "longer_looks"),
            extra_percent=_number(cells, "extra_percent", "extra_percent", EXTRA_PERCENT),
            break_min=_number(cells, "break_min", "break_minutes", range(MOST_BREAK_MIN + 1)),
        ),
        line=number,
    )


def _number(cells: dict[str, str], column: str, heading: str, allowed: Any) -> int:
    text = cells.get(column, "").strip().removesuffix("%").strip() or "0"
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and int(text) in allowed):
        one_of = (
            f"from {allowed[0]} to {allowed[-1]}"
            if isinstance(allowed, range)
            else f"one of {', '.join(map(str, allowed))}"
        )
        raise ValueError(f"{heading} is a whole number {one_of}, not “{text[:20]}”.")
    return int(text)


def _flag(cells: dict[str, str], column: str) -> bool:
    text = cells.get(column, "").strip().lower()
    if text not in _YES | _NO:
        raise ValueError(f"{column} is yes or no, not “{text[:20]}”.")
    return text in _YES


def _twice(guests: Iterable[Guest]) -> list[str]:
    """One candidate must not get two links, nor two candidates look like one."""
    by_id: Callable[[Guest], str] = lambda one: one.own_id.casefold()  # noqa: E731
    return [
        *_repeated(guests, by_id, "has the id of"),
        *_repeated(
            (one for one in guests if not one.own_id),
            lambda one: one.name.casefold(),
            "has the name of",
        ),
    ]


def _repeated(guests: Iterable[Guest], key: Callable[[Guest], str], same: str) -> list[str]:
    first: dict[str, int] = {}
    found = []
    for one in guests:
        if (known := first.setdefault(key(one), one.line)) != one.line and key(one):
            found.append(f"Line {one.line} {same} line {known}; give each an id of their own.")
    return found
